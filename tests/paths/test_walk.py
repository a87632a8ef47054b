"""What a request waited for (rules 1 to 4 and 8), and which paths are the same."""

from analyzer.model.spans import Spans
from tests.builders import trace
from tests.paths.walking import path
from tests.repair.mending import mend


def test_own_time_before_between_and_after_children_is_on_the_path() -> None:
    t = trace("A 0-100", "A/B 10-40", "A/C 60-90")
    assert path(t) == ["A 0-10", "B 10-40", "A 40-60", "C 60-90", "A 90-100"]


def test_sibling_that_ends_where_the_next_begins_is_on_the_path() -> None:
    t = trace("A 0-100", "A/B 0-50", "A/C 50-100")
    assert path(t) == ["B 0-50", "C 50-100"]


def test_sibling_that_ran_beside_one_that_ended_later_is_hidden() -> None:
    t = trace("A 0-100", "A/B 10-80", "A/C 10-90", "C/D 20-30")
    assert path(t) == ["A 0-10", "C 10-20", "D 20-30", "C 30-90", "A 90-100"]


def test_sibling_that_ended_before_the_last_one_began_is_waited_for() -> None:
    t = trace("A 0-100", "A/B 0-30", "A/C 10-80", "A/D 40-95")
    assert path(t) == ["B 0-30", "A 30-40", "D 40-95", "A 95-100"]


def test_sibling_cut_where_the_next_begins_stays_on_the_path() -> None:
    t = trace("A 0-1000", "A/B 0-505", "A/C 500-1000")
    assert path(t) == ["B 0-500", "C 500-1000"]


def test_asynchronous_work_and_all_below_it_is_not_on_the_path() -> None:
    t = trace("A 0-100", "A/B 50-150", "B/C 60-90")
    assert path(t) == ["A 0-100"]


def test_of_siblings_that_end_together_the_one_that_began_last_is_waited_for() -> None:
    t = trace("A 0-100", "A/B 10-90", "A/C 40-90", "A/D 0-40")
    assert path(t) == ["D 0-40", "C 40-90", "A 90-100"]


def test_of_siblings_with_equal_times_the_largest_span_id_is_waited_for() -> None:
    t = trace("A 0-100", "A/B 10-90 id 8", "A/C 10-90 id 9", "A/D 10-90 id 7")
    assert path(t) == ["A 0-10", "C 10-90", "A 90-100"]


def test_children_that_took_no_time_are_not_on_the_path() -> None:
    t = trace("A 0-100", "A/B 50-50", "A/C 100-100", "A/D 0-0", "A/E 20-50")
    assert path(t) == ["A 0-20", "E 20-50", "A 50-100"]


def test_a_request_that_took_no_time_has_no_path() -> None:
    assert path(trace("A 5-5", "A/B 5-5")) == []


def test_a_child_may_cover_its_parent() -> None:
    assert path(trace("A 0-100", "A/B 0-100", "B/C 0-100")) == ["C 0-100"]


def signatures(*traces: tuple[str, ...]) -> list[int]:
    spans = Spans.concat([trace(*lines, trace_id=k) for k, lines in enumerate(traces, 1)])
    return [int(s) for s in mend(spans).paths.signature]


def test_requests_whose_paths_have_the_same_steps_have_one_signature() -> None:
    first, second = signatures(
        ("A 0-100", "A/B 10-40", "A/C 50-60", "A/hidden 20-30"), ("A 0-9", "A/B 1-2", "A/C 3-4")
    )
    assert first == second


def test_paths_with_other_steps_or_another_order_have_other_signatures() -> None:
    found = signatures(
        ("A 0-100", "A/B 10-40", "A/C 50-60"),
        ("A 0-100", "A/C 10-40", "A/B 50-60"),
        ("A 0-100", "A/B 10-40"),
        ("A 0-100", "A/B 10-40 in other"),
        ("A 0-100", "A/B 10-40", "B/C 20-30"),
    )
    assert len(set(found)) == len(found)


def test_a_step_that_repeats_at_once_is_one_step() -> None:
    once, thrice = signatures(
        ("A 0-100", "A/B 10-20"), ("A 0-100", "A/B 10-20", "A/B 30-40 id 8", "A/B 50-60 id 9")
    )
    assert once == thrice
