"""How busy each service was: how many of its requests were under way at once.

By Little's law the mean is the rate at which requests arrive times the mean time they spend inside.
A worker that waits for another service is busy too: nobody else can have it. So the time counts
from the moment a service begins with a request until it has answered, own work or not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analyzer.model.spans import Float64Array, Int64Array, Kind, Spans

SINGLE = 10
"""Up to so many workers, all of them must be busy for a service to be full; of more, nine in ten:
between two requests a worker is idle for a moment, and with many there is always one."""

NEARLY_ALL = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupancy:
    """Requests inside one service, as a function of time.

    Attributes:
        service: its name.
        mean: from its first request's begin to its last one's end.
        most: the most at once.
        time_ns: int64[t], ascending, when the number changed.
        busy_ns: float64[t], the sum of the time of requests until then.
        full_ns: float64[t], the time until then with (nearly) as many inside as there ever were.
    """

    service: str
    mean: float
    most: int
    time_ns: Int64Array
    busy_ns: Float64Array
    full_ns: Float64Array

    def mean_between(self, edge_ns: Int64Array) -> Float64Array:
        """float64[w], the mean number inside, between each two moments."""
        return _rise(self.time_ns, self.busy_ns, edge_ns)

    def full_between(self, edge_ns: Int64Array) -> Float64Array:
        """float64[w], the share of the time in which it was full, between each two moments."""
        return _rise(self.time_ns, self.full_ns, edge_ns)


def occupancies(spans: Spans, *, some_twice: bool = False) -> tuple[Occupancy, ...]:
    """The occupancy of every service with server or consumer spans, by name.

    Args:
        spans: the spans.
        some_twice: whether there are spans that were sent more than once; they count once.
    """
    inside = (spans.kind == Kind.SERVER) | (spans.kind == Kind.CONSUMER)
    rows = np.flatnonzero(inside & (spans.end_ns > spans.start_ns) & (spans.service >= 0))
    if some_twice:
        rows = _each_once(spans, rows)
    if not rows.size:
        return ()
    order = rows[np.argsort(spans.service[rows], kind="stable")]
    codes, begins = np.unique(spans.service[order], return_index=True)
    groups = np.split(order, begins[1:])
    found = [
        occupancy(spans.names[code], spans.start_ns[of], spans.end_ns[of])
        for code, of in zip(codes.tolist(), groups, strict=True)
    ]
    return tuple(sorted(found, key=lambda o: o.service))


def _each_once(spans: Spans, rows: Int64Array) -> Int64Array:
    """Of rows with the same trace, span id and kind the longest, as repair keeps them."""
    longest_last = np.lexsort(
        (
            spans.end_ns[rows] - spans.start_ns[rows],
            spans.kind[rows],
            spans.span_id[rows],
            spans.trace_lo[rows],
            spans.trace_hi[rows],
        )
    )
    rows = rows[longest_last]
    ids = (spans.trace_hi[rows], spans.trace_lo[rows], spans.span_id[rows], spans.kind[rows])
    another = np.any([of[1:] != of[:-1] for of in ids], axis=0)
    kept: Int64Array = rows[np.append(another, True)]
    return kept


def occupancy(service: str, start_ns: Int64Array, end_ns: Int64Array) -> Occupancy:
    """The occupancy by requests that were inside from `start_ns` to `end_ns`; at least one."""
    time = np.concatenate([end_ns, start_ns])
    # at one moment ends come before starts: a worker that goes on at once is one worker
    order = np.argsort(time, kind="stable")
    time = time[order]
    number = np.cumsum(np.where(order < end_ns.size, -1, 1))
    most = int(number.max())
    full = most if most <= SINGLE else int(np.ceil(NEARLY_ALL * most))
    steps = np.diff(time)
    busy = np.concatenate([[0.0], np.cumsum(number[:-1] * steps, dtype=np.float64)])
    full_ns = np.concatenate([[0.0], np.cumsum(np.where(number[:-1] >= full, steps, 0))])
    span = max(int(time[-1] - time[0]), 1)
    return Occupancy(
        service=service,
        mean=float(busy[-1]) / span,
        most=most,
        time_ns=time,
        busy_ns=busy,
        full_ns=full_ns,
    )


def by_service(found: Sequence[Occupancy]) -> dict[str, Occupancy]:
    """The occupancies by the service's name."""
    return {o.service: o for o in found}


def _rise(time_ns: Int64Array, total: Float64Array, edge_ns: Int64Array) -> Float64Array:
    """float64[w], by how much a total rises between moments, as a part of the time between them."""
    origin = int(time_ns[0])
    at = np.interp(edge_ns - origin, time_ns - origin, total)
    rise: Float64Array = np.diff(at) / np.diff(edge_ns)
    return rise
