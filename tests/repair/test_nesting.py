"""Which part of a span its parent waited for, on the root's clock (rules 1, 3, 4 and 5)."""

import pytest

from analyzer.repair.steps import RepairOptions
from tests.builders import MS, US, trace
from tests.repair.mending import mend

NOT_MOVED = RepairOptions(max_clock_shift_ns=0)


# Rule 1: every span lies inside its parent


def test_a_child_of_another_process_is_clipped_to_its_parent() -> None:
    done = mend(
        trace("A 10-100", "A/B 0-50 in b", "A/C 60-130 in c", "C/D 110-120 in c"),
        options=NOT_MOVED,
    )
    assert done.waited() == {"A": "10-100", "B": "10-50", "C": "60-100"}
    assert done.asynchronous() == []


def test_a_child_that_began_before_its_parent_is_clipped_to_it() -> None:
    assert mend(trace("A 10-100", "A/B 0-50")).waited()["B"] == "10-50"


# Rule 3: a small overlap is a rounding of clocks


def test_a_sibling_ends_where_the_next_begins_if_they_overlap_by_less_than_a_hundredth() -> None:
    done = mend(trace("A 0-1000", "A/B 0-509", "A/C 500-900"))
    assert done.waited() == {"A": "0-1000", "B": "0-500", "C": "500-900"}


def test_an_overlap_of_a_hundredth_of_the_parent_is_work_side_by_side() -> None:
    assert mend(trace("A 0-1000", "A/B 0-510", "A/C 500-900")).waited()["B"] == "0-510"


def test_a_sibling_inside_the_end_of_another_one_cuts_nothing() -> None:
    assert mend(trace("A 0-1000", "A/B 0-509", "A/C 501-505")).waited()["B"] == "0-509"


def test_of_several_small_overlaps_the_earliest_start_counts() -> None:
    done = mend(trace("A 0-1000", "A/B 0-509", "A/C 505-900", "A/D 502-600"))
    assert (done.waited()["B"], done.waited()["D"]) == ("0-502", "502-600")


def test_what_nobody_waited_for_cuts_nothing() -> None:
    done = mend(trace("A 0-1000", "A/B 0-509", "A/C 500-1200"))
    assert done.waited() == {"A": "0-1000", "B": "0-509"}


# Rule 4: who outlives its parent in the same process was not waited for


def test_a_child_that_outlives_its_parent_in_one_process_is_asynchronous() -> None:
    done = mend(trace("A 0-100", "A/B 50-150", "B/C 60-90"))
    assert done.asynchronous() == ["B"]
    assert done.waited() == {"A": "0-100", "C": "60-90"}


def test_a_child_in_another_instance_of_a_service_is_in_another_process() -> None:
    done = mend(trace("A 0-100 in a@1", "A/B 50-150 in a@2"), options=NOT_MOVED)
    assert done.waited()["B"] == "50-100"
    done = mend(trace("A 0-100 in a@1", "A/B 50-150 in a"), options=NOT_MOVED)
    assert done.asynchronous() == ["B"]  # an instance nobody named may be the same


def test_a_server_under_a_client_is_remote_whatever_its_service() -> None:
    spans = trace("A 0-100 client", "A/B 50-150 server")
    assert mend(spans, options=NOT_MOVED).waited()["B"] == "50-100"


def test_a_child_that_outlives_its_parent_by_the_grain_of_clocks_was_waited_for() -> None:
    assert mend(trace("A 0-100", "A/B 50-101")).waited()["B"] == "50-100"
    assert mend(trace("A 0-100", "A/B 50-102")).asynchronous() == ["B"]


def test_clocks_that_tell_whole_milliseconds_have_that_grain() -> None:
    assert mend(trace("A 0-100", "A/B 50-101", unit_ns=MS)).waited(MS)["B"] == "50-100"
    assert mend(trace("A 0-100", "A/B 50-102", unit_ns=MS)).asynchronous() == ["B"]


def test_one_fine_timestamp_makes_the_clock_of_its_service_fine() -> None:
    spans = trace("A 0-100000", "A/B 50000-101000", "A/C 50000-100000", "A/D 1-2", unit_ns=US)
    assert mend(spans).asynchronous() == ["B"]


def test_a_consumer_is_never_waited_for_by_its_producer() -> None:
    done = mend(trace("A 0-100", "A/P 10-50 producer", "P/C 20-40 consumer in b", "C/D 25-30 in b"))
    assert done.asynchronous() == ["C"]
    assert done.own() == {"A": 60, "P": 40}


# Rule 5: clocks of two hosts differ


def test_a_remote_child_that_fits_is_centred_and_takes_its_subtree_along() -> None:
    done = mend(trace("A 10-110 client", "A/B 0-50 server in b", "B/C 10-20 in b"))
    assert done.waited() == {"A": "10-110", "B": "35-85", "C": "45-55"}
    assert done.nested.shift_ns.tolist() == [0, 35_000, 35_000]


def test_a_remote_child_that_is_longer_starts_with_its_parent() -> None:
    done = mend(trace("A 10-110 client", "A/B 0-150 server in b"))
    assert done.nested.shift_ns.tolist() == [0, 10_000]
    assert done.waited()["B"] == "10-110"


def test_a_longer_remote_child_that_starts_later_stays() -> None:
    done = mend(trace("A 10-110 client", "A/B 20-170 server in b"))
    assert done.nested.shift_ns.tolist() == [0, 0]
    assert done.waited()["B"] == "20-110"


def test_a_child_of_the_same_process_is_never_moved() -> None:
    assert not mend(trace("A 10-110", "A/B 0-50")).nested.shift_ns.any()


def test_a_consumer_is_not_moved_into_its_producer() -> None:
    done = mend(trace("P 0-10 producer", "P/C 500-600 consumer in b"))
    assert not done.nested.shift_ns.any()


def test_a_child_is_seen_on_its_parents_moved_clock() -> None:
    done = mend(
        trace(
            "A 0-100 client",
            "A/B 1000-1080 server in b",
            "B/C 1010-1070 client in b",
            "C/D 20-40 server in c",
        )
    )
    assert done.waited() == {"A": "0-100", "B": "10-90", "C": "20-80", "D": "40-60"}


@pytest.mark.parametrize(("most", "start"), [(0, 0), (34, 0), (35, 35)])
def test_a_move_further_than_allowed_is_not_believed(most: int, start: int) -> None:
    done = mend(
        trace("A 10-110", "A/B 0-50 in b"), options=RepairOptions(max_clock_shift_ns=most * US)
    )
    assert done.nested.shift_ns[1] == start * US
