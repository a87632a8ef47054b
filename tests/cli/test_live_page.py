"""What a live state becomes on locust's page."""

from pathlib import Path

import pytest

from analyzer.cli.live_page import LivePage, live_ranking
from analyzer.report.live import Live
from analyzer.report.model import Finding, Report
from analyzer.reporters.terminal.live import LiveState, Phase
from tests.cli.command import TUTORIAL, slowhop


@pytest.fixture(scope="module")
def report() -> Report:
    return Report.from_json(slowhop("export", TUTORIAL).out)


def state(report: Report | None = None, *, requests: int = 7, spans: int = 0) -> LiveState:
    return LiveState(
        run_name="a-run",
        phase=Phase.RUNNING,
        elapsed_s=9.0,
        requests=requests,
        spans=spans,
        report=report,
        advice=("Set this.",),
    )


def finding(subject: str, message: str) -> Finding:
    return Finding(kind="k", severity="info", subject=subject, message=message, advice="")


def test_services_and_hops_are_one_ranking_with_their_gains(report: Report) -> None:
    rows = live_ranking(state(report, spans=20)).rows
    assert [row.rank for row in rows] == list(range(1, len(rows) + 1))
    assert [row.share for row in rows] == sorted((row.share for row in rows), reverse=True)
    first = rows[0]
    assert (first.kind, first.service) == ("service", "service2")
    assert first.gain == report.services[0].gain.if_50_percent_faster
    assert first.gain is not None


def test_a_finding_is_beside_what_it_is_about(report: Report) -> None:
    found = (
        finding("service2", "is slow"),
        finding("service2 GET /", "is slow too"),
        finding("service1 → service2", "queues"),
        finding("service20", "is another one"),
    )
    live = live_ranking(state(report.model_copy(update={"findings": found}), spans=20))
    by_part = {row.service or f"{row.caller} → {row.callee}": row.findings for row in live.rows}
    assert by_part["service2"] == ("is slow", "is slow too")
    assert by_part["service1 → service2"] == ("queues",)
    assert by_part["service1"] == ()
    assert live.findings == ("service20: is another one",)


def test_without_a_ranking_it_says_why() -> None:
    live = live_ranking(state())
    assert live.rows == ()
    assert live.message == "No spans have arrived yet."
    assert live.advice == ("Set this.",)


def test_before_the_first_request_there_is_nothing_to_advise() -> None:
    assert live_ranking(state(requests=0)).advice == ()


def test_files_are_there_until_the_load_has_ended(report: Report, tmp_path: Path) -> None:
    page = LivePage(tmp_path)
    page.publish(state(report, spans=20))
    assert Live.from_json((tmp_path / "live.json").read_text()).rows
    assert Report.from_json((tmp_path / "live-report.json").read_text()) == report
    page.close()
    assert not list(tmp_path.iterdir())


def test_where_nothing_can_be_written_the_run_goes_on(
    report: Report, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = LivePage(tmp_path / "gone")
    for _ in range(2):
        page.publish(state(report, spans=20))
    page.close()
    assert capsys.readouterr().err.count("the web page shows no bottlenecks") == 1
