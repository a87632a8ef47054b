import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analyzer.paths.graph import event_graph
from analyzer.paths.replay import replay
from analyzer.paths.replay_graph import replayed
from analyzer.paths.replay_reference import replay as reference
from analyzer.paths.timeline import timeline
from analyzer.pipeline.contributions import Repaired
from tests.paths.replaying import Drawn, path_spans, repaired, replayed_root, requests

unhurried = settings(deadline=None)  # the first call compiles
FACTORS = st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0, 1.5, 3.0])


@unhurried
@given(requests())
def test_without_a_change_every_span_takes_what_was_recorded(drawn: tuple[Drawn, ...]) -> None:
    done = repaired(drawn)
    times = timeline(done.batch, done.tree, done.nested)
    recorded = done.nested.high_ns - done.nested.low_ns
    replayed = replay(times, np.ones((len(done.batch), 1))).lasted[:, 0]
    assert replayed.tolist() == recorded.tolist()


@unhurried
@given(requests(), st.data())
def test_kernel_reference_and_graph_agree(drawn: tuple[Drawn, ...], data: st.DataObject) -> None:
    done = repaired(drawn)
    factors = data.draw(st.lists(FACTORS, min_size=len(drawn), max_size=len(drawn)))
    spans, root = path_spans(done), int(done.tree.order[0])
    expected = reference(spans, root, factors)
    assert replayed_root(done, np.array(factors)) == pytest.approx(expected, abs=1e-9)
    assert replayed(event_graph(spans, root), factors) == pytest.approx(expected, abs=1e-9)


@unhurried
@given(requests(), st.data())
def test_shrinking_never_lengthens(drawn: tuple[Drawn, ...], data: st.DataObject) -> None:
    done = repaired(drawn)
    factors = np.array(data.draw(st.lists(FACTORS, min_size=len(drawn), max_size=len(drawn))))
    less = factors.copy()
    less[data.draw(st.integers(0, len(drawn) - 1))] *= data.draw(st.sampled_from([0.0, 0.5]))
    assert replayed_root(done, less) <= replayed_root(done, factors) + 1e-9


@unhurried
@given(requests(longest=10**9), st.data())
def test_slope_at_no_change_is_the_time_on_the_critical_path(
    drawn: tuple[Drawn, ...], data: st.DataObject
) -> None:
    done = repaired(drawn)
    assume(not _tied(done))
    owner = data.draw(st.integers(0, 2))
    mine = np.array([span.service == owner for span in drawn])
    cut = 1e-10  # of at most 1 s: less than a nanosecond, so nothing is overtaken
    saved = replayed_root(done, np.ones(len(drawn))) - replayed_root(
        done, np.where(mine, 1 - cut, 1.0)
    )
    on_path = done.paths.own_ns[mine].sum()
    assert saved == pytest.approx(cut * on_path, abs=1e-6)  # floats of 1e9 ns are that fine


def _tied(done: Repaired) -> bool:
    """Whether siblings end at one instant: then there are two critical paths."""
    waited = done.nested.waited & (done.nested.low_ns < done.nested.high_ns)
    ends = [(int(done.tree.parent[i]), int(done.nested.high_ns[i])) for i in np.flatnonzero(waited)]
    return len(set(ends)) < len(ends)


def test_a_slow_branch_hides_what_a_shorter_one_saves() -> None:
    # root   |----------|
    #   a    |--------|      8 long, all own
    #   b    |------|        6 long: takes over when a is removed
    done = repaired((Drawn(-1, 0, 10, 0), Drawn(0, 0, 8, 1), Drawn(0, 0, 6, 2)))
    assert replayed_root(done, np.array([1.0, 0.0, 1.0])) == 8
    assert replayed_root(done, np.array([1.0, 0.5, 1.0])) == 8
    assert replayed_root(done, np.array([1.0, 0.0, 0.0])) == 2


def test_a_sibling_that_began_at_the_end_of_another_waited_for_it() -> None:
    done = repaired((Drawn(-1, 0, 10, 0), Drawn(0, 0, 5, 1), Drawn(0, 5, 10, 2)))
    assert replayed_root(done, np.array([1.0, 0.0, 1.0])) == 5


def test_slowing_down_shows_in_full() -> None:
    done = repaired((Drawn(-1, 0, 10, 0), Drawn(0, 2, 8, 1)))
    assert replayed_root(done, np.array([1.0, 3.0, 1.0])) == 22
