"""Spans some of whose children did not wait for siblings that had ended before them (rule 9)."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analyzer.attribution.gains import FACTORS, savings
from analyzer.paths.graph import critical_path_of, event_graph
from analyzer.paths.reference import critical_path
from analyzer.paths.replay import replay
from analyzer.paths.replay_graph import replayed
from analyzer.paths.replay_reference import replay as reference
from analyzer.paths.timeline import timeline
from analyzer.pipeline.contributions import Repaired
from tests.paths.replaying import Drawn, path_spans, repaired, replayed_root, unordered

unhurried = settings(deadline=None)  # the first call compiles
Case = tuple[tuple[Drawn, ...], Repaired]


@unhurried
@given(unordered())
def test_kernel_reference_and_graph_agree_on_the_path(case: Case) -> None:
    _, done = case
    spans, root = path_spans(done), int(done.tree.order[0])
    pieces = critical_path(spans, root)
    own = [0] * len(spans)
    for piece in pieces:
        own[piece.span] += piece.end_ns - piece.start_ns
    assert done.paths.own_ns.tolist() == own
    assert sum(own) == spans[root].high_ns - spans[root].low_ns
    in_order = [(p.start_ns, p.end_ns) for p in pieces]
    assert in_order == sorted(in_order)


@unhurried
@given(unordered(longest=10**6))
def test_the_graph_has_the_same_path_where_there_is_only_one(case: Case) -> None:
    _, done = case
    spans, root = path_spans(done), int(done.tree.order[0])
    assume(not _tied(done))
    assert critical_path_of(event_graph(spans, root)) == critical_path(spans, root)


@unhurried
@given(unordered(), st.data())
def test_kernel_reference_and_graph_agree_on_the_replay(case: Case, data: st.DataObject) -> None:
    drawn, done = case
    some = st.sampled_from([0.0, 0.5, 1.0, 2.0])
    factors = data.draw(st.lists(some, min_size=len(drawn), max_size=len(drawn)))
    spans, root = path_spans(done), int(done.tree.order[0])
    expected = reference(spans, root, factors)
    assert replayed_root(done, np.array(factors)) == pytest.approx(expected, abs=1e-9)
    assert replayed(event_graph(spans, root), factors) == pytest.approx(expected, abs=1e-9)


@unhurried
@given(unordered())
def test_without_a_change_every_span_takes_what_was_recorded(case: Case) -> None:
    _, done = case
    times = timeline(done.batch, done.tree, done.nested)
    lasted = replay(times, np.ones((len(done.batch), 1))).lasted[:, 0]
    assert lasted.tolist() == (done.nested.high_ns - done.nested.low_ns).tolist()


@unhurried
@given(unordered(longest=10**9), st.integers(0, 2))
def test_slope_at_no_change_is_the_time_on_the_path(case: Case, owner: int) -> None:
    drawn, done = case
    assume(not _tied(done))
    mine = np.array([span.service == owner for span in drawn])
    cut = 1e-10
    saved = drawn[0].end - replayed_root(done, np.where(mine, 1 - cut, 1.0))
    assert saved == pytest.approx(cut * done.paths.own_ns[mine].sum(), abs=1e-6)


@unhurried
@given(unordered())
def test_savings_and_what_takes_over_add_up(case: Case) -> None:
    drawn, done = case
    owner = np.array([drawn[i].service for i in done.tree.order], np.int32)
    growth = np.zeros((3, 3), np.int64)
    times = timeline(done.batch, done.tree, done.nested)
    found = savings(times, done.nested.waited, done.paths.own_ns, owner, growth)
    for o, saved in zip(found.owner.tolist(), found.saved_ns.tolist(), strict=True):
        mine = np.array([span.service == o for span in drawn])
        factor = np.where(mine[:, np.newaxis], np.array(FACTORS), 1.0)
        expected = drawn[0].end - replay(times, factor).lasted[0]
        assert saved == np.rint(expected).tolist()
        on_path = int(done.paths.own_ns[mine].sum())
        if saved[-1] < on_path:
            assert growth[o].sum() == -saved[-1]


def test_a_child_waits_for_the_end_of_another_chain_no_longer() -> None:
    # root |--------------------|
    #   a  |----|                 c waits for a, after some work of the root's
    #   b  |-------|              only beside them
    #   c            |----------|
    drawn = (Drawn(-1, 0, 20, 0), Drawn(0, 0, 5, 1), Drawn(0, 0, 8, 2), Drawn(0, 10, 20, 1))
    seen = repaired(drawn)
    assert seen.paths.own_ns.tolist() == [2, 0, 8, 10]
    done = repaired(drawn)
    precedence = done.nested.precedence
    precedence.bit[1:] = [0, 1, 2]
    precedence.disregards[3] = 0b010
    precedence.overtakes[3] = 0b010
    precedence.unordered[0] = True
    assert replayed_root(done, np.array([1.0, 1.0, 0.0, 1.0])) == 20
    assert replayed_root(done, np.array([1.0, 0.0, 1.0, 1.0])) == 15  # c begins at 5
    assert replayed_root(done, np.array([0.0, 1.0, 1.0, 1.0])) == 15


def _tied(done: Repaired) -> bool:
    """Whether two events inside one span happen at one instant: then paths may be equally long."""
    tree, nested = done.tree, done.nested
    waited = np.flatnonzero(nested.waited & (nested.low_ns < nested.high_ns))
    times = [
        (int(tree.parent[i]), int(time))
        for i in waited.tolist()
        for time in (nested.low_ns[i], nested.high_ns[i])
    ]
    times += [(int(i), int(nested.low_ns[i])) for i in waited.tolist()]
    return len(set(times)) < len(times)
