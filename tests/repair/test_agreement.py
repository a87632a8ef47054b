from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.attribution.attribute import attribute
from analyzer.attribution.contributions import Contributions, Entity
from analyzer.attribution.reference import Spent
from analyzer.paths.graph import critical_path_of, event_graph
from analyzer.paths.reference import critical_path
from analyzer.repair.nesting_reference import Interval
from analyzer.repair.steps import ANY_SHIFT_NS, RepairOptions
from tests.bench.spans import microservice_spans
from tests.builders import trace
from tests.repair.drawing import GRAINS_NS, Drawn, columns, drawn_spans
from tests.repair.mending import Mended, mend
from tests.repair.plain import PlainTrace, plainly_mended


def assert_agrees(done: Mended, plain: list[PlainTrace]) -> None:
    requests, base = [], 0
    for found in plain:
        for i, parent in enumerate(found.family.parent):
            at = base + i
            assert done.tree.parent[at] == (base + parent if parent >= 0 else parent)
            assert done.tree.remote[at] == found.family.remote[i]
            assert done.tree.adopted[at] == (i in found.family.adopted)
            assert done.tree.adopter[at] == (i in found.family.adopted.values())
        for request in found.requests:
            root, *others = request.members
            requests.append([base + root, *sorted(base + i for i in others)])
            for i, own_ns in request.own_times().items():
                assert request.intervals[i] == interval_of(done, base + i)
                assert own_ns == done.paths.own_ns[base + i]
        base += len(found.spans)
    assert done.positions() == requests


def interval_of(done: Mended, at: int) -> Interval:
    return Interval(
        low_ns=int(done.nested.low_ns[at]),
        high_ns=int(done.nested.high_ns[at]),
        shift_ns=int(done.nested.shift_ns[at]),
        waited=bool(done.nested.waited[at]),
        asynchronous=bool(done.nested.asynchronous[at]),
    )


def spent_by_request(found: Contributions) -> list[dict[Entity, Spent]]:
    cells = found.cells
    return [
        {
            found.entities[cells.entity[q]]: Spent(
                own_ns=int(cells.own_ns[q]),
                spans=int(cells.spans[q]),
                entries=int(cells.entries[q]),
                errors=int(cells.errors[q]),
                entry_errors=int(cells.entry_errors[q]),
            )
            for q in range(begin, end)
        }
        for begin, end in pairwise(cells.offset.tolist())
    ]


@settings(deadline=None, max_examples=300)
@given(
    drawn=drawn_spans(),
    grain_ns=st.sampled_from(GRAINS_NS),
    most_ns=st.sampled_from([ANY_SHIFT_NS, 0, 20_000]),
)
def test_kernels_and_plain_python_agree_on_any_traces(
    drawn: list[Drawn], grain_ns: int, most_ns: int
) -> None:
    spans = columns(drawn, grain_ns=grain_ns)
    done = mend(spans, options=RepairOptions(max_clock_shift_ns=most_ns))
    plain = plainly_mended(spans, most_ns=most_ns)
    assert_agrees(done, plain)
    found = attribute(spans, done.batch, done.tree, done.nested, done.paths)
    requests = [request for of in plain for request in of.requests]
    assert spent_by_request(found) == [request.spent() for request in requests]
    durations = [request.duration_ns() for request in requests]
    assert found.requests.duration_ns.tolist() == durations
    assert [sum(s.own_ns for s in of.values()) for of in spent_by_request(found)] == durations


@settings(deadline=None, max_examples=300)
@given(drawn=drawn_spans(traces=1), grain_ns=st.sampled_from(GRAINS_NS))
def test_graph_and_plain_python_agree_on_any_request(drawn: list[Drawn], grain_ns: int) -> None:
    done = mend(columns(drawn, grain_ns=grain_ns))
    for request in done.positions():
        spans = done.path_spans(request)
        pieces = critical_path(spans, 0)
        assert critical_path_of(event_graph(spans, 0)) == pieces
        for before, after in pairwise(pieces):
            assert before.end_ns == after.start_ns
            assert before.span != after.span
        assert min((p.start_ns for p in pieces), default=spans[0].high_ns) == spans[0].low_ns
        assert max((p.end_ns for p in pieces), default=spans[0].low_ns) == spans[0].high_ns


@pytest.mark.parametrize("by_hand", [False, True])
def test_kernels_and_plain_python_agree_on_a_system_of_microservices(*, by_hand: bool) -> None:
    spans = microservice_spans(20, by_hand=by_hand)
    assert_agrees(mend(spans), plainly_mended(spans))


SIBLINGS = st.lists(
    st.tuples(st.integers(5, 100).map(lambda t: 10 * t), st.sampled_from([0, 4, 5, 9, 10, 11, 40])),
    min_size=2,
    max_size=60,
)
"""(end, how long it took): many end together, and many overlap by less than 10 of 1,000."""


@settings(deadline=None, max_examples=200)
@given(times=SIBLINGS)
def test_many_siblings_settle_as_few_do(times: list[tuple[int, int]]) -> None:
    lines = [f"P/C{k} {end - took}-{end}" for k, (end, took) in enumerate(times)]
    spans = trace("P 0-1000", *lines)
    assert_agrees(mend(spans), plainly_mended(spans))
