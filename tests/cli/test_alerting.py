"""Alerts while a run lasts."""

from analyzer.attribution.contributions import Contributions
from analyzer.cli.alerting import Alerting, AlertWatch, alerting
from analyzer.cli.analysis import exit_code
from analyzer.errors import ExitCode
from analyzer.model.spans import Spans
from analyzer.pipeline.contributions import contributions
from analyzer.report.alerts import Aborted, Alerts
from tests.builders import MS, trace
from tests.reporters.builders import full_report


def requests(*durations_ms: int) -> Contributions:
    """A request begins every second, and one more late, so that the others are old enough."""
    last = len(durations_ms) * 1000 + 2500
    lines = [f"GET {i * 1000}-{i * 1000 + ms}" for i, ms in enumerate(durations_ms)]
    lines.append(f"GET {last}-{last + 1}")
    spans = [
        trace(f"{line} client in locust", trace_id=i, unit_ns=MS) for i, line in enumerate(lines, 1)
    ]
    return contributions(Spans.concat(spans))


def test_an_alert_is_told_once_when_it_begins_and_once_when_it_is_over() -> None:
    watch = AlertWatch(asked=alerting(alert=["p95 > 100ms for 2s"]))
    assert not watch.look(None)
    assert not watch.look(requests(10, 10))
    (began,) = watch.look(requests(10, 300, 400))
    assert began == "alert: p95 > 100ms for 2s: 400ms, since second 1 of the run"
    assert list(watch.holding) == ["p95 > 100ms for 2s: 400ms"]
    assert not watch.look(requests(10, 300, 400))
    assert watch.look(requests(10, 300, 400, 10)) == ("over: p95 > 100ms for 2s",)
    assert list(watch.holding) == []
    assert watch.aborted is None


def test_a_condition_to_stop_for_stops_the_run_and_is_written_down() -> None:
    watch = AlertWatch(asked=alerting(alert=["errors > 1%"], abort_on=["p95 > 100ms for 2s"]))
    watch.look(requests(300))
    assert watch.aborted is None
    _, stopping = watch.look(requests(300, 200))
    assert stopping == "stopping the run: p95 > 100ms for 2s: 300ms"
    assert watch.record() == {
        "warn": ["errors > 1% for 1s"],
        "abort": ["p95 > 100ms for 2s"],
        "aborted": {"condition": "p95 > 100ms for 2s", "value": "300ms"},
    }


def test_without_options_there_is_nothing_to_look_for() -> None:
    assert not Alerting()
    assert AlertWatch().look(requests(10)) == ()


def test_a_run_that_was_stopped_by_an_alert_ends_with_its_own_exit_code() -> None:
    report = full_report()
    stopped = Alerts(rows=(), aborted=Aborted(condition="p95 > 1ms for 1s", value="2ms"))
    assert exit_code(report.model_copy(update={"alerts": stopped})) is ExitCode.REQUIREMENT
    quiet = Alerts(rows=())
    assert exit_code(report.model_copy(update={"alerts": quiet})) is exit_code(report)
