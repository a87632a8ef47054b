"""What must and must not be taken for a bad habit, in requests drawn by hand (times in ms)."""

from dataclasses import replace

import numpy as np

from tests.builders import MS
from tests.findings.looking import findings, many

REQUEST = "A 0-100 server in shop"


def query(number: int, begin: int, end: int, *, name: str = "SELECT", more: str = "") -> str:
    """A call of the request; many lines may have one name, so ids are told apart."""
    return f"A/{name} {begin}-{end} client in shop to db id {100 + number} {more}".strip()


def test_five_calls_in_a_row_are_repeated_and_one_of_them_would_do() -> None:
    calls = [query(n, 10 + 12 * n, 20 + 12 * n) for n in range(5)]
    (found,) = findings(many(REQUEST, *calls), "repeated_calls")
    assert found.subject == "shop → db"
    assert found.gain_mean_ms == 40  # four of five calls of 10 ms


def test_four_calls_in_a_row_are_not() -> None:
    calls = [query(n, 10 + 12 * n, 20 + 12 * n) for n in range(4)]
    assert not findings(many(REQUEST, *calls), "repeated_calls")


def test_spans_around_calls_stand_for_them() -> None:
    calls = [
        line
        for n in range(5)
        for line in (
            f"A/load{n} {10 + 12 * n}-{20 + 12 * n} in shop",
            f"load{n}/SELECT {11 + 12 * n}-{20 + 12 * n} client in shop to db id {200 + n}",
        )
    ]
    spans = many(REQUEST, *calls)
    loads = [spans.names.index(f"load{n}") for n in range(5)]
    alike = np.where(np.isin(spans.operation, loads), loads[0], spans.operation)
    one_name = replace(spans, operation=alike.astype(np.int32))
    (found,) = findings(one_name, "repeated_calls")
    assert found.subject == "shop → db"
    assert "the same call (load0) 5 times" in found.message
    assert found.gain_mean_ms == 40


def test_calls_side_by_side_are_not() -> None:
    calls = [query(n, 10, 20 + 5 * n) for n in range(8)]
    assert not findings(many(REQUEST, *calls), "repeated_calls")


def test_tries_after_a_failure_are_retries_and_no_repeated_calls() -> None:
    calls = [query(n, 10 + 12 * n, 20 + 12 * n, more="error" * (n < 5)) for n in range(6)]
    found = findings(many(REQUEST, *calls), "repeated_calls", "retries")
    assert [f.kind for f in found] == ["retries"]
    assert found[0].gain_mean_ms == 50


def test_a_last_try_that_fails_was_not_made_again() -> None:
    assert not findings(many(REQUEST, query(0, 10, 60, more="error")), "retries")


def test_serial_calls_would_take_as_long_as_the_longest() -> None:
    spans = many(
        REQUEST,
        "A/B 10-40 client in shop",
        "B/B1 12-38 server in one",
        "A/C 41-61 client in shop",
        "C/C1 43-59 server in two",
    )
    (found,) = findings(spans, "serial_calls")
    assert (found.subject, found.severity) == ("shop A", "info")
    assert "one (B), then two (C)" in found.message
    assert found.gain_mean_ms == 20


def test_calls_with_work_between_them_may_need_each_other() -> None:
    spans = many(
        REQUEST,
        "A/B 10-40 client in shop",
        "B/B1 12-38 server in one",
        "A/C 60-80 client in shop",
        "C/C1 62-78 server in two",
    )
    assert not findings(spans, "serial_calls")


def test_statements_to_one_database_share_its_connection() -> None:
    spans = many(
        REQUEST,
        query(0, 10, 40, name="SELECT"),
        query(1, 40, 70, name="UPDATE"),
    )
    assert not findings(spans, "serial_calls")


def test_repeated_calls_alone_are_not_serial_calls() -> None:
    calls = [query(n, 10 + 12 * n, 22 + 12 * n) for n in range(6)]
    assert not findings(many(REQUEST, *calls), "serial_calls")


def test_tiny_calls_are_left_in_order() -> None:
    lines = (
        "A 0-40 server in shop",
        "A/B 10-19 client in shop to one",
        "A/C 19-28 client in shop to two",
    )
    assert findings(many(*lines), "serial_calls")
    assert not findings(many(*lines, unit_ns=MS // 10), "serial_calls")


def test_a_leaf_has_no_gap_to_explain() -> None:
    assert not findings(many(REQUEST), "unexplained_gap")


def test_a_gap_lies_between_the_calls_that_it_lies_between() -> None:
    spans = many(REQUEST, "A/B 0-10 client in shop to one", "A/C 90-100 client in shop to two")
    (found,) = findings(spans, "unexplained_gap")
    assert "80.0 ms of its 100 ms pass between B and C" in found.message


def test_a_callee_that_sends_no_spans_is_told_with_its_share() -> None:
    (found,) = findings(many(REQUEST, query(0, 10, 90)), "slow_dependency")
    assert (found.subject, found.severity) == ("db", "warning")
    assert "takes 80 % of the response time" in found.message
    assert found.gain_mean_ms == 40


def test_work_inside_the_process_that_outlives_the_reply_is_told() -> None:
    spans = many(REQUEST, "A/B 50-190 in shop")
    (found,) = findings(spans, "work_after_reply")
    assert found.subject == "shop B"
    assert "40 times, 140 ms each" in found.message
