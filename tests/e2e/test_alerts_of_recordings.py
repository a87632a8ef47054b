"""Alerts while another tool makes the load."""

import time
import urllib.request
from pathlib import Path

from analyzer.errors import ExitCode
from analyzer.report.model import Report
from tests.collector.otlp import span, trace_request
from tests.e2e.live_runs import UnderWay

MS = 1_000_000
SECOND = 1000 * MS


def requests(first: int, *durations_ms: int) -> bytes:
    """Requests numbered from `first`, each a second after the other, the last of them now."""
    now = time.time_ns()
    made = []
    for number, duration_ms in enumerate(durations_ms, 1):
        one = span(first + number)
        one.start_time_unix_nano = now - (len(durations_ms) - number) * SECOND
        one.end_time_unix_nano = one.start_time_unix_nano + duration_ms * MS
        made.append(one)
    return trace_request(*made).SerializeToString()


def test_a_recording_is_stopped_by_what_is_recorded(tmp_path: Path) -> None:
    under_way = UnderWay.start(
        "record", "--grpc-port", "0", "--http-port", "0", "--format", "json",
        "--alert", "throughput > 1000 for 1s", "--abort-on", "p95 > 100ms for 3s",
        runs_dir=tmp_path / "runs",
    )  # fmt: skip
    address = under_way.collector()["http"]
    headers = {"content-type": "application/x-protobuf"}
    for body in (requests(0, 10, 10, 10), requests(9, 200, 250, 300, 220, 210, 10, 10)):
        sent = urllib.request.Request(f"http://{address}/v1/traces", data=body, headers=headers)
        with urllib.request.urlopen(sent) as answer:
            assert answer.status == 200
    ended = under_way.end()
    assert ended.code == ExitCode.REQUIREMENT, ended.err
    assert "stopping the run: p95 > 100ms for 3s: " in ended.err
    report = Report.from_json(ended.out)
    assert report.alerts is not None
    assert report.alerts.aborted is not None
    assert report.alerts.aborted.condition == "p95 > 100ms for 3s"
    assert [len(row.held) for row in report.alerts.rows] == [0, 1]
