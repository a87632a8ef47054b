"""How much load there was: requests in flight as each request began, and in windows of time."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analyzer.attribution.contributions import Requests
from analyzer.model.spans import BoolArray, Float64Array, Int64Array
from analyzer.ranking.requests import observed

NS_PER_S = 1_000_000_000

MOST_WINDOWS = 100
"""Windows of time in which throughput is set against load."""

SHORTEST_WINDOW_NS = 200_000_000

REQUESTS_LONG = 4
"""A window lasts at least so many mean response times: else what ends in it began before it."""

VARIED = 1.5
"""Load varied if the mean of its highest third is so many times that of its lowest third."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """For how many requests each of those that were seen stands.

    Attributes:
        in_load: float64[r], as load: one that a load tool recorded is one, as it records them all.
        times: int64[r], how often its time counts; 0 where others stand for it.
    """

    in_load: Float64Array
    times: Int64Array


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadGroups:
    """The requests that began at the lowest and at the highest load.

    Attributes:
        low: bool[r], about a third of the requests.
        high: bool[r], about a third.
        low_mean: requests in flight as those of `low` began, themselves included.
        high_mean: the same for `high`.
    """

    low: BoolArray
    high: BoolArray
    low_mean: float
    high_mean: float

    @property
    def varied(self) -> bool:
        """Whether load varied enough to say what grows with it."""
        return self.high_mean >= VARIED * self.low_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """Equal intervals of the run; w of them, none cut short.

    Attributes:
        edge_ns: int64[w + 1], where they begin and end.
        in_flight: float64[w], mean number of requests under way.
        throughput_rps: float64[w], requests that ended, a second.
        users: int64[w], users as the load tool noted them; -1 where it noted none.
    """

    edge_ns: Int64Array
    in_flight: Float64Array
    throughput_rps: Float64Array
    users: Int64Array


def in_flight_at_start(requests: Requests, count: Float64Array | None = None) -> Float64Array:
    """float64[r], how many requests were under way as each began, itself included.

    Args:
        requests: the requests.
        count: float64[r], for how many each stands; for itself if left out.
    """
    often = np.ones(len(requests)) if count is None else count
    begun = _sum_until(requests.start_ns, often, requests.start_ns)
    ended = _sum_until(requests.start_ns + requests.duration_ns, often, requests.start_ns)
    # those that a request stands for began at other times than itself, which is one;
    # a request without duration has ended as it begins
    under_way: Float64Array = np.maximum(begun - ended - (often - 1), 1)
    return under_way


def _sum_until(time_ns: Int64Array, value: Float64Array, at: Int64Array) -> Float64Array:
    """float64[a], the sum of the values whose time has come, at each of these moments."""
    order = np.argsort(time_ns, kind="stable")
    summed = np.concatenate([[0.0], np.cumsum(value[order])])
    until: Float64Array = summed[np.searchsorted(time_ns[order], at, side="right")]
    return until


def load_groups(requests: Requests, count: Float64Array | None = None) -> LoadGroups:
    """The thirds of the requests that began at the lowest and at the highest load.

    Args:
        requests: the requests.
        count: float64[r], for how many each stands; for itself if left out.
    """
    load = in_flight_at_start(requests, count)
    at_most, at_least = np.quantile(load, (1 / 3, 2 / 3))
    low, high = load <= at_most, load >= at_least
    return LoadGroups(
        low=low, high=high, low_mean=float(load[low].mean()), high_mean=float(load[high].mean())
    )


def windows(
    requests: Requests, users: Mapping[int, int], count: Float64Array | None = None
) -> Windows:
    """The run in windows of time.

    Args:
        requests: the requests.
        users: users by time in ns since the epoch.
        count: float64[r], for how many requests each stands; for itself if left out.
    """
    often = np.ones(len(requests)) if count is None else count
    start = requests.start_ns
    finish = start + requests.duration_ns
    begin, end = observed(requests)
    mean_ns = int(requests.duration_ns.sum()) // max(len(requests), 1)
    width = max(SHORTEST_WINDOW_NS, REQUESTS_LONG * mean_ns, -(-(end - begin) // MOST_WINDOWS))
    edges = begin + width * np.arange((end - begin) // width + 1)
    seconds = width / NS_PER_S
    ended = np.diff(_sum_until(finish, often, edges))
    busy = np.diff(busy_until(start, finish, edges, often))
    return Windows(
        edge_ns=edges,
        in_flight=busy / width,
        throughput_rps=ended / seconds,
        users=_users_in(users, edges),
    )


def busy_until(
    start: Int64Array, finish: Int64Array, at: Int64Array, count: Float64Array | None = None
) -> Float64Array:
    """float64[a], the summed time that intervals had run at each of these moments, ascending.

    Args:
        start: int64[i], when they begin.
        finish: int64[i], when they end.
        at: int64[a], the moments.
        count: float64[i], how often each interval counts; once if left out.
    """
    # times from the first moment on, so that sums stay far from the limits of int64 and of floats
    origin = int(at[0])
    s, f, at = start - origin, finish - origin, at - origin
    often = np.ones(s.size) if count is None else count
    begun, ended = _sum_until(s, often, at), _sum_until(f, often, at)
    s_sum, f_sum = _sum_until(s, s * often, at), _sum_until(f, f * often, at)
    total: Float64Array = (begun * at - s_sum) - (ended * at - f_sum)
    return total


def _users_in(users: Mapping[int, int], edges: Int64Array) -> Int64Array:
    """int64[w], the most users that were noted inside each window; -1 without a note."""
    most = np.full(max(edges.size - 1, 0), -1, np.int64)
    for time, count in users.items():
        at = int(np.searchsorted(edges, time, side="right")) - 1
        if 0 <= at < most.size:
            most[at] = max(most[at], count)
    return most
