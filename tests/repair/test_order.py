"""Order learned from many traces (rule 9): what is counted, what follows, and when nothing does."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.model.builder import SpanBuilder, SpanRow
from analyzer.model.naming import ProcessNames, SpanNames
from analyzer.model.spans import Kind, Spans
from analyzer.pipeline.contributions import Learned, learn, prepare, repair
from analyzer.repair import steps
from analyzer.repair.order import LEAST_SEEN, OrderEvidence, observe, order_of
from analyzer.repair.order_kernel import QUANTUM_NS, SINGLE
from analyzer.repair.order_reference import Child
from analyzer.repair.order_reference import observe as reference
from analyzer.repair.steps import RepairOptions

MS = 1_000_000
PARENT_ID = 1
Call = tuple[str, float, float]
"""Whom, from when to when in ms."""

COUNTED = (
    "seen", "earlier", "beside", "just_after", "just_before", "ordered", "x", "y", "xx", "xy", "yy",
)  # fmt: skip
"""The columns of evidence."""

unhurried = settings(deadline=None)  # the first call compiles


def traces(*requests: tuple[float, list[Call]], first: int = 1, failed: bool = False) -> Spans:
    """Requests to one operation that last so many ms and make these calls from its process."""
    builder = SpanBuilder()
    for trace, (length, calls) in enumerate(requests, first):
        for number, (peer, begin, end) in enumerate([("", 0.0, length), *calls]):
            builder.add(
                SpanRow(
                    trace_id=trace,
                    span_id=trace * 1000 + number + 1,
                    parent_id=trace * 1000 + 1 if number else 0,
                    start_ns=trace * 1_000 * MS + round(begin * MS),
                    end_ns=trace * 1_000 * MS + round(end * MS),
                    kind=Kind.CLIENT if number else Kind.SERVER,
                    status=2 if failed and not number else 0,
                    process=ProcessNames(service="front", instance=""),
                    names=SpanNames(operation="GET" if number else "/", peer=peer, protocol=""),
                )
            )
    return builder.build()


def evidence(spans: Spans) -> OrderEvidence:
    prepared = prepare(spans, RepairOptions())
    batch = steps.gather(prepared.spans, prepared.grouping, 0, prepared.grouping.traces)
    tree = steps.order_requests(batch, steps.join_parents(batch))
    return observe(batch, tree, prepared.grain_ns)


calls = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(0, 120), st.integers(0, 120)).map(
        lambda c: (c[0], float(min(c[1:])), float(max(c[1:])))
    ),
    max_size=12,
)


@unhurried
@given(made=calls, failed=st.booleans())
def test_kernel_counts_what_the_reference_observes(
    made: list[Call],
    failed: bool,  # noqa: FBT001  hypothesis names all arguments
) -> None:
    spans = traces((100.0, made), failed=failed)
    found = evidence(spans)
    children = [
        Child(
            what=peer,
            start_ns=round(begin * MS),
            end_ns=round(end * MS),
            span_id=number,
        )
        for number, (peer, begin, end) in enumerate(made)
        if begin < end
    ]
    expected: dict[object, Counter[str]] = {}
    grain = 1_000_000  # all times are whole milliseconds
    for each in reference(
        children, 100 * MS, failed=failed, slack_ns=max(MS, grain), grain_ns=grain
    ):
        counter = expected.setdefault((each.first, each.second), Counter())
        counter["seen"] += 1
        for name in ("earlier", "beside", "just_before", "just_after"):
            counter[name] += getattr(each, name)
        if each.took_ns is not None and each.until_ns is not None:
            x, y = each.took_ns // QUANTUM_NS, each.until_ns // QUANTUM_NS
            counter["ordered"] += 1
            for name, value in (("x", x), ("y", y), ("xx", x * x), ("xy", x * y), ("yy", y * y)):
                counter[name] += value
    counted = sorted(tuple(row) for row in found.count.tolist() if any(row))
    assert counted == sorted(tuple(c[name] for name in COUNTED) for c in expected.values())


@unhurried
@given(st.lists(calls, min_size=1, max_size=6), st.integers(1, 5))
def test_evidence_merges_in_any_order_and_any_parts(made: list[list[Call]], cut: int) -> None:
    requests = [(100.0, of) for of in made]
    whole = evidence(traces(*requests))
    parts = [
        evidence(traces(*some, first=1 + begin))
        for begin in range(0, len(requests), cut)
        if (some := requests[begin : begin + cut])
    ]
    counts = [tuple(row) for row in whole.count.tolist()]
    for order in (parts, parts[::-1]):
        merged = OrderEvidence.merge(order)
        assert merged.key.tolist() == sorted(merged.key.tolist())
        if len({tuple(dict.fromkeys(c[0] for c in of)) for of in made}) == 1:  # the same codes
            assert merged.key.tolist() == whole.key.tolist()
            assert [tuple(row) for row in merged.count.tolist()] == counts


def hidden(slow: float) -> tuple[float, list[Call]]:
    """gather(get1; sleep; get3, get2): get2 takes so long, all else the same."""
    return 40.0, [("get1", 0, 5), ("get2", 0.1, slow), ("get3", 12, 30)]


MANY = [hidden(6 + 0.3 * n) for n in range(40)]
"""get2 ends before get3 starts in half of these, and after it in the others."""


def own_ms(spans: Spans, learned: Learned | None = None) -> dict[str, float]:
    """Time on the path of the first trace, by peer; '' for the request's own."""
    prepared = prepare(spans, RepairOptions())
    done, _ = repair(prepared, 0, 1, learned or learn(prepared))
    names = [spans.names[p] if p >= 0 else "" for p in done.batch.peer.tolist()]
    return dict(zip(names, (done.paths.own_ns / MS).tolist(), strict=True))


