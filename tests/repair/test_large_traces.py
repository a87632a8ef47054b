"""Deep, wide and odd traces are ordinary inputs (rule 8): they end quickly, in every step.

Each would take minutes if any step were recursive, or quadratic in what it does for a span.
"""

from dataclasses import replace

import numpy as np
import pytest

from analyzer.attribution.attribute import attribute
from analyzer.model.spans import COLUMNS, NO_NAME, Int64Array, Kind, Links, Sampled, Spans
from analyzer.paths.graph import critical_path_of, event_graph
from analyzer.paths.reference import critical_path
from tests.repair.mending import Mended, mend

MANY = 10_000
MOST_NS = 2**63 - 1


def spans_of(
    parent: Int64Array, start_ns: Int64Array, end_ns: Int64Array, **columns: object
) -> Spans:
    """One trace; `parent` holds positions, -1 for none."""
    n = parent.size
    given: dict[str, object] = {
        "trace_lo": 1,
        "span_id": np.arange(1, n + 1),
        "parent_id": parent + 1,
        "start_ns": start_ns,
        "end_ns": end_ns,
        "kind": Kind.INTERNAL,
        "instance": NO_NAME,
        "peer": NO_NAME,
        "protocol": NO_NAME,
        "run": NO_NAME,
        **columns,
    }
    return Spans(
        **{
            name: np.ascontiguousarray(np.broadcast_to(np.asarray(given.get(name, 0), dtype), n))
            for name, dtype in COLUMNS.items()
        },
        names=("a", "b"),
        links=Links.none(),
        sampled=Sampled.none(),
        attributes=None,
    )


def backwards(spans: Spans) -> Spans:
    """The same spans in the reverse order of arrival."""
    return spans.take(np.arange(len(spans))[::-1].copy())


def total_ns(spans: Spans, done: Mended) -> int:
    """All own time that was given to somebody; as much as the requests took."""
    found = attribute(spans, done.batch, done.tree, done.nested, done.paths)
    assert found.cells.own_ns.sum() == found.requests.duration_ns.sum()
    return int(found.cells.own_ns.sum())


@pytest.mark.parametrize("reverse", [False, True])
def test_a_chain_ten_thousand_deep(*, reverse: bool) -> None:
    at = np.arange(MANY)
    spans = spans_of(at - 1, at, 3 * MANY - at)
    done = mend(backwards(spans) if reverse else spans)
    assert done.tree.requests == 1
    assert total_ns(spans, done) == 3 * MANY
    assert np.count_nonzero(done.paths.own_ns) == MANY


def test_a_chain_ten_thousand_deep_as_graph_and_in_plain_python() -> None:
    at = np.arange(MANY)
    done = mend(spans_of(at - 1, at, 3 * MANY - at))
    walked = done.path_spans(done.positions()[0])
    assert critical_path_of(event_graph(walked, 0)) == critical_path(walked, 0)


@pytest.mark.parametrize("reverse", [False, True])
def test_a_fan_a_hundred_thousand_wide_one_after_the_other(*, reverse: bool) -> None:
    n = 10 * MANY
    at = np.arange(n)
    spans = spans_of(
        np.where(at == 0, -1, 0),
        np.where(at == 0, 0, 10 * at),
        np.where(at == 0, 10 * n + 10, 10 * at + 10),
    )
    done = mend(backwards(spans) if reverse else spans)
    assert total_ns(spans, done) == 10 * n + 10
    assert np.count_nonzero(done.paths.own_ns) == n


def test_a_fan_a_hundred_thousand_wide_all_within_the_grain_of_the_end() -> None:
    n = 10 * MANY
    at = np.arange(n)
    starts = 1_000 * n - n + at
    spans = spans_of(
        np.where(at == 0, -1, 0),
        np.where(at == 0, 0, starts),
        np.where(at == 0, 1_000 * n, starts + 5),
    )
    done = mend(spans)
    assert total_ns(spans, done) == 1_000 * n


