"""What one owner's change saves, against a replay of all rows."""

import numpy as np
from hypothesis import given, settings

from analyzer.attribution.gains import FACTORS, Savings, savings
from analyzer.paths.replay import replay
from analyzer.paths.timeline import timeline
from analyzer.pipeline.contributions import Repaired
from tests.paths.replaying import Drawn, repaired, requests

SERVICES = 3
unhurried = settings(deadline=None)  # the first call compiles


def saved_by(done: Repaired, drawn: tuple[Drawn, ...]) -> tuple[Savings, np.ndarray]:
    """Savings with services as owners, and the growth."""
    growth = np.zeros((SERVICES, SERVICES), np.int64)
    owner = np.array([drawn[i].service for i in done.tree.order], np.int32)
    times = timeline(done.batch, done.tree, done.nested)
    found = savings(times, done.nested.waited, done.paths.own_ns, owner, growth)
    return found, growth


@unhurried
@given(requests())
def test_savings_are_those_of_a_replay_of_everything(drawn: tuple[Drawn, ...]) -> None:
    done = repaired(drawn)
    found, _ = saved_by(done, drawn)
    saved = {int(o): s.tolist() for o, s in zip(found.owner, found.saved_ns, strict=True)}
    times = timeline(done.batch, done.tree, done.nested)
    for owner in range(SERVICES):
        mine = np.array([span.service == owner for span in drawn])
        factor = np.where(mine[:, np.newaxis], np.array(FACTORS), 1.0)
        expected = drawn[0].end - drawn[0].start - replay(times, factor).lasted[0]
        assert saved.get(owner, [0] * len(FACTORS)) == np.rint(expected).tolist()


@unhurried
@given(requests())
def test_what_another_branch_takes_over_is_what_the_removal_does_not_save(
    drawn: tuple[Drawn, ...],
) -> None:
    done = repaired(drawn)
    found, growth = saved_by(done, drawn)
    for owner, saved in zip(found.owner, found.saved_ns, strict=True):
        mine = np.array([span.service == owner for span in drawn])
        on_path = int(done.paths.own_ns[mine].sum())
        if saved[-1] < on_path:
            others = np.arange(SERVICES) != owner
            assert growth[owner, owner] == -on_path
            assert growth[owner, others].sum() == on_path - saved[-1]
        else:
            assert not growth[owner].any()


def test_the_owner_that_takes_over_is_named() -> None:
    # s0   |----------|
    #  s1  |--------|        removed: s2 takes over 6 of its 8
    #  s2  |------|
    drawn = (Drawn(-1, 0, 10, 0), Drawn(0, 0, 8, 1), Drawn(0, 0, 6, 2))
    found, growth = saved_by(repaired(drawn), drawn)
    by_owner = dict(zip(found.owner.tolist(), found.saved_ns.tolist(), strict=True))
    assert by_owner == {0: [0, 1, 2], 1: [1, 2, 2]}
    assert growth[1].tolist() == [0, -8, 6]


def test_savings_of_some_requests_are_numbered_by_their_place() -> None:
    saved_ns = np.arange(9).reshape(3, 3)
    both = Savings(
        requests=3,
        request=np.array([0, 1, 2]),
        owner=np.array([5, 6, 7], np.int32),
        saved_ns=saved_ns,
    )
    taken = both.take(np.array([2, 0]))
    assert taken.request.tolist() == [0, 1]
    assert taken.owner.tolist() == [7, 5]
    assert taken.saved_ns.tolist() == saved_ns[[2, 0]].tolist()
