"""Traces that only a span link joins (rule 7)."""

import numpy as np

from analyzer.model.spans import Spans
from analyzer.repair.links import join_linked_traces
from tests.builders import trace
from tests.repair.mending import mend


def joined(*traces: tuple[str, ...], backwards: bool = False) -> tuple[list[list[str]], int]:
    """The requests of the traces, numbered from 1, and how many traces joined another."""
    spans = Spans.concat([trace(*lines, trace_id=k) for k, lines in enumerate(traces, 1)])
    if backwards:
        spans = spans.take(np.arange(len(spans))[::-1].copy())
    spans, count = join_linked_traces(spans)
    done = mend(spans)
    return sorted([of[0], *sorted(of[1:])] for of in done.requests()), count


def test_a_root_that_links_into_a_trace_that_covers_it_joins_that_trace() -> None:
    found = joined(
        ("A 0-100", "A/B 10-90 client"), ("C 20-80 server in b links 1/2 id 7", "C/D 30-40 id 8")
    )
    assert found == ([["A", "B", "C", "D"]], 1)


def test_a_root_that_outlasts_the_linked_trace_stays_alone() -> None:
    assert joined(("A 0-100",), ("C 20-101 links 1/1",))[1] == 0


def test_a_link_to_a_span_that_was_not_sent_joins_nothing() -> None:
    assert joined(("A 0-100",), ("C 20-80 links 1/9",))[1] == 0
    assert joined(("A 0-100",), ("C 20-80 links 9/1",))[1] == 0


def test_a_link_of_a_span_that_is_no_root_joins_nothing() -> None:
    assert joined(("A 0-100",), ("C 20-80", "C/D 30-40 links 1/1"))[1] == 0


def test_a_link_within_a_trace_joins_nothing() -> None:
    assert joined(("A 0-100", "B 10-20 links 1/1"))[1] == 0


def test_a_consumer_links_to_whom_it_works_for_and_stays_alone() -> None:
    assert joined(("A 0-100 producer",), ("C 20-80 consumer links 1/1",))[1] == 0


def test_traces_that_link_in_a_row_all_join_the_first() -> None:
    rows = (("A 0-100",), ("B 10-90 links 1/1 id 3",), ("C 20-80 links 2/3 id 5",))
    for backwards in (False, True):
        assert joined(*rows, backwards=backwards) == ([["A", "B", "C"]], 2)


def test_traces_that_link_to_each_other_become_one() -> None:
    found, count = joined(("A 0-100 links 2/2 id 1",), ("B 0-100 links 1/1 id 2",))
    assert (found, count) == ([["B", "A"]], 1)


def test_of_several_roots_that_link_the_first_in_time_decides() -> None:
    rows = (
        ("A 0-100 id 1",),
        ("B 0-100 id 2",),
        ("D 30-40 id 3 links 2/2", "C 10-20 id 4 links 1/1"),
    )
    for backwards in (False, True):
        assert joined(*rows, backwards=backwards) == ([["A", "C"], ["B"], ["D"]], 1)