def test_what_ran_side_by_side_elsewhere_is_not_waited_for() -> None:
    alone = own_ms(traces(hidden(10.0)))
    assert alone == {"": 12.1, "get1": 0.0, "get2": 9.9, "get3": 18.0}
    found = own_ms(traces(hidden(10.0), *MANY))
    assert found == {"": 17.0, "get1": 5.0, "get2": 0.0, "get3": 18.0}


@pytest.mark.parametrize("copies", [1, LEAST_SEEN - 2])
def test_few_traces_change_nothing(copies: int) -> None:
    assert own_ms(traces(hidden(10.0), *MANY[-copies:]))["get2"] == 9.9


def test_one_odd_trace_changes_nothing() -> None:
    always_before = [hidden(6 + 0.05 * n) for n in range(60)]
    assert own_ms(traces(hidden(10.0), *always_before, hidden(25.0)))["get2"] == 9.9


def test_other_code_of_the_same_operation_tells_nothing() -> None:
    others = [(length, [*made, ("get4", 31, 32)]) for length, made in MANY]
    assert own_ms(traces(hidden(10.0), *others))["get2"] == 9.9


def test_calls_of_one_kind_are_told_apart_by_their_place() -> None:
    # the second and third run side by side, and both after the first
    requests = [
        (60.0, [("a", 0.0, 10.0), ("a", 12.0, 20.0 + n % 7), ("a", 13.0, 25.0 - n % 5)])
        for n in range(40)
    ]
    prepared = prepare(traces(*requests), RepairOptions())
    done, _ = repair(prepared, 0, 1, learn(prepared))
    assert not done.nested.precedence.disregards.any()
    assert done.paths.own_ns.sum() == 60 * MS


def fire_and_forget(length: float, ends: float) -> tuple[float, list[Call]]:
    """A call that nobody waits for, then own work until the end."""
    return length, [("audit", 1, ends)]


AUDITS = [fire_and_forget(20.0, 4.0 + 0.5 * n) for n in range(60)]
"""It ends before the request in half of these."""


def test_a_call_that_outlives_its_parent_elsewhere_is_not_waited_for_here() -> None:
    one = fire_and_forget(20.0, 10.0)
    assert own_ms(traces(one)) == {"": 11.0, "audit": 9.0}
    assert own_ms(traces(one, *AUDITS)) == {"": 20.0, "audit": 0.0}


def test_a_failed_parent_that_did_not_wait_tells_nothing() -> None:
    one = fire_and_forget(20.0, 10.0)
    spans = Spans.concat([traces(one), traces(*AUDITS, first=100, failed=True)])
    assert own_ms(spans) == {"": 11.0, "audit": 9.0}


def test_a_call_that_is_given_up_now_and_then_is_waited_for() -> None:
    # its parent ends 2 ms after it, or goes on after 20 ms without it
    given_up = [
        (min(took, 20.0) + 3.0, [("slow", 1.0, 1.0 + took)])
        for took in (8.0 + 0.25 * n for n in range(60))
    ]
    assert own_ms(traces((13.0, [("slow", 1, 11)]), *given_up))["slow"] == 10


def test_the_order_of_arrival_changes_nothing() -> None:
    spans = traces(*MANY, *AUDITS)
    shuffled = spans.take(np.random.default_rng(1).permutation(len(spans)))
    first, second = (learn(prepare(each, RepairOptions())).order for each in (spans, shuffled))
    assert first
    for name in ("independent", "releasing", "overtaking", "asynchronous", "parents"):
        assert getattr(first, name).tolist() == getattr(second, name).tolist()


def test_nothing_is_learned_from_nothing() -> None:
    nothing = OrderEvidence.merge([])
    assert not order_of(nothing)
    assert not order_of(evidence(traces((10.0, []))))


def test_keys_of_pairs_and_of_single_sites_differ() -> None:
    found = evidence(traces(*MANY))
    single = (found.key & SINGLE) == SINGLE
    assert single.sum() == 3
    assert (~single).sum() == 3
