"""A locustfile that does what the users of some traces did.

What comes from the traces stands in it as ASCII literals only, never in code, names or comments;
`_check` holds every file to that.
"""

import ast
import re
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from analyzer.profiles.traffic import mean_pause_s
from analyzer.report.profile_document import Sessions, Traffic, TrafficEndpoint

MOST_ENDPOINTS = 200
"""Endpoints in a file; those beyond are asked for too seldom to matter."""

WEIGHTS = 1_000
"""About what the weights of one choice sum to: locust makes a list of so many."""

WITH_BODY = frozenset(("POST", "PUT", "PATCH"))

_LONGEST_NAME = 60

_RESERVED = frozenset(("get_next_task",))
"""Names that a task must not have: locust's own, as far as they begin with a method."""

_HEAD = '''\
"""Load like that of the traces it was derived from.

{facts}

Run it:  locust -f THIS_FILE --host http://127.0.0.1:8000 --headless -u {users} -t 10m
{arrivals}
The host is not set, so that it never is the production system by accident. Headers{queries} are
not copied.{bodies} Look through PATHS before you share this file: they are paths that were seen.
"""

import os
import random

from locust import {imports}
'''

_BODIES = """
Bodies are not in traces: requests marked with `fill in` send an empty JSON object until you say
what to send."""

_PAUSE = '''

def pause_s(_user):
    """A pause as long as those that were seen: between the quantiles it is spread evenly."""
    place = random.random() * (len(PAUSES_S) - 1)
    at = int(place)
    return PAUSES_S[at] + (place - at) * (PAUSES_S[at + 1] - PAUSES_S[at])
'''

_RANDOM_PAUSE = '''

def pause_s(_user):
    """A pause without memory, as between requests of many people who do not know each other."""
    return random.expovariate(1 / MEAN_PAUSE_S)
'''

_SHAPE = '''

if os.environ.get("FOLLOW_ARRIVALS") == "1":

    class AsSeen(LoadTestShape):
        """As many users as the requests of each interval take."""

        def tick(self):
            at = int(self.get_run_time() // INTERVAL_S)
            if at >= len(ARRIVALS_RPS):
                return None
            users = max(1, round(ARRIVALS_RPS[at] * USERS_PER_RPS))
            return users, users
'''


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """A request of the file: its endpoint, and the function that makes it."""

    row: TrafficEndpoint
    function: str


def locustfile_of(
    traffic: Traffic, paths: Mapping[str, tuple[str, ...]], *, with_query: bool
) -> str:
    """The text of the locustfile.

    Args:
        traffic: the profile.
        paths: by endpoint, paths to ask for.
        with_query: whether the paths have queries.
    """
    steps = _steps(traffic.endpoints[:MOST_ENDPOINTS])
    sessions = traffic.sessions
    text = "".join(
        (
            _head(traffic, steps, with_query=with_query),
            *_data(traffic, steps, paths),
            _PAUSE if sessions else _RANDOM_PAUSE,
            *(_chain(sessions, steps) if sessions else _mix(steps)),
            _SHAPE,
        )
    )
    _check(text, {step.function for step in steps})
    return text


def bodies_to_fill_in(traffic: Traffic) -> int:
    """How many requests of the file need a body that no trace holds."""
    return sum(row.method in WITH_BODY for row in traffic.endpoints[:MOST_ENDPOINTS])


def _head(traffic: Traffic, steps: Sequence[_Step], *, with_query: bool) -> str:
    sessions, arrivals = traffic.sessions, traffic.arrivals
    facts = (
        f"{traffic.requests:,} requests in {arrivals.duration_s:,.0f} s, "
        f"{arrivals.mean_rps:,.2f} a second on average, {arrivals.peak_rps:,.2f} at the peak. "
    )
    if sessions:
        facts += (
            f"{sessions.sessions:,} sessions, known by {sessions.known_by}: users go from request "
            "to request, and pause between, as those did; a session that ends is followed by "
            "another one."
        )
    else:
        facts += (
            "Nothing told whose the requests were, so every user picks each request by its share, "
            "and pauses are such that as many users as requests a second make that rate."
        )
    return _HEAD.format(
        facts=textwrap.fill(facts, 96),
        users=max(1, round(traffic.users)),
        arrivals="or with FOLLOW_ARRIVALS=1 in place of -u and -t: the rate goes up and down as it "
        "did.\n",
        queries="" if with_query else " and queries",
        bodies=_BODIES if any(step.row.method in WITH_BODY for step in steps) else "",
        imports="FastHttpUser, LoadTestShape, MarkovTaskSet, transitions"
        if sessions
        else "FastHttpUser, LoadTestShape, task",
    )


def _data(
    traffic: Traffic, steps: Sequence[_Step], paths: Mapping[str, tuple[str, ...]]
) -> Iterator[str]:
    sessions, arrivals = traffic.sessions, traffic.arrivals
    if sessions and sessions.think_times:
        yield f"\nPAUSES_S = {_lines(sessions.think_times.quantiles_s)}\n"
        yield '"""Pauses that 0, 5, ..., 100 % of those seen stayed below, in seconds."""\n'
    else:
        yield f"\nMEAN_PAUSE_S = {mean_pause_s(None, traffic.mean_response_s):.6f}\n"
    ends_s = [min(i.t_s + arrivals.interval_s, arrivals.duration_s) for i in arrivals.intervals]
    rates = [
        round(i.requests / max(1.0, end_s - i.t_s), 4)
        for i, end_s in zip(arrivals.intervals, ends_s, strict=True)
    ]
    yield f"\nINTERVAL_S = {arrivals.interval_s:g}\n"
    yield f"ARRIVALS_RPS = {_lines(rates)}\n"
    yield '"""Requests a second in each interval."""\n'
    per_rps = traffic.users / arrivals.mean_rps if arrivals.mean_rps else 1.0
    yield f"USERS_PER_RPS = {per_rps:.6f}\n"
    yield '"""Users that make one request a second, by the pauses and response times seen."""\n'
    yield "\nPATHS = {\n"
    for step in steps:
        yield f"    {step.function!r}: {_lines(paths[step.row.endpoint], 4)},\n"
    yield "}\n"


