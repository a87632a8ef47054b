"""How much load there was, against counting by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.attribution.contributions import Requests
from analyzer.ranking.scaling_load import busy_until, in_flight_at_start, load_groups, windows
from analyzer.ranking.scaling_occupancy import occupancy

INTERVALS = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 20)).map(lambda t: (t[0], t[0] + t[1])),
    min_size=1,
    max_size=30,
)
EPOCH_NS = 1_700_000_000_000_000_000


def requests(intervals: list[tuple[int, int]], unit: int = 1) -> Requests:
    n = len(intervals)
    begin = np.array([b for b, _ in intervals], np.int64) * unit + EPOCH_NS
    end = np.array([e for _, e in intervals], np.int64) * unit + EPOCH_NS
    ids = np.arange(1, n + 1, dtype=np.uint64)
    return Requests(
        trace_hi=ids,
        trace_lo=ids,
        span_id=ids,
        start_ns=begin,
        duration_ns=end - begin,
        endpoint=np.zeros(n, np.int32),
        failed=np.zeros(n, np.bool_),
        rootless=np.zeros(n, np.bool_),
        signature=ids,
        spans=np.ones(n, np.int32),
        weight=np.zeros(n),
    )


@given(INTERVALS)
def test_in_flight_counts_those_that_have_begun_and_not_ended(
    intervals: list[tuple[int, int]],
) -> None:
    expected = [
        max(1, sum(b <= begin for b, _ in intervals) - sum(e <= begin for _, e in intervals))
        for begin, _ in intervals
    ]
    assert in_flight_at_start(requests(intervals)).tolist() == expected


@given(INTERVALS, st.lists(st.integers(0, 80), min_size=1, max_size=10))
def test_busy_time_is_summed_over_intervals(
    intervals: list[tuple[int, int]], moments: list[int]
) -> None:
    at = sorted(moments)
    expected = [sum(max(0, min(e, t) - b) for b, e in intervals) for t in at]
    begin, end = (np.array([i[k] for i in intervals]) + EPOCH_NS for k in (0, 1))
    found = busy_until(begin, end, np.array(at) + EPOCH_NS)
    assert np.diff(found) == pytest.approx(np.diff(expected))


@given(INTERVALS)
def test_occupancy_is_counted_at_every_moment(intervals: list[tuple[int, int]]) -> None:
    real = [(b, e) for b, e in intervals if e > b] or [(0, 1)]
    begin, end = (np.array([i[k] for i in real]) + EPOCH_NS for k in (0, 1))
    found = occupancy("s", begin, end)
    inside = [sum(b <= t < e for b, e in real) for t in range(80)]
    first, last = min(b for b, _ in real), max(e for _, e in real)
    assert found.most == max(inside)
    assert found.mean == pytest.approx(sum(inside) / (last - first))
    edges = np.arange(first, last + 1)
    assert found.mean_between(edges + EPOCH_NS) == pytest.approx(inside[first:last])
    if found.most <= 10:
        full = [float(i == found.most) for i in inside[first:last]]
        assert found.full_between(edges + EPOCH_NS) == pytest.approx(full)


def test_groups_are_the_thirds_of_lowest_and_highest_load() -> None:
    # one at a time, then ten at once
    alone = [(10 * i, 10 * i + 5) for i in range(30)]
    crowd = [(1_000 + i // 10 * 50, 1_040 + i // 10 * 50) for i in range(60)]
    groups = load_groups(requests(alone + crowd))
    assert groups.low_mean == 1.0
    assert groups.high_mean == 10.0
    assert groups.varied
    assert groups.low.tolist() == [True] * 30 + [False] * 60


def test_windows_cover_the_run_and_count_what_ended_in_them() -> None:
    ms = 1_000_000
    second = [(100 * i, 100 * i + 50) for i in range(100)]  # ten a second, half the time under way
    found = windows(requests(second, ms), {EPOCH_NS + 5 * ms: 3, EPOCH_NS + 6 * ms: 4})
    assert found.throughput_rps == pytest.approx(np.full(found.in_flight.size, 10.0), abs=0.01)
    assert found.in_flight == pytest.approx(np.full(found.in_flight.size, 0.5))
    assert found.users[0] == 4
    assert set(found.users[1:]) == {-1}
