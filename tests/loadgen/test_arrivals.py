"""Arrivals of an open workload: when they are due, and what is counted of them."""

import json
import math
from itertools import islice, pairwise, takewhile
from statistics import mean, pvariance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadgen import shapes
from loadgen.arrivals import (
    Histogram,
    OpenLoad,
    Spacing,
    Tally,
    due_times,
    first_users,
    users_needed,
)

EVEN = OpenLoad(spacing=Spacing.EVEN, max_users=100)
POISSON = OpenLoad(spacing=Spacing.POISSON, max_users=100)
STEADY = shapes.load(level=20, approach_s=1e-9, seconds=math.inf)


def test_even_arrivals_keep_their_distance() -> None:
    due = list(islice(due_times(STEADY, EVEN), 200))
    assert {round(b - a, 6) for a, b in pairwise(due)} == {0.05}


def test_random_arrivals_come_as_often_and_independently() -> None:
    due = list(islice(due_times(STEADY, POISSON), 20_000))
    gaps = [b - a for a, b in pairwise(due)]
    assert mean(gaps) == pytest.approx(0.05, rel=0.03)
    assert pvariance(gaps) == pytest.approx(0.05**2, rel=0.1)  # exponential: as its mean squared


@pytest.mark.parametrize("load", [EVEN, POISSON])
def test_arrivals_follow_the_shape(load: OpenLoad) -> None:
    shape = shapes.stress(level=100, peak=400, steps=4, seconds=40)
    due = list(due_times(shape, load))
    for number in range(4):
        begin = shape.begin_s(number) + 1
        rate = sum(begin <= t < begin + 9 for t in due) / 9
        assert rate == pytest.approx(shape.phases[number].level, rel=0.1)
    assert len(due) == pytest.approx(shape.arrivals_by(40), rel=0.05)
    assert due == sorted(due)
    assert due[-1] < 40


@pytest.mark.parametrize("load", [EVEN, POISSON])
def test_processes_share_the_arrivals(load: OpenLoad) -> None:
    shares = [
        list(takewhile(lambda t: t < 60, due_times(STEADY, load, index=i, of=3))) for i in range(3)
    ]
    assert [len(share) for share in shares] == pytest.approx([400, 400, 400], rel=0.15)
    assert not set(shares[0]) & set(shares[1])
    if load is EVEN:
        together = sorted(t for share in shares for t in share)
        assert together == pytest.approx(
            list(takewhile(lambda t: t < 60, due_times(STEADY, load))), abs=1e-6
        )


def test_the_same_seed_gives_the_same_arrivals() -> None:
    again = OpenLoad(spacing=Spacing.POISSON, max_users=1, seed=1)
    other = OpenLoad(spacing=Spacing.POISSON, max_users=1, seed=2)
    first = list(islice(due_times(STEADY, POISSON), 10))
    assert first == list(islice(due_times(STEADY, again), 10))
    assert first != list(islice(due_times(STEADY, other), 10))


def test_a_pool_begins_with_users_enough_for_its_highest_level() -> None:
    shape = shapes.spike(level=10, peak=100, seconds=60)
    assert first_users(shape, most=500) == 52  # half a second of it, and two to spare
    assert first_users(shape, most=20) == 20


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500))
def test_a_pool_grows_as_needed_and_never_beyond_its_limit(
    now: int, busy: int, waiting: int
) -> None:
    found = users_needed(now, busy=busy, waiting=waiting, most=300)
    assert found <= 300
    assert found >= min(now, 300)
    assert found == 300 or found > busy + waiting


@given(st.lists(st.floats(0.02, 1e5), min_size=1, max_size=60), st.sampled_from((0.5, 0.95)))
def test_percentiles_are_as_good_as_the_buckets(values: list[float], part: float) -> None:
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    exact = sorted(values)[math.ceil(part * len(values) - 1e-9) - 1]
    assert histogram.percentile_ms(part) == pytest.approx(exact, rel=0.0101)


def test_a_stall_shows_in_the_times_from_when_arrivals_were_due() -> None:
    tally = Tally()
    for number in range(100):  # one arrival takes a second, those behind it wait for it
        delay = max(1000 - 10.0 * number, 0.0)
        tally.due += 1
        tally.begin(delay)
        tally.request(10.0, delay)
    record = tally.record()
    assert record["from_begin"]["p95_ms"] == pytest.approx(10, rel=0.02)
    assert record["from_due"]["p95_ms"] == pytest.approx(960, rel=0.03)
    assert record["late"] == 95


@given(st.lists(st.tuples(st.floats(0, 1e4), st.floats(0, 1e4)), max_size=30), st.integers(0, 30))
def test_what_processes_counted_adds_up(requests: list[tuple[float, float]], cut: int) -> None:
    def tally(part: list[tuple[float, float]]) -> Tally:
        found = Tally(due=len(part))
        for response_ms, delay_ms in part:
            found.begin(delay_ms)
            found.request(response_ms, delay_ms)
        return found

    one = tally(requests[:cut])
    sent = json.loads(json.dumps(tally(requests[cut:]).message()))
    one.merge(Tally.from_message(sent))
    whole = tally(requests)
    assert one.from_due.buckets == whole.from_due.buckets
    assert [one.due, one.begun, one.late] == [whole.due, whole.begun, whole.late]
    assert one.delay.total_ms == pytest.approx(whole.delay.total_ms)
    assert one.from_begin.max_ms == whole.from_begin.max_ms
