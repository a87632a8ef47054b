"""A run that an alert stops."""

import json
from pathlib import Path

import pytest

from analyzer.errors import ExitCode
from analyzer.report.model import Report
from tests.cli.command import as_process
from tests.e2e.live_runs import only_run
from tests.ports import free_ports

pytestmark = pytest.mark.timeout(180)

REFUSED = """
from locust import HttpUser, constant, task

class Shopper(HttpUser):
    wait_time = constant(0.1)

    @task
    def look(self):
        self.client.get("/")
"""


def test_a_run_is_stopped_in_good_order_and_says_why(tmp_path: Path) -> None:
    locustfile = tmp_path / "locustfile.py"
    locustfile.write_text(REFUSED)
    grpc, http, nobody = free_ports(3)
    ended = as_process(
        "live", "-f", locustfile, "--host", f"http://127.0.0.1:{nobody}", "-u", "2", "-t", "120s",
        "--grpc-port", str(grpc), "--http-port", str(http), "--late-spans", "0",
        "--alert", "p95 > 1h", "--abort-on", "errors > 10% for 3s",
        "--format", "json", "--runs-dir", tmp_path / "runs",
    )  # fmt: skip
    assert ended.code == ExitCode.INPUT  # an hour is no unit of response times
    assert "p95 > 1h" in ended.err

    ended = as_process(
        "live", "-f", locustfile, "--host", f"http://127.0.0.1:{nobody}", "-u", "2", "-t", "120s",
        "--grpc-port", str(grpc), "--http-port", str(http), "--late-spans", "0",
        "--alert", "p95 > 60s for 2s", "--abort-on", "errors > 10% for 3s",
        "--format", "json", "--runs-dir", tmp_path / "runs",
    )  # fmt: skip
    assert ended.code == ExitCode.REQUIREMENT, ended.err
    assert "stopping the run: errors > 10% for 3s: 100%" in ended.err
    report = Report.from_json(ended.out)
    assert report.alerts is not None
    assert report.alerts.aborted is not None
    assert report.alerts.aborted.condition == "errors > 10% for 3s"
    quiet, stopped = report.alerts.rows
    assert quiet.held == ()
    assert (stopped.held[0].worst_text, stopped.held[0].ended_s) == ("100%", None)
    assert report.run.duration_s < 60
    assert report.completeness.unfinished == ()
    accounting = report.completeness.accounting
    assert accounting is not None
    assert accounting.without_services == accounting.requests > 0
    assert accounting.unexplained == 0

    run = only_run(tmp_path / "runs")
    assert json.loads((run / "run.json").read_text())["alerts"]["aborted"]["value"] == "100%"
    again = as_process("replay", run, "--format", "json")
    assert again.code == ExitCode.REQUIREMENT
    assert Report.from_json(again.out).alerts == report.alerts
