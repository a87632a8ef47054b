"""What the requests themselves show: latencies, load over time, distinct paths."""

from dataclasses import dataclass

import numpy as np

from analyzer.attribution.contributions import Requests
from analyzer.model.spans import Int64Array
from analyzer.ranking.statistics import NS_PER_MS, percentile_ms
from analyzer.report.model import Latency, TimelinePoint

NS_PER_S = 1_000_000_000

TIMELINE_POINTS = 120
"""At most so many points of a timeline; its intervals are whole seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InFlight:
    """How many requests were under way at once."""

    mean: float
    max: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PathGroup:
    """Requests with the same critical path: their positions, by duration."""

    signature: int
    requests: Int64Array
    total_ns: int


def latency(duration_ns: Int64Array) -> Latency:
    """Response times of some requests; zeros of none."""
    ordered = np.sort(duration_ns)
    n = max(int(ordered.size), 1)
    return Latency(
        mean_ms=round(int(ordered.sum()) / n / NS_PER_MS, 3),
        p50_ms=round(percentile_ms(ordered, 0.5), 3),
        p95_ms=round(percentile_ms(ordered, 0.95), 3),
        p99_ms=round(percentile_ms(ordered, 0.99), 3),
        max_ms=round(int(ordered[-1]) / NS_PER_MS if ordered.size else 0.0, 3),
    )


def observed(requests: Requests) -> tuple[int, int]:
    """When the first request began and the last one ended, in ns; (0, 0) without requests."""
    if not len(requests):
        return 0, 0
    ends = requests.start_ns + requests.duration_ns
    return int(requests.start_ns.min()), int(ends.max())


def in_flight(requests: Requests) -> InFlight:
    """Requests under way, from the requests' own intervals."""
    if not len(requests):
        return InFlight(mean=0.0, max=0)
    begin, end = observed(requests)
    starts = np.sort(requests.start_ns)
    ends = np.sort(requests.start_ns + requests.duration_ns)
    # how many had begun at each start, less those that had ended by then
    under_way = np.arange(1, starts.size + 1) - np.searchsorted(ends, starts, side="right")
    total = int(requests.duration_ns.sum())
    return InFlight(
        mean=total / (end - begin) if end > begin else float(len(requests)),
        max=max(int(under_way.max()), 1),
    )


def timeline(requests: Requests, users: dict[int, int]) -> tuple[TimelinePoint, ...]:
    """Load and latency over time.

    Args:
        requests: the requests.
        users: users by time in ns since the epoch, as the load tool noted them.
    """
    begin, end = observed(requests)
    if not len(requests):
        return ()
    step_s = max(1, -(-(end - begin) // (TIMELINE_POINTS * NS_PER_S)))
    step = step_s * NS_PER_S
    count = max(1, -(-(end - begin) // step))
    finish = requests.start_ns + requests.duration_ns
    finished = np.minimum((finish - begin) // step, count - 1)
    busy = busy_ns(requests.start_ns - begin, finish - begin, step, count)
    order = np.lexsort((requests.duration_ns, finished))
    bounds = np.searchsorted(finished[order], np.arange(count + 1))
    points = []
    for i in range(count):
        ended = requests.duration_ns[order[bounds[i] : bounds[i + 1]]]
        width = min(step, end - begin - i * step) or 1
        points.append(
            TimelinePoint(
                t_s=float(i * step_s),
                users=_users_at(users, begin + i * step, begin + (i + 1) * step),
                throughput_rps=round(ended.size * NS_PER_S / width, 3),
                p95_ms=round(percentile_ms(ended, 0.95), 3) if ended.size else None,
                in_flight=round(float(busy[i]) / width, 3),
            )
        )
    return tuple(points)


def busy_ns(start: Int64Array, finish: Int64Array, step: int, count: int) -> Int64Array:
    """int64[count], the summed time of requests inside each interval."""
    edges = np.arange(count + 1, dtype=np.int64) * step
    s, f = np.sort(start), np.sort(finish)
    s_sum = np.concatenate([[0], np.cumsum(s)])
    f_sum = np.concatenate([[0], np.cumsum(f)])
    begun = np.searchsorted(s, edges, side="right")
    ended = np.searchsorted(f, edges, side="right")
    until = (begun * edges - s_sum[begun]) - (ended * edges - f_sum[ended])
    busy: Int64Array = np.diff(until)
    return busy


def _users_at(users: dict[int, int], begin: int, end: int) -> int | None:
    inside = [count for time, count in users.items() if begin <= time < end]
    return max(inside) if inside else None


def path_groups(requests: Requests, *, most: int) -> list[PathGroup]:
    """Requests by critical path, the most frequent first, then those that took longest in sum."""
    order = np.lexsort((requests.duration_ns, requests.signature))
    signature = requests.signature[order]
    if not signature.size:
        return []
    begins = np.flatnonzero(np.concatenate([[True], signature[1:] != signature[:-1]]))
    sizes = np.diff(np.append(begins, signature.size))
    totals = np.add.reduceat(requests.duration_ns[order], begins)
    ranked = np.lexsort((signature[begins], -totals, -sizes))[:most]
    return [
        PathGroup(
            signature=int(signature[begins[g]]),
            requests=order[begins[g] : begins[g] + sizes[g]],
            total_ns=int(totals[g]),
        )
        for g in ranked.tolist()
    ]
