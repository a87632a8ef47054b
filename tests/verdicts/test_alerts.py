"""When conditions held, second by second."""

from dataclasses import replace

import numpy as np
import pytest

from analyzer.attribution.contributions import Contributions
from analyzer.conditions import Condition
from analyzer.model.run import NOTHING, AlertsRecord, RunRecord
from analyzer.model.spans import Spans
from analyzer.pipeline.analyze import RunName, analyze
from analyzer.pipeline.contributions import contributions
from analyzer.report.model import Report
from analyzer.verdicts.alerts import Episode, by_second, episodes, unknown_endpoints
from tests.builders import MS, trace

_ = np.nan


def held(text: str, *values: float) -> list[tuple[int, int | None, float]]:
    found = episodes(Condition.from_text(text), np.array(values))
    return [(e.begin, e.end, e.worst) for e in found]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((1, 9, 8, 7, 1), [(1, 4, 9)]),
        ((9, 9, 1, 9, 9), []),  # too short both times
        ((1, 9, 8, 7), [(1, None, 9)]),
        ((9, _, 9, 1), [(0, 3, 9)]),  # a second in which nothing ended interrupts nothing
        ((9, _, _, 1), []),
        ((_, _, _), []),
        ((9, 9, 9, _, _), [(0, None, 9)]),
        ((9, 9, 9, 1, 8, 9, 8), [(0, 3, 9), (4, None, 9)]),
        ((5, 5, 5), []),  # at the bound is not beyond it
        ((), []),
    ],
)
def test_a_condition_has_to_hold_for_its_whole_time(
    values: tuple[float, ...], expected: list[tuple[int, int | None, float]]
) -> None:
    assert held("p95 > 5ms for 3s", *values) == expected


def test_what_stays_below_is_worst_where_it_is_least() -> None:
    assert held("throughput < 5 for 2s", 9, 4, 2, 3, 9) == [(1, 4, 2.0)]


def request(
    number: int, start_ms: int, ms: int, *, name: str = "GET", failed: bool = False
) -> Spans:
    sign = " error" if failed else ""
    line = f"{name} {start_ms}-{start_ms + ms} client in locust{sign}"
    return trace(line, trace_id=number, unit_ns=MS)


def run() -> Contributions:
    """Four seconds: 10 ms requests, in the second one 600 ms of which half fail, then silence."""
    parts = [request(1, 0, 10), request(2, 500, 10)]
    parts += [request(3 + i, 1100 + 50 * i, 600, name="POST", failed=i % 2 == 0) for i in range(4)]
    parts += [request(9, 3500, 500)]
    return contributions(Spans.concat(parts))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mean > 1ms", [10, 600, _, _]),
        ("p95 > 1ms", [10, 600, _, _]),
        ("errors > 1%", [0, 0.5, _, _]),
        ("throughput < 1", [2, 4, 0, 0]),
        ("in_flight > 1", [0.02, 2.4, 0, 0.5]),
        ('mean["POST"] > 1ms', [_, 600, _, _]),
        ('mean["nobody"] > 1ms', [_, _, _, _]),
    ],
)
def test_figures_are_those_of_each_second(text: str, expected: list[float]) -> None:
    values = by_second(Condition.from_text(text), run())
    np.testing.assert_allclose(values, expected, rtol=1e-6)


def test_seconds_that_are_too_young_or_too_old_are_not_looked_at() -> None:
    condition = Condition.from_text("throughput < 1")
    values = by_second(condition, run(), first=1, spare_s=1)
    np.testing.assert_array_equal(values, [_, 4, 0])
    assert by_second(condition, run(), spare_s=9).size == 0


def test_an_endpoint_may_be_named_without_its_method() -> None:
    found = contributions(trace("GET_/x 0-5 client in locust"))
    named = [replace(found.endpoints[0], operation="GET /x")]
    conditions = [Condition.from_text(f'p95["{name}"] > 1ms') for name in ("/x", "GET /x", "/y")]
    assert unknown_endpoints(conditions, named) == ("/y",)


def report_of(asked: AlertsRecord | None) -> Report:
    parts = [request(1 + i, 100 * i, 50 if i < 20 else 400) for i in range(40)]
    capture = replace(
        NOTHING, spans=Spans.concat(parts), run=RunRecord(id="r", command="live", alerts=asked)
    )
    return analyze(capture, name=RunName(id="r", command="replay"))


def test_the_report_says_when_it_began_and_ended_and_how_bad_it_was() -> None:
    asked = AlertsRecord(
        warn=("p95 > 100ms for 1s", 'p95["/no"] > 1ms', "of a later version"),
        abort=("errors > 10% for 5s",),
    )
    report = report_of(asked)
    assert report.alerts is not None
    slow, unknown, errors = report.alerts.rows
    (time,) = slow.held
    assert (time.began_s, time.ended_s, time.worst_text) == (2.0, None, "400ms")
    assert (unknown.held, errors.held, errors.aborts) == ((), (), True)
    assert report.alerts.unknown_endpoints == ("/no",)
    assert report.alerts.aborted is None
    assert Report.from_json(report.to_json()) == report


def test_a_report_names_what_stopped_the_run() -> None:
    asked = AlertsRecord(abort=("p95 > 1ms",), aborted_by="p95 > 1ms for 1s", aborted_at="50ms")
    alerts = report_of(asked).alerts
    assert alerts is not None
    assert alerts.aborted is not None
    assert (alerts.aborted.condition, alerts.aborted.value) == ("p95 > 1ms for 1s", "50ms")
    assert report_of(None).alerts is None


def test_nothing_is_held_in_a_run_of_nothing() -> None:
    assert by_second(Condition.from_text("p95 > 1ms"), contributions(Spans.empty())).size == 0
    assert Episode(begin=0, end=None, worst=1.0).end is None
