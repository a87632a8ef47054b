"""The kernels say what the references in plain Python say."""

from collections import defaultdict

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.findings.calls import Calls, calls_of
from analyzer.findings.calls_reference import OneCall, in_order
from analyzer.findings.gaps_kernel import list_gaps
from analyzer.findings.gaps_reference import Child, gaps
from analyzer.findings.tally import KEPT, Tally, Traces, number_rows
from analyzer.findings.visits import inside_at, mean_beside
from analyzer.pipeline.contributions import NOTHING_LEARNED, Repaired, prepare, repair
from analyzer.repair.steps import RepairOptions
from tests.builders import trace

unhurried = settings(deadline=None)  # the first call compiles

TIMES = st.tuples(st.integers(0, 30), st.integers(0, 30)).map(lambda t: (min(t), max(t)))


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, ...]:
    """A span with calls of three sites, some of which fail, and calls below one of them."""
    lines = ["A 0-30 server in shop"]
    for number in range(draw(st.integers(0, 9))):
        begin, end = draw(TIMES)
        site = draw(st.sampled_from(("X", "Y", "Z")))
        under = draw(st.sampled_from(("A", "A", "A", "X")))
        failed = draw(st.sampled_from(("", " error")))
        lines.append(f"{under}/{site} {begin}-{end} client in shop to db id {100 + number}{failed}")
    return tuple(lines)


def repaired(lines: tuple[str, ...]) -> tuple[Repaired, Calls]:
    spans = trace(*lines)
    done, _ = repair(prepare(spans, RepairOptions()), 0, 1, NOTHING_LEARNED)
    nobody = np.full(len(spans.names) + 1, -1, np.int32)
    return done, calls_of(done.batch, done.tree, done.nested, nobody)


@unhurried
@given(requests())
def test_calls_follow_each_other_as_the_reference_says(lines: tuple[str, ...]) -> None:
    done, calls = repaired(lines)
    by_parent: dict[int, list[OneCall]] = defaultdict(list)
    for place, row in enumerate(calls.row.tolist()):
        by_parent[int(done.tree.parent[row])].append(
            OneCall(
                span_id=int(done.batch.span_id[row]),
                site=int(calls.site[place]),
                low_ns=int(done.nested.low_ns[row]),
                high_ns=int(done.nested.high_ns[row]),
                failed=bool(calls.failed[place]),
            )
        )
    ids = [int(done.batch.span_id[row]) for row in calls.row]
    found = {
        ids[place]: tuple(
            ids[other] if other >= 0 else None
            for other in (calls.follows[place], calls.again[place], calls.run[place])
        )
        for place in range(len(ids))
    }
    expected = {
        each.call.span_id: (
            each.follows.span_id if each.follows else None,
            each.again.span_id if each.again else None,
            each.run.span_id,
        )
        for of_parent in by_parent.values()
        for each in in_order(of_parent)
    }
    assert found == expected
    sites = [
        (int(done.tree.parent[row]), int(s)) for row, s in zip(calls.row, calls.site, strict=True)
    ]
    assert calls.first.tolist() == [pair not in sites[:at] for at, pair in enumerate(sites)]


@unhurried
@given(requests())
def test_gaps_are_where_the_reference_says(lines: tuple[str, ...]) -> None:
    done, _ = repaired(lines)
    m, most = len(done.batch), 2 * done.tree.order.size
    bare_ns = np.zeros(m, np.int64)
    row, after, before = (np.empty(most, np.int32) for _ in range(3))
    gap_ns = np.empty(most, np.int64)
    everyone = np.ones(m, np.bool_)
    count = list_gaps(
        done.batch, done.tree, done.nested, everyone, bare_ns, row, after, before, gap_ns
    )
    ids = [int(span_id) for span_id in done.batch.span_id] + [0]
    found = defaultdict(list)
    for gap in range(count):
        found[int(row[gap])].append((ids[after[gap]], ids[before[gap]], int(gap_ns[gap])))
    low, high = done.nested.low_ns.tolist(), done.nested.high_ns.tolist()
    for i in range(m):
        below = np.flatnonzero((done.tree.parent == i) & done.nested.waited).tolist()
        children = [Child(span_id=ids[c], low_ns=low[c], high_ns=high[c]) for c in below]
        expected = [
            (g.after.span_id if g.after else 0, g.before.span_id if g.before else 0, g.gap_ns)
            for g in gaps(low[i], high[i], children)
        ]
        assert found[i] == expected
        timed = any(c.low_ns < c.high_ns for c in children)
        assert bare_ns[i] == (sum(g[2] for g in expected) if timed else high[i] - low[i])


