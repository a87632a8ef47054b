"""What the requests themselves show: latencies, load over time, distinct paths."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.attribution.contributions import Requests
from analyzer.ranking.requests import (
    TIMELINE_POINTS,
    in_flight,
    latency,
    observed,
    path_groups,
    timeline,
)

MS = 1_000_000
S = 1_000_000_000

some_intervals = st.lists(
    st.tuples(st.integers(0, 20 * S), st.integers(0, 5 * S)), min_size=1, max_size=25
)
"""(start, duration) of requests, in ns."""


def requests(intervals: list[tuple[int, int]], signatures: list[int] | None = None) -> Requests:
    n = len(intervals)
    ids = np.arange(1, n + 1, dtype=np.uint64)
    return Requests(
        trace_hi=np.zeros(n, np.uint64),
        trace_lo=ids,
        span_id=ids,
        start_ns=np.array([start for start, _ in intervals], np.int64),
        duration_ns=np.array([duration for _, duration in intervals], np.int64),
        endpoint=np.zeros(n, np.int32),
        failed=np.zeros(n, np.bool_),
        rootless=np.zeros(n, np.bool_),
        signature=np.array(signatures or [1] * n, np.uint64),
        spans=np.ones(n, np.int32),
        weight=np.zeros(n),
    )


NONE = requests([])


def test_latency_in_milliseconds() -> None:
    of = latency(np.array([30, 10, 20, 40], np.int64) * MS)
    assert (of.mean_ms, of.p50_ms, of.max_ms) == (25.0, 25.0, 40.0)
    assert of.p95_ms == pytest.approx(38.5)


def test_nothing_at_all() -> None:
    assert latency(NONE.duration_ns).max_ms == 0.0
    assert observed(NONE) == (0, 0)
    assert (in_flight(NONE).mean, in_flight(NONE).max) == (0.0, 0)
    assert timeline(NONE, {}) == ()
    assert path_groups(NONE, most=10) == []


def test_in_flight_counts_requests_that_overlap() -> None:
    # 0 |=====|         two at once for a second of four; the third begins as the second ends
    # 1    |=====|
    # 2          |==|
    flight = in_flight(requests([(0, 2 * S), (1 * S, 2 * S), (3 * S, 1 * S)]))
    assert flight.max == 2
    assert flight.mean == pytest.approx(5 / 4)


def test_requests_at_one_instant_are_in_flight_together() -> None:
    flight = in_flight(requests([(5, 0), (5, 0)]))
    assert flight.mean == 2.0


@given(some_intervals)
def test_mean_in_flight_is_throughput_times_latency(intervals: list[tuple[int, int]]) -> None:
    some = requests(intervals)
    begin, end = observed(some)
    if end == begin:
        return
    littles_law = len(some) / (end - begin) * some.duration_ns.mean()
    assert in_flight(some).mean == pytest.approx(littles_law)
    assert 1 <= in_flight(some).max <= len(some)


@given(some_intervals)
def test_the_timeline_holds_every_request_once(intervals: list[tuple[int, int]]) -> None:
    some = requests(intervals)
    begin, end = observed(some)
    points = timeline(some, {})
    assert 1 <= len(points) <= TIMELINE_POINTS
    steps = np.array([p.t_s for p in points] + [(end - begin) / S])
    widths = np.diff(steps)
    if end > begin:
        finished = sum(p.throughput_rps * w for p, w in zip(points, widths, strict=True))
        assert finished == pytest.approx(len(some), abs=0.01 * len(points))
        busy = sum(p.in_flight * w for p, w in zip(points, widths, strict=True))
        assert busy * S == pytest.approx(some.duration_ns.sum(), abs=0.01 * S * len(points))


def test_users_are_those_of_the_interval_and_unknown_where_nobody_noted_them() -> None:
    some = requests([(0, S), (2 * S, S)])
    points = timeline(some, {0: 3, 500 * MS: 5, 2 * S: 4})
    assert [p.users for p in points] == [5, None, 4]
    assert [p.p95_ms for p in points] == [None, 1000.0, 1000.0]


def test_a_long_run_has_whole_seconds_between_its_points() -> None:
    points = timeline(requests([(0, S), (1000 * S, S)]), {})
    assert len(points) <= TIMELINE_POINTS
    assert points[1].t_s - points[0].t_s == 9.0


def test_paths_by_frequency_then_by_time() -> None:
    intervals = [(0, 5), (0, 1), (0, 3), (0, 9), (0, 2)]
    groups = path_groups(requests(intervals, [7, 8, 8, 9, 7]), most=10)
    assert [(g.signature, g.total_ns) for g in groups] == [(7, 7), (8, 4), (9, 9)]
    assert groups[0].requests.tolist() == [4, 0]  # by duration
    assert [g.signature for g in path_groups(requests(intervals, [7, 8, 8, 9, 7]), most=1)] == [7]


@given(st.lists(st.integers(1, 4), min_size=1, max_size=20))
def test_every_request_is_in_one_path_group(signatures: list[int]) -> None:
    groups = path_groups(requests([(0, 1)] * len(signatures), signatures), most=10)
    assert sorted(r for g in groups for r in g.requests.tolist()) == list(range(len(signatures)))
    sizes = [g.requests.size for g in groups]
    assert sizes == sorted(sizes, reverse=True)
