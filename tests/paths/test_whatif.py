import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.paths.timeline import Timeline, timeline
from analyzer.paths.whatif import Limited, Scaled, SideBySide, replay_changed
from analyzer.pipeline.contributions import Repaired
from tests.paths.replaying import Drawn, repaired, replayed_root, requests

unhurried = settings(deadline=None)  # the first call compiles


def as_it_was(m: int) -> SideBySide:
    """No calls run side by side."""
    return SideBySide(
        hosts=np.zeros(m, np.bool_), calls=np.zeros(m, np.int32), remote=np.zeros(m, np.bool_)
    )


def beside(done: Repaired, drawn: tuple[Drawn, ...], *groups: set[int]) -> SideBySide:
    """Service 0 makes the calls; a call to service s is in the group that holds s."""
    calls = [
        next((g for g, members in enumerate(groups, 1) if span.service in members), -1)
        if span.service
        else 0
        for span in drawn
    ]
    return SideBySide(
        hosts=np.array([span.service == 0 for span in drawn]),
        calls=np.array(calls, np.int32),
        remote=np.zeros(len(done.batch), np.bool_),
    )


def times_of(done: Repaired) -> Timeline:
    return timeline(done.batch, done.tree, done.nested)


def together(*groups: set[int], drawn: tuple[Drawn, ...]) -> float:
    """The root's duration if calls of each group run side by side."""
    done = repaired(drawn)
    return float(replay_changed(times_of(done), [], [], beside(done, drawn, *groups))[0])


def limited(drawn: tuple[Drawn, ...], service: int, time_ns: int, *, at_least: bool) -> float:
    """The root's duration if calls of a service take at most or at least so long."""
    done = repaired(drawn)
    mine = np.array([span.service == service for span in drawn])
    limit = Limited(rows=mine, time_ns=time_ns, at_least=at_least)
    return float(replay_changed(times_of(done), [], [limit], as_it_was(len(drawn)))[0])


@unhurried
@given(requests())
def test_without_a_change_requests_take_what_was_recorded(drawn: tuple[Drawn, ...]) -> None:
    done = repaired(drawn)
    assert replay_changed(times_of(done), [], [], as_it_was(len(drawn)))[0] == drawn[0].end


@unhurried
@given(requests(), st.sampled_from([0.0, 0.5, 2.0]), st.sampled_from([0.0, 0.5, 2.0]))
def test_factors_multiply(drawn: tuple[Drawn, ...], one: float, other: float) -> None:
    done = repaired(drawn)
    first = np.array([span.service == 1 for span in drawn])
    both = np.array([span.service in (1, 2) for span in drawn])
    after = replay_changed(
        times_of(done),
        [Scaled(rows=first, factor=one), Scaled(rows=both, factor=other)],
        [],
        as_it_was(len(drawn)),
    )
    factor = np.where(first, one, 1.0) * np.where(both, other, 1.0)
    assert after[0] == pytest.approx(replayed_root(done, factor))


@unhurried
@given(requests())
def test_running_side_by_side_never_lengthens(drawn: tuple[Drawn, ...]) -> None:
    assert together({1, 2}, drawn=drawn) <= drawn[0].end + 1e-9
    assert together({1}, {2}, drawn=drawn) <= drawn[0].end + 1e-9


#   host |----------------------|       a, b and c are called one after the other, with own work
#     a    |----|                       of 2 before each and after the last
#     b            |------|
#     c                     |--|
SERIAL = (Drawn(-1, 0, 23, 0), Drawn(0, 2, 7, 1), Drawn(0, 9, 16, 2), Drawn(0, 18, 21, 3))


def test_calls_side_by_side_wait_for_the_hosts_own_work_only() -> None:
    # a begins at 2, b at 4; c waits for both: it begins at max(7, 4 + 7) + 2
    assert together({1, 2}, drawn=SERIAL) == 4 + 7 + 2 + 3 + 2
    # a at 2, b at 4, c at 6; own work after the last call comes after all of them
    assert together({1, 2, 3}, drawn=SERIAL) == 4 + 7 + 2


def test_a_call_between_two_keeps_them_apart() -> None:
    assert together({1, 3}, drawn=SERIAL) == 23  # c waits for b, and b for a


def test_two_groups_wait_for_each_other() -> None:
    four = (*SERIAL[:3], Drawn(0, 16, 20, 1), Drawn(0, 20, 23, 2))
    # the first a and b, then the second ones, are serial pairs of two groups: a b a b
    assert together({1}, {2}, drawn=four) == 23


def test_one_callee_is_enough_for_calls_side_by_side() -> None:
    three = (Drawn(-1, 0, 30, 0), *(Drawn(0, at, at + 10, 1) for at in (0, 10, 20)))
    assert together({1}, drawn=three) == 10


def test_own_steps_that_only_make_such_calls_run_side_by_side_too() -> None:
    steps = (
        Drawn(-1, 0, 20, 0),
        Drawn(0, 0, 10, 0),
        Drawn(0, 10, 20, 0),
        Drawn(1, 1, 9, 1),
        Drawn(2, 11, 19, 1),
    )
    assert together({1}, drawn=steps) == 10
    other = (*steps, Drawn(2, 19, 20, 2))
    assert together({1}, drawn=other) == 20  # the second step also calls someone else


def test_longer_calls_take_the_limit_and_shorter_ones_stay() -> None:
    assert limited(SERIAL, 1, 3, at_least=False) == 21
    assert limited(SERIAL, 1, 8, at_least=False) == 23


def test_shorter_calls_take_the_limit_and_longer_ones_stay() -> None:
    assert limited(SERIAL, 1, 8, at_least=True) == 26
    assert limited(SERIAL, 1, 3, at_least=True) == 23


def test_a_call_is_all_spans_of_one_visit() -> None:
    #   1 |----------|      service 1, its own step right below it: 10 together, limited to 5
    #   1    |----|
    visit = (Drawn(-1, 0, 10, 0), Drawn(0, 0, 10, 1), Drawn(1, 2, 6, 1))
    assert limited(visit, 1, 5, at_least=False) == 5


def test_a_call_without_own_time_can_get_some() -> None:
    covered = (Drawn(-1, 0, 10, 0), Drawn(0, 0, 10, 1), Drawn(1, 0, 10, 2))
    assert limited(covered, 1, 4, at_least=True) == 14
    assert limited(covered, 1, 4, at_least=False) == 10
