"""What must not change the contributions of a run, and that they merge."""

from dataclasses import fields, replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.attribution.contributions import Cells, Contributions, Requests
from analyzer.model.spans import Spans
from analyzer.pipeline.contributions import contributions
from tests.bench.spans import microservice_spans
from tests.builders import MS
from tests.repair.drawing import GRAINS_NS, Drawn, columns, drawn_spans


def same(one: Contributions, other: Contributions, *, later_ns: int = 0) -> bool:
    """Whether two analyses say the same; `other` may be of spans that began later."""
    moved = replace(other.requests, start_ns=other.requests.start_ns - later_ns)
    return (
        (one.entities, one.endpoints, one.counts) == (other.entities, other.endpoints, other.counts)
        and all(
            np.array_equal(getattr(one.requests, f.name), getattr(moved, f.name))
            for f in fields(Requests)
        )
        and all(
            np.array_equal(getattr(one.cells, f.name), getattr(other.cells, f.name))
            for f in fields(Cells)
        )
    )


@settings(deadline=None, max_examples=150)
@given(data=st.data(), drawn=drawn_spans(traces=4), grain_ns=st.sampled_from(GRAINS_NS))
def test_the_order_of_arrival_changes_nothing(
    data: st.DataObject, drawn: list[Drawn], grain_ns: int
) -> None:
    order = data.draw(st.permutations(range(len(drawn))))
    spans = columns(drawn, grain_ns=grain_ns)
    shuffled = columns(drawn, grain_ns=grain_ns, order=order)
    assert same(contributions(spans), contributions(shuffled))


@settings(deadline=None, max_examples=100)
@given(
    drawn=drawn_spans(traces=4),
    grain_ns=st.sampled_from(GRAINS_NS),
    later_ms=st.integers(1, 2_000_000_000_000),
)
def test_a_shift_of_all_clocks_changes_nothing_but_when_requests_began(
    drawn: list[Drawn], grain_ns: int, later_ms: int
) -> None:
    spans = columns(drawn, grain_ns=grain_ns)
    later = later_ms * MS
    moved = replace(spans, start_ns=spans.start_ns + later, end_ns=spans.end_ns + later)
    assert same(contributions(spans), contributions(moved), later_ns=later)


@settings(deadline=None, max_examples=100)
@given(drawn=drawn_spans(most=16, traces=6), batch_spans=st.integers(1, 20))
def test_batches_change_nothing(drawn: list[Drawn], batch_spans: int) -> None:
    spans = columns(drawn, grain_ns=1_000)
    assert same(contributions(spans), contributions(spans, batch_spans=batch_spans))


def test_threads_change_nothing() -> None:
    spans = microservice_spans(400)
    alone = contributions(spans, threads=1)
    assert same(alone, contributions(spans, threads=4, batch_spans=700))


def test_a_run_by_hand_whose_children_are_adopted_is_the_same_in_any_batches() -> None:
    spans = microservice_spans(60, by_hand=True)
    found = contributions(spans, batch_spans=100)
    assert found.counts.tree.adopted > 100
    assert same(found, contributions(spans))


def by_trace(spans: Spans, parts: int) -> list[Spans]:
    """The spans in as many parts, no trace in two of them."""
    of = (spans.trace_lo >> np.uint64(60)).astype(np.int64) % parts
    return [spans.take(of == part) for part in range(parts)]


@settings(deadline=None, max_examples=100)
@given(drawn=drawn_spans(most=16, traces=6))
def test_merging_is_associative_and_commutative_in_the_end(drawn: list[Drawn]) -> None:
    a, b, c = (contributions(part) for part in by_trace(columns(drawn, grain_ns=1_000), 3))
    left = Contributions.merge([Contributions.merge([a, b]), c])
    assert same(left, Contributions.merge([a, Contributions.merge([b, c])]))
    assert same(left, Contributions.merge([a, b, c]))
    assert same(left.sorted(), Contributions.merge([c, a, b]).sorted())
    assert same(left.sorted(), Contributions.merge_sorted([c, a, b]))
    nothing = contributions(Spans.empty())
    assert same(Contributions.merge([nothing, left]).sorted(), left.sorted())


@settings(deadline=None, max_examples=100)
@given(drawn=drawn_spans(most=16, traces=6))
def test_contributions_sum_to_what_the_requests_took(drawn: list[Drawn]) -> None:
    found = contributions(columns(drawn, grain_ns=1_000))
    own_ns = np.zeros(len(found.requests), np.int64)
    np.add.at(own_ns, found.cells.request, found.cells.own_ns)
    assert own_ns.tolist() == found.requests.duration_ns.tolist()
