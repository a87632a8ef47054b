"""Drops of mean and percentiles against durations written out and sorted anew."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.attribution.gains import FACTORS, Savings
from analyzer.ranking.gains import gains

OWNERS = 3
unhurried = settings(deadline=None)  # the first call compiles


@st.composite
def runs(draw: st.DrawFn) -> tuple[np.ndarray, Savings]:
    """Durations of some requests, and what each saves with whom; small, so that many are equal."""
    durations = draw(st.lists(st.integers(0, 20), min_size=1, max_size=30))
    rows = [
        (request, owner, draw(st.tuples(*[st.integers(-5, duration)] * len(FACTORS))))
        for request, duration in enumerate(durations)
        for owner in range(OWNERS)
        if draw(st.booleans())
    ]
    return np.array(durations) * 1_000_000, Savings(
        requests=len(durations),
        request=np.array([row[0] for row in rows], np.int64),
        owner=np.array([row[1] for row in rows], np.int32),
        saved_ns=np.array([row[2] for row in rows], np.int64).reshape(-1, len(FACTORS)) * 1_000_000,
    )


@unhurried
@given(runs())
def test_drops_are_those_of_the_changed_durations(run: tuple[np.ndarray, Savings]) -> None:
    duration_ns, saved = run
    for owner, gain in enumerate(gains(saved, duration_ns, OWNERS)):
        for lane, saving in enumerate(
            (gain.if_10_percent_faster, gain.if_50_percent_faster, gain.if_removed)
        ):
            after = duration_ns.copy()
            mine = saved.owner == owner
            after[saved.request[mine]] -= saved.saved_ns[mine, lane]
            assert saving is not None
            for drop, statistic in (
                (saving.mean_ms, np.mean),
                (saving.p95_ms, lambda values: np.percentile(values, 95)),
                (saving.p99_ms, lambda values: np.percentile(values, 99)),
            ):
                expected = (statistic(duration_ns) - statistic(after)) / 1e6
                assert abs(drop - expected) < 0.001


def test_without_requests_there_is_no_gain() -> None:
    nothing = Savings(
        requests=0,
        request=np.empty(0, np.int64),
        owner=np.empty(0, np.int32),
        saved_ns=np.empty((0, len(FACTORS)), np.int64),
    )
    (gain,) = gains(nothing, np.empty(0, np.int64), 1)
    assert gain.if_removed is None
