"""Recorded requests with one thing made wrong: what is lost, skewed or given up is found."""

from dataclasses import replace

import numpy as np

from analyzer.model.spans import Kind, Spans, Status
from tests.builders import MS
from tests.findings.looking import alarms, findings, many, sample


def of(spans: Spans, service: str, kind: Kind) -> np.ndarray:
    """bool[n], the spans of that kind of a service."""
    mine: np.ndarray = (spans.service == spans.names.index(service)) & (spans.kind == kind)
    return mine


def every(mask: np.ndarray, step: int) -> np.ndarray:
    """bool[n], every so many-th of these."""
    chosen = np.zeros_like(mask)
    chosen[np.flatnonzero(mask)[::step]] = True
    return chosen


def test_lost_answers_are_missed_by_their_callers() -> None:
    spans = sample("none")
    left = spans.take(~every(of(spans, "pricing", Kind.SERVER), 10))
    found = findings(left, "lost_spans")
    assert ("lost_spans", "pricing") in alarms(found)
    assert any("of search" in f.message or "of cart" in f.message for f in found)


def test_lost_callers_leave_their_callees_in_the_air() -> None:
    spans = sample("none")
    left = spans.take(~every(of(spans, "search", Kind.CLIENT), 7))
    (found,) = [f for f in findings(left, "lost_spans") if "spans of pricing" in f.message]
    assert "search" in found.subject
    assert found.severity == "warning"
    assert found.exemplars


def test_whole_traces_lose_nothing() -> None:
    assert not findings(sample("none"), "lost_spans")


def test_a_clock_that_is_behind_is_named_with_its_offset() -> None:
    spans = sample("none")
    inventory = spans.service == spans.names.index("inventory")
    by = np.where(inventory, 30 * MS, 0)
    (found,) = findings(
        replace(spans, start_ns=spans.start_ns - by, end_ns=spans.end_ns - by), "skewed_clocks"
    )
    assert (found.subject, found.severity) == ("inventory", "warning")
    assert "behind" in found.message
    assert "others" not in found.message
    offset = float(found.message.split("at least ")[1].split(" ms")[0])
    assert 25 <= offset <= 35


def test_a_clock_that_is_ahead_is_told_from_one_that_is_behind() -> None:
    spans = sample("none")
    by = np.where(spans.service == spans.names.index("inventory"), 30 * MS, 0)
    (found,) = findings(
        replace(spans, start_ns=spans.start_ns + by, end_ns=spans.end_ns + by), "skewed_clocks"
    )
    assert "ahead" in found.message


def test_whoever_a_skewed_service_calls_is_not_blamed() -> None:
    # gateway, which calls search, and catalog and pricing, which it calls, have the right time
    spans = sample("none")
    by = np.where(spans.service == spans.names.index("search"), 30 * MS, 0)
    (found,) = findings(
        replace(spans, start_ns=spans.start_ns - by, end_ns=spans.end_ns - by), "skewed_clocks"
    )
    assert found.subject == "search"
    assert "others" not in found.message


def test_one_clock_is_never_skewed() -> None:
    assert not findings(sample("none"), "skewed_clocks")


def test_callers_that_give_up_are_told_from_callees_that_fail() -> None:
    spans = sample("slow_query")
    calls = of(spans, "cart", Kind.CLIENT) & (
        spans.operation == spans.names.index("GET /stock/<id>")
    )
    hasty = every(calls, 3)
    gave_up = replace(
        spans,
        end_ns=np.where(hasty, spans.start_ns + 40 * MS, spans.end_ns),
        status=np.where(hasty, Status.ERROR, spans.status).astype(np.uint8),
    )
    (found,) = findings(gave_up, "abandoned_calls")
    assert (found.subject, found.severity) == ("cart → inventory", "error")
    assert "gave up after 40.0 ms" in found.message
    assert not findings(spans, "abandoned_calls")
    assert not findings(sample("retry_storm"), "abandoned_calls")


def test_errors_that_wait_for_a_timeout_cost_time() -> None:
    good = many(
        "A 0-20 client in load", "A/B 1-19 server in shop", "B/C 2-12 client in shop to bank"
    )
    bad = many(
        "A 0-520 client in load error",
        "A/B 1-519 server in shop error",
        "B/C 2-512 client in shop to bank error",
        times=10,
    )
    bad = replace(bad, trace_lo=bad.trace_lo + 1000)
    found = findings(Spans.concat([good, bad]), "costly_errors")
    by_subject = {f.subject: f for f in found}
    assert set(by_subject) == {"shop → bank", "A"}
    call = by_subject["shop → bank"]
    assert "take 510 ms where good ones take 10.0 ms" in call.message
    assert call.gain_mean_ms == 10 * 500 / 50


def test_of_errors_that_are_passed_on_only_the_first_is_blamed() -> None:
    lines = (
        "A 0-{0} client in load{1}",
        "A/B 1-{0} server in shop{1}",
        "B/C 2-{0} client in shop{1}",
        "C/D 3-{0} server in bank{1}",
        "D/E 4-{0} client in bank to vault{1}",
    )
    good = many(*(line.format(20, "") for line in lines))
    bad = many(*(line.format(520, " error") for line in lines), times=10)
    bad = replace(bad, trace_lo=bad.trace_lo + 1000)
    found = findings(Spans.concat([good, bad]), "costly_errors")
    assert {f.subject for f in found} == {"bank → vault", "A"}


def test_errors_as_quick_as_good_answers_cost_nothing() -> None:
    good = many("A 0-20 client in load", "A/B 1-19 server in shop")
    bad = many("A 0-20 client in load error", "A/B 1-19 server in shop error", times=10)
    bad = replace(bad, trace_lo=bad.trace_lo + 1000)
    assert not findings(Spans.concat([good, bad]), "costly_errors")


def test_few_requests_are_too_few() -> None:
    found = findings(many("A 0-20 server in shop", times=7), "too_little_data")
    assert alarms(found) == {("too_little_data", "this run")}
    assert not findings(many("A 0-20 server in shop", times=30), "too_little_data")


def test_nothing_is_found_in_nothing() -> None:
    assert findings(Spans.empty()) == []
