"""What the users of some traces did: which requests, how often, in which order, what pauses."""

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from math import fsum

from analyzer.model.entry import Entries, Entry
from analyzer.profiles.sessions import Walks, quantiles_s, walks
from analyzer.report.profile_document import (
    Arrivals,
    Interval,
    Sessions,
    ThinkTimes,
    Traffic,
    TrafficEndpoint,
    Transition,
)

METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
"""What a load tool's client can send again."""

MINUTE_S = 60
MOST_INTERVALS = 1_440
"""A day of minutes; what is longer has longer intervals."""

MANY_OVERLAPPING = 0.2
"""From here on sessions look like many people at one address, or like a page with its parts."""

REQUESTS_PER_USER_S = 1.0
"""Without sessions, a user asks about once a second: users are then the rate to be reached."""

_NS = 1_000_000_000


def usable(entries: Entries) -> tuple[Entry, ...]:
    """The requests that can be made again."""
    return tuple(e for e in entries.requests if e.method in METHODS and e.route.startswith("/"))


def traffic_of(entries: Entries) -> Traffic:
    """The profile of some entry requests, of which at least one is usable."""
    requests = usable(entries)
    found = walks(requests)
    arrivals = _arrivals(requests)
    response_s = sum(e.end_ns - e.start_ns for e in requests) / len(requests) / _NS
    sessions = _sessions(found) if found else None
    left_out = len(entries.requests) - len(requests) + entries.not_http
    return Traffic(
        requests=len(requests),
        left_out=left_out,
        users=round(arrivals.mean_rps * (mean_pause_s(sessions, response_s) + response_s), 3),
        mean_response_s=round(response_s, 6),
        endpoints=_endpoints(requests),
        arrivals=arrivals,
        sessions=sessions,
        warnings=tuple(_warnings(requests, sessions, left_out)),
    )


def mean_pause_s(sessions: Sessions | None, response_s: float) -> float:
    """The pause a user makes on average: as drawn from the quantiles, or what the rate leaves."""
    if sessions is None or sessions.think_times is None:
        return max(1 / REQUESTS_PER_USER_S - response_s, response_s)
    q = sessions.think_times.quantiles_s
    return fsum((low + high) / 2 for low, high in pairwise(q)) / (len(q) - 1)


def _endpoints(requests: Sequence[Entry]) -> tuple[TrafficEndpoint, ...]:
    counts = Counter((e.method, e.route) for e in requests)
    failures = Counter((e.method, e.route) for e in requests if e.failed)
    return tuple(
        TrafficEndpoint(
            endpoint=f"{method} {route}",
            method=method,
            route=route,
            requests=count,
            share=round(count / len(requests), 6),
            failures=failures[method, route],
        )
        for (method, route), count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    )


def _arrivals(requests: Sequence[Entry]) -> Arrivals:
    first = min(e.start_ns for e in requests)
    length_ns = max(e.start_ns for e in requests) - first
    minutes = length_ns // (MINUTE_S * _NS) + 1
    interval_s = MINUTE_S * math.ceil(minutes / MOST_INTERVALS)
    counts = Counter((e.start_ns - first) // (interval_s * _NS) for e in requests)
    last = max(counts)
    # the time from the first request to the last holds one request less than there are
    spread = max(1, len(requests) - 1)
    mean_rps = spread * _NS / length_ns if length_ns else float(len(requests))
    whole = [counts[i] / interval_s for i in range(last)]
    return Arrivals(
        duration_s=round(length_ns / _NS, 3),
        mean_rps=round(mean_rps, 6),
        peak_rps=round(max(whole, default=mean_rps), 6),
        interval_s=interval_s,
        intervals=tuple(Interval(t_s=i * interval_s, requests=counts[i]) for i in range(last + 1)),
    )


def _sessions(found: Walks) -> Sessions:
    pauses, overlapping = found.pauses_s()
    requests = sum(map(len, found.sessions))
    steps = found.steps()
    totals: Counter[str | None] = Counter()
    for (before, _), count in steps.items():
        totals[before] += count
    order = sorted(
        steps.items(), key=lambda s: (s[0][0] or "", -s[1], s[0][1] is None, s[0][1] or "")
    )
    return Sessions(
        known_by=found.known_by,
        sessions=len(found.sessions),
        requests=requests,
        requests_per_session=round(requests / len(found.sessions), 3),
        think_times=ThinkTimes(
            count=len(pauses),
            overlapping=overlapping,
            mean_s=round(fsum(pauses) / len(pauses), 6),
            quantiles_s=quantiles_s(pauses),
        ),
        transitions=tuple(
            Transition(
                before=before, after=after, count=count, share=round(count / totals[before], 6)
            )
            for (before, after), count in order
        ),
    )


def _warnings(requests: Sequence[Entry], sessions: Sessions | None, left_out: int) -> "list[str]":
    found = []
    if sessions is None:
        found.append(
            "nothing tells whose the requests are: pauses and order are not known, "
            "so the profile goes by arrival rate"
        )
    elif sessions.requests < len(requests):
        found.append(
            f"{len(requests) - sessions.requests:,} of {len(requests):,} requests "
            f"have no {sessions.known_by}: pauses and order are those of the others"
        )
    thinks = sessions.think_times if sessions else None
    if thinks and thinks.overlapping > MANY_OVERLAPPING * thinks.count:
        found.append(
            f"{thinks.overlapping:,} of {thinks.count:,} requests began before the one before "
            "had ended: several people may share what tells sessions apart"
        )
    if left_out:
        found.append(f"{left_out:,} requests are not HTTP, or cannot be made again: left out")
    return found