ROWS = st.lists(
    st.tuples(
        st.integers(-1, 2),
        st.integers(-1, 1),
        st.integers(0, 9),
        st.integers(-1, 3),
        st.integers(0, 4),
    ),
    max_size=30,
)


def tally(rows: list[tuple[int, int, int, int, int]]) -> Tally:
    table = np.array(rows, np.int64).reshape(-1, 5)
    ids = table[:, 4].astype(np.uint64)
    return Tally.of(
        (table[:, 0].astype(np.int32), table[:, 1].astype(np.int32)),
        (np.ones(len(table), np.int64), table[:, 2]),
        weight=table[:, 3],
        traces=Traces(np.zeros_like(ids), ids),
    )


def told(found: Tally) -> dict[tuple[int, ...], tuple[tuple[int, ...], tuple[str, ...]]]:
    return {
        tuple(key): (tuple(found.sums[at].tolist()), found.exemplars(at))
        for at, key in enumerate(found.keys.tolist())
    }


@unhurried
@given(ROWS)
def test_a_tally_sums_by_key_and_keeps_the_heaviest_traces(
    rows: list[tuple[int, int, int, int, int]],
) -> None:
    expected = {}
    for key in {row[:2] for row in rows}:
        mine = [row for row in rows if row[:2] == key]
        best: dict[int, int] = {}
        for *_, weight, trace_id in mine:
            best[trace_id] = max(weight, best.get(trace_id, -1))
        heaviest = sorted((-w, t) for t, w in best.items() if w >= 0)[:KEPT]
        sums = (len(mine), sum(row[2] for row in mine))
        expected[key] = (sums, tuple(f"{trace_id:032x}" for _, trace_id in heaviest))
    assert told(tally(rows)) == expected


@unhurried
@given(ROWS, st.integers(0, 30), st.integers(0, 30))
def test_tallies_merge_as_if_they_had_been_one(
    rows: list[tuple[int, int, int, int, int]], one: int, other: int
) -> None:
    cuts = sorted((one, other))
    parts = [tally(rows[: cuts[0]]), tally(rows[cuts[0] : cuts[1]]), tally(rows[cuts[1] :])]
    whole = told(tally(rows))
    assert told(Tally.merge(parts)) == whole
    assert told(Tally.merge(parts[::-1])) == whole
    assert told(Tally.merge([Tally.merge(parts[:2]), parts[2]])) == whole


@unhurried
@given(st.lists(st.tuples(*[st.integers(-1, 1)] * 3), max_size=20))
def test_rows_are_numbered_as_they_appear(rows: list[tuple[int, ...]]) -> None:
    number, first = number_rows(np.array(rows, np.int32).reshape(-1, 3))
    distinct = list(dict.fromkeys(rows))
    assert [distinct[n] for n in number] == rows
    assert [rows[at] for at in first] == distinct


INTERVALS = st.lists(TIMES, min_size=1, max_size=12)


@given(INTERVALS, st.lists(st.integers(-1, 31), max_size=6))
def test_inside_are_those_that_began_before_and_have_not_ended(
    intervals: list[tuple[int, int]], instants: list[int]
) -> None:
    arrive, leave = np.array(intervals, np.int64).T
    found = inside_at(arrive, leave, np.array(instants, np.int64))
    timed = [(a, b) for a, b in intervals if a < b]
    empty_at = [a for a, b in intervals if a == b]
    for instant, count in zip(instants, found.tolist(), strict=True):
        expected = sum(a < instant < b for a, b in timed)
        assert max(expected - empty_at.count(instant), 0) <= count <= expected


@given(INTERVALS)
def test_the_mean_of_others_is_their_time_inside_by_the_length(
    intervals: list[tuple[int, int]],
) -> None:
    start, end = np.array(intervals, np.int64).T
    found = mean_beside(start, end).tolist()
    for at, (a, b) in enumerate(intervals):
        shared = sum(max(min(b, d) - max(a, c), 0) for k, (c, d) in enumerate(intervals) if k != at)
        assert (
            found[at] == (shared / (b - a) if b > a else 0)
            or abs(found[at] - shared / (b - a)) < 1e-12
        )
