"""Which requests are slow, which are typical, and how they are compared.

Slow requests are those beyond the 95th percentile of their endpoint, typical ones lie between the
25th and the 75th. Each is compared with typical requests of its own endpoint, so that what only
tells endpoints apart explains nothing.
"""

from dataclasses import dataclass

import numpy as np

from analyzer.attribution.contributions import Contributions
from analyzer.model.spans import BoolArray, Float64Array, Int64Array

FEWEST_REQUESTS = 20
"""Requests an endpoint needs: with fewer, only the slowest is beyond its 95th percentile."""

FEWEST_SLOW = 5
"""Slow requests a run needs before one can speak of what they have in common."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """Slow and typical requests of the endpoints that have both.

    Attributes:
        slow: int64[s], positions of the slow requests, ascending.
        typical: int64[t], positions of the typical ones, ascending.
        slow_weight: float64[r], what a slow request counts, else 0; sums to 1.
        typical_weight: float64[r], what a typical request counts where the typical ones stand for
            the slow ones: its endpoint weighs as much as among the slow; sums to 1.
        excess_ns: float64[s], by how much each slow request is slower than the mean of its
            endpoint's typical ones.
    """

    slow: Int64Array
    typical: Int64Array
    slow_weight: Float64Array
    typical_weight: Float64Array
    excess_ns: Float64Array


def groups(c: Contributions, tail: BoolArray, times: Int64Array | None = None) -> Groups | None:
    """Group the requests; None where too few are slow to say anything.

    Args:
        c: the contributions of all requests.
        tail: bool[r], which requests are slower than the 95th percentile of their endpoint.
        times: int64[r], how often each request counts, at least once; once if left out.
    """
    n = len(c.requests)
    often = np.ones(n, np.int64) if times is None else times
    endpoint, duration = c.requests.endpoint, c.requests.duration_ns
    order = np.lexsort((duration, endpoint))
    bounds = np.searchsorted(endpoint[order], np.arange(len(c.endpoints) + 1))
    typical = np.zeros(n, np.bool_)
    slow = tail.copy()
    for begin, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        mine = order[begin:end]
        middle = np.zeros(mine.size, np.bool_)
        if mine.size >= FEWEST_REQUESTS and slow[mine].any():
            low, high = np.percentile(np.repeat(duration[mine], often[mine]), (25, 75))
            middle = (duration[mine] >= low) & (duration[mine] <= high) & ~slow[mine]
        if middle.any():
            typical[mine[middle]] = True
        else:
            slow[mine] = False
    if np.count_nonzero(slow) < FEWEST_SLOW:
        return None
    return _weighted(c, np.flatnonzero(slow), np.flatnonzero(typical), often)


def _weighted(c: Contributions, slow: Int64Array, typical: Int64Array, times: Int64Array) -> Groups:
    endpoint, duration = c.requests.endpoint, c.requests.duration_ns

    def by_endpoint(rows: Int64Array, weights: Int64Array) -> Float64Array:
        return np.bincount(endpoint[rows], weights, minlength=len(c.endpoints)).astype(np.float64)

    n_slow, n_typical = by_endpoint(slow, times[slow]), by_endpoint(typical, times[typical])
    slow_weight = np.zeros(len(c.requests))
    slow_weight[slow] = times[slow] / n_slow.sum()
    typical_weight = np.zeros(len(c.requests))
    share = n_slow / np.maximum(n_typical, 1) / n_slow.sum()
    typical_weight[typical] = share[endpoint[typical]] * times[typical]
    sums = by_endpoint(typical, duration[typical] * times[typical])
    mean = sums / np.maximum(n_typical, 1)
    return Groups(
        slow=slow,
        typical=typical,
        slow_weight=slow_weight,
        typical_weight=typical_weight,
        excess_ns=duration[slow] - mean[endpoint[slow]],
    )
