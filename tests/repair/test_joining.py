"""Who is whose parent, and which spans are one request (rules 7 and 8)."""

import numpy as np
import pytest

from analyzer.model.spans import Spans
from tests.builders import trace
from tests.repair.mending import mend


def test_a_span_without_a_parent_begins_a_request() -> None:
    done = mend(trace("A 0-100", "A/B 10-50", "B/C 20-40"))
    assert done.requests() == [["A", "B", "C"]]
    assert done.tree.counts.whole == 1


def test_spans_arrive_in_any_order() -> None:
    done = mend(trace("B/C 20-40", "A/B 10-50", "A 0-100"))
    assert done.parents() == {"A": "-", "B": "A", "C": "B"}


def test_a_trace_with_two_roots_is_two_requests_in_order_of_time() -> None:
    done = mend(trace("B 200-300", "A 0-100", "B/C 210-220"))
    assert done.requests() == [["A"], ["B", "C"]]
    assert done.tree.counts.multi_root == 1


def test_a_parent_nobody_sent_makes_a_request_where_there_is_no_root() -> None:
    done = mend(trace("?/A 0-100 server", "A/B 10-50"))
    assert done.requests() == [["A", "B"]]
    assert (done.tree.counts.rootless, done.tree.counts.lost_spans) == (1, 0)


def test_a_subtree_whose_parent_was_lost_is_no_request_where_there_is_a_root() -> None:
    done = mend(trace("A 0-100", "?/B 10-50", "B/C 20-30", "?/D 60-70"))
    assert done.requests() == [["A"]]
    counts = done.tree.counts
    assert (counts.partial, counts.lost_subtrees, counts.lost_spans) == (1, 2, 3)


def test_a_span_that_names_itself_as_its_parent_has_lost_it() -> None:
    done = mend(trace("A 0-100", "B/B 10-50", "B/C 20-30"))
    assert done.requests() == [["A"]]
    assert (done.tree.counts.lost_subtrees, done.tree.counts.lost_spans) == (1, 2)


def test_a_circle_of_parents_is_one_lost_subtree() -> None:
    done = mend(trace("A 0-100", "C/B 10-50", "D/C 10-50", "B/D 10-50", "D/E 20-30"))
    assert done.requests() == [["A"]]
    assert (done.tree.counts.lost_subtrees, done.tree.counts.lost_spans) == (1, 4)


def test_a_trace_that_is_all_circles_has_no_request() -> None:
    done = mend(trace("B/A 0-100", "A/B 10-50"))
    assert done.requests() == []
    assert (done.tree.counts.rootless, done.tree.counts.lost_subtrees) == (1, 1)


def test_a_circle_beside_a_lost_subtree_counts_beside_it() -> None:
    done = mend(trace("A 0-100", "?/X 0-1", "C/B 10-50", "B/C 10-50"))
    assert (done.tree.counts.lost_subtrees, done.tree.counts.lost_spans) == (2, 3)


@pytest.mark.parametrize("copies", [("B 10-50", "B 10-50"), ("B 10-20", "B 10-50")])
@pytest.mark.parametrize("backwards", [False, True])
def test_a_span_sent_twice_is_there_once_the_longest(
    copies: tuple[str, str], *, backwards: bool
) -> None:
    first, second = reversed(copies) if backwards else copies
    done = mend(trace("A 0-100", f"A/{first}", f"A/{second}", "B/C 20-30"))
    assert done.requests() == [["A", "B", "C"]]
    assert done.waited()["B"] == "10-50"
    assert done.tree.counts.duplicates == 1


def test_a_span_sent_four_times_is_there_once() -> None:
    done = mend(trace("B 0-9", "B 0-8", "B 0-10", "B 0-10", "B/C 0-4"))
    assert done.requests() == [["B", "C"]]
    assert done.tree.counts.duplicates == 3


def test_of_equal_copies_the_one_that_knows_its_parent_is_kept() -> None:
    for order in (("A 0-100", "B 10-50", "A/B 10-50"), ("A 0-100", "A/B 10-50", "B 10-50")):
        assert mend(trace(*order)).requests() == [["A", "B"]]


def test_the_servers_half_of_a_shared_span_is_a_child_of_the_clients() -> None:
    done = mend(
        trace(
            "A 0-100",
            "A/server 30-60 server in b id 7",
            "A/client 20-70 client id 7",
            "server/work 40-50 in b",
        )
    )
    assert done.parents() == {"A": "-", "client": "A", "server": "client", "work": "server"}
    assert done.tree.counts.duplicates == 0


def test_a_child_of_a_shared_span_belongs_to_the_half_of_its_own_process() -> None:
    done = mend(
        trace(
            "client 0-100 client id 7",
            "server 10-90 server in b id 7",
            "client/dns 2-4",
            "client/query 20-30 client in b",
            "client/elsewhere 40-50 in c",
            "client/retry 60-70 server in c",
        )
    )
    assert done.parents() == {
        "client": "-",
        "server": "client",
        "dns": "client",
        "query": "server",
        "elsewhere": "server",  # neither half's process: work happens inside the answer
        "retry": "client",  # neither half's process: a server is called by the caller
    }


def test_the_same_span_ids_in_two_traces_stay_apart() -> None:
    lines = ("A 0-100", "A/B 10-50")
    done = mend(Spans.concat([trace(*lines, trace_id=k) for k in (1, 2, 1 << 64)]))
    assert done.requests() == [["A", "B"]] * 3
    assert done.tree.trace.tolist() == [0, 1, 2]


def test_span_ids_may_use_all_their_bits() -> None:
    most = (1 << 64) - 1
    done = mend(trace(f"A 0-100 id {most}", "A/B 10-50 id 1", f"B/C 20-30 id {most - 1}"))
    assert done.parents() == {"A": "-", "B": "A", "C": "B"}


def test_ids_that_differ_in_their_high_bits_alone_are_told_apart_quickly() -> None:
    lines = [f"S{k} 0-1 id {k << 48}" for k in range(1, 3_000)]
    done = mend(trace(*lines))
    assert done.tree.requests == len(lines)
    assert np.array_equal(np.sort(done.tree.order), np.arange(len(lines)))