def _lines(values: Sequence[object], indent: int = 0) -> str:
    """A tuple of literals, one a line."""
    blank = " " * indent
    return "(\n" + "".join(f"{blank}    {value!a},\n" for value in values) + f"{blank})"


def _chain(sessions: Sessions, steps: Sequence[_Step]) -> Iterator[str]:
    """Steps that lead to each other as they did; the end of a session leads to where others began.

    By that every step is made as often as it was: what goes into it is what was counted.
    """
    function = {step.row.endpoint: step.function for step in steps}
    counts: dict[str, Counter[str]] = {step.function: Counter() for step in steps}
    begun: Counter[str] = Counter()
    ended: Counter[str] = Counter()
    for row in sessions.transitions:
        before = function.get(row.before) if row.before else None
        after = function.get(row.after) if row.after else None
        if before and after:
            counts[before][after] += row.count
        elif before:
            ended[before] += row.count
        elif after:
            begun[after] += row.count
    whole = sum(begun.values()) or 1
    yield '\n\nclass Session(MarkovTaskSet):\n    """What one person did, request by request."""\n'
    walked = [s for s in steps if counts[s.function] or ended[s.function]]
    for step in sorted(walked, key=lambda s: -begun[s.function]):
        weights = Counter({to: count * whole for to, count in counts[step.function].items()})
        for to, count in begun.items():
            weights[to] += ended[step.function] * count
        yield f"\n    @transitions({_weights(weights)})\n"
        yield from _request(step)
    yield "\n\nclass Visitor(FastHttpUser):\n"
    yield '    """Goes from session to session."""\n'
    yield "\n    wait_time = pause_s\n    tasks = [Session]\n"


def _mix(steps: Sequence[_Step]) -> Iterator[str]:
    total = sum(step.row.requests for step in steps)
    yield "\n\nclass Visitor(FastHttpUser):\n"
    yield '    """Makes each request with the share it had."""\n'
    yield "\n    wait_time = pause_s\n"
    for step in steps:
        yield f"\n    @task({max(1, round(step.row.requests * WEIGHTS / total))})\n"
        yield from _request(step)


def _weights(weights: Mapping[str, int]) -> str:
    """Weights as small whole numbers; nothing that was seen is left out."""
    total = sum(weights.values())
    small = {
        to: max(1, round(weight * WEIGHTS / total))
        for to, weight in sorted(weights.items(), key=lambda item: (-item[1], item[0]))
        if weight
    }
    inner = "".join(f"            {to!r}: {weight},\n" for to, weight in small.items())
    return "\n        {\n" + inner + "        }\n    "


def _request(step: _Step) -> Iterator[str]:
    body = step.row.method in WITH_BODY
    yield f"    def {step.function}(self):\n"
    yield "        self.client.request(\n"
    yield f"            {step.row.method!a},\n"
    yield f"            random.choice(PATHS[{step.function!r}]),\n"
    yield f"            name={step.row.route!a},\n"
    if body:
        yield "            json={},  # fill in: traces hold no bodies\n"
    yield "        )\n"


def _steps(rows: Sequence[TrafficEndpoint]) -> list[_Step]:
    """A function's name for each endpoint: from its letters and digits, and like no other."""
    taken = set(_RESERVED)
    steps = []
    for row in rows:
        words = re.findall(r"[a-z0-9]+", row.route.encode("ascii", "ignore").decode().lower())
        wanted = "_".join([row.method.lower(), *(words or ["root"])])[:_LONGEST_NAME].rstrip("_")
        name, number = wanted, 1
        while name in taken:
            number += 1
            name = f"{wanted}_{number}"
        taken.add(name)
        steps.append(_Step(row=row, function=name))
    return steps


_NAMES = frozenset(
    (
        "os", "random", "locust", "FastHttpUser", "LoadTestShape", "MarkovTaskSet", "transitions",
        "task", "PAUSES_S", "MEAN_PAUSE_S", "INTERVAL_S", "ARRIVALS_RPS", "USERS_PER_RPS", "PATHS",
        "pause_s", "_user", "place", "at", "len", "int", "max", "round", "environ", "get",
        "AsSeen", "tick", "self", "get_run_time", "users", "Session", "Visitor", "wait_time",
        "tasks", "client", "request", "choice", "name", "json", "expovariate",
    )
)  # fmt: skip
"""All names that a file is made of, beside those of its requests."""


def _check(text: str, functions: set[str]) -> None:
    """Make sure that the text is Python, and nothing but what was meant to be in it.

    Raises:
        ValueError: something got from the traces into the code; a bug.
    """
    found = set()
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name):
                found.add(name)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.arg(arg=name):
                found.add(name)
            case ast.keyword(arg=str(name)):
                found.add(name)
    if not text.isascii() or found - _NAMES - functions:
        msg = f"not meant to be in a locustfile: {sorted(found - _NAMES - functions)}"
        raise ValueError(msg)