def test_thousands_of_remote_children_beside_thousands_of_siblings() -> None:
    n = 4 * MANY
    at = np.arange(n)
    remote = at % 2 == 1  # each inside the sibling before it
    spans = spans_of(
        np.where(at == 0, -1, 0),
        np.where(at == 0, 0, 10 * (at - remote) + remote),
        np.where(at == 0, 10 * n + 10, 10 * (at - remote) + 5 - remote),
        service=remote.astype(int),
        operation=remote.astype(int),
    )
    done = mend(spans)
    assert done.tree.counts.adopted == remote.sum() - 1  # the first one is inside the root alone


def test_thousands_of_remote_children_inside_thousands_of_siblings() -> None:
    n = MANY
    at = np.arange(n)
    remote = at % 2 == 1
    spans = spans_of(
        np.where(at == 0, -1, 0),
        np.where(at == 0, 0, np.where(remote, n, at)),
        np.where(at == 0, 4 * n, np.where(remote, n + 1, 3 * n - at)),
        service=remote.astype(int),
        operation=remote.astype(int),
    )
    assert mend(spans).tree.counts.adopted == remote.sum()


@pytest.mark.parametrize("reverse", [False, True])
def test_a_trace_of_a_hundred_thousand_roots(*, reverse: bool) -> None:
    at = np.arange(10 * MANY)
    spans = spans_of(np.full(at.size, -1), at, at + 1)
    done = mend(backwards(spans) if reverse else spans)
    assert done.tree.requests == at.size
    assert np.all(np.diff(done.nested.low_ns[done.tree.roots]) == 1)


def test_a_span_sent_a_hundred_thousand_times() -> None:
    at = np.arange(10 * MANY)
    done = mend(spans_of(np.full(at.size, -1), at * 0, at, span_id=7))
    assert done.tree.counts.duplicates == at.size - 1
    assert done.paths.own_ns.sum() == at[-1]


def test_a_circle_of_a_hundred_thousand_spans() -> None:
    at = np.arange(10 * MANY)
    done = mend(spans_of((at + 1) % at.size, at, at + 1))
    assert (done.tree.requests, done.tree.counts.lost_spans) == (0, at.size)


def test_no_spans_at_all() -> None:
    done = mend(Spans.empty())
    assert done.tree.requests == 0
    assert total_ns(Spans.empty(), done) == 0


@pytest.mark.parametrize("base_ns", [0, 1, 2**62, MOST_NS - 1_000])
def test_times_from_zero_to_the_largest(base_ns: int) -> None:
    parent = np.array([-1, 0, 0, 1])
    start_ns, end_ns = np.array([0, 100, 490, 120]), np.array([1_000, 499, 900, 200])
    spans = spans_of(parent, start_ns + base_ns, end_ns + base_ns)
    done = mend(spans)
    assert done.paths.own_ns.tolist() == [200, 310, 410, 80]


def test_a_request_may_last_from_zero_to_the_largest_time() -> None:
    parent = np.array([-1, 0, 0])
    spans = spans_of(
        parent, np.array([0, 0, 100]), np.array([MOST_NS, 105, MOST_NS]), service=[0, 1, 1]
    )
    done = mend(spans)
    assert done.paths.own_ns.tolist() == [0, 100, MOST_NS - 100]


def test_remote_spans_a_whole_epoch_away_are_brought_back() -> None:
    parent = np.array([-1, 0, 1])
    for starts in ([0, 2**61, 2**61 + 2], [2**61, 0, 2]):
        start_ns = np.array(starts)
        spans = spans_of(parent, start_ns, start_ns + np.array([100, 10, 6]), service=[0, 1, 1])
        done = mend(spans)
        low_ns = (done.nested.low_ns - start_ns[0]).tolist()
        assert low_ns == [0, 45, 47]


def test_columns_that_cannot_be_written_are_read_as_others_are() -> None:
    spans = spans_of(np.array([-1, 0]), np.array([0, 10]), np.array([100, 20]))
    frozen = {name: getattr(spans, name).copy() for name in COLUMNS}
    for column in frozen.values():
        column.flags.writeable = False
    assert mend(replace(spans, **frozen)).own(1) == mend(spans).own(1)
