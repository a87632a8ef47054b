"""A run whose parts are killed, or whose disk is full: what was acknowledged is there, and the
report says what is missing.
"""

import json
import os
import resource
import signal
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path

import pytest

from analyzer.errors import ExitCode
from analyzer.readers.read import read
from analyzer.report.model import Report
from tests.cli.command import slowhop
from tests.e2e.live_runs import UnderWay, only_run
from tests.e2e.test_interruptions import OURS, acknowledged, one_span, takes

RECORD = ("record", "--grpc-port", "0", "--http-port", "0", "--late-spans", "1", "--format", "json")

INTERRUPTED = 130

LOCUSTFILE = """
from locust import HttpUser, constant, task

class Visitor(HttpUser):
    wait_time = constant(0.02)

    @task
    def home(self):
        self.client.get("/")
"""


class Page(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def site() -> Iterator[str]:
    """A web site that knows nothing of traces."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def kept(directory: Path) -> set[int]:
    """The numbers of our spans that a run directory has."""
    spans = read([directory]).spans
    return set(spans.span_id[spans.trace_hi == OURS].tolist())


def replayed(directory: Path) -> Report:
    ended = slowhop("replay", directory, "--format", "json")
    assert ended.code in (ExitCode.OK, ExitCode.PARTIAL), ended.err
    return Report.from_json(ended.out)


def send(address: str, numbers: range) -> list[int]:
    return [number for number in numbers if acknowledged(address, number)]


def test_a_killed_analyzer_leaves_a_run_that_can_be_replayed(tmp_path: Path) -> None:
    run = UnderWay.start(*RECORD, runs_dir=tmp_path / "runs")
    collector = run.collector()
    sent = send(collector["http"], range(1, 101))
    run.process.kill()
    run.process.communicate()
    for number in count(101):  # the collector sees that nobody is there any more, and ends
        if not acknowledged(collector["http"], number):
            break
        sent.append(number)
    directory = only_run(tmp_path / "runs")
    run.wait_for(lambda: _collector_state(directory) == "stopped")
    assert len(sent) >= 100
    assert kept(directory) == set(sent)
    report = replayed(directory)
    assert report.completeness.unfinished == ("run",)
    assert report.load.requests == len(sent)
    assert any("cut short" in warning for warning in report.warnings)


def test_a_killed_collector_is_told_in_every_later_report(tmp_path: Path) -> None:
    run = UnderWay.start(*RECORD, runs_dir=tmp_path / "runs")
    collector = run.collector()
    sent = send(collector["http"], range(1, 101))
    os.kill(collector["pid"], signal.SIGKILL)
    ended = run.end()
    directory = only_run(tmp_path / "runs")
    assert ended.code == ExitCode.PARTIAL
    assert kept(directory) == set(sent) == set(range(1, 101))
    for report in (Report.from_json(ended.out), replayed(directory)):
        assert report.completeness.unfinished == ("collector",)
        assert any("collector was killed" in warning for warning in report.warnings)


def test_a_killed_load_leaves_its_requests_and_is_named(tmp_path: Path, site: str) -> None:
    locustfile = tmp_path / "locustfile.py"
    locustfile.write_text(LOCUSTFILE)
    run = UnderWay.start(
        "live", "-f", locustfile, "--host", site, "-u", "4", "-r", "4", "-t", "10m",
        "--grpc-port", "0", "--http-port", "0", "--late-spans", "1", "--format", "json",
        runs_dir=tmp_path / "runs",
    )  # fmt: skip
    collector = run.collector()
    directory = only_run(tmp_path / "runs")
    run.until(lambda: (directory / "spans.otlp").stat().st_size or None)
    run.until(lambda: _requests_so_far(directory) > 50 or None)
    sent = [n for n in range(1, 21) if acknowledged(collector["http"], n, directory.name)]
    (locust,) = _children_named(run.process.pid, "loadgen")
    os.killpg(locust, signal.SIGKILL)
    ended = run.end()
    assert ended.code == ExitCode.PARTIAL
    assert "locust was killed during the run" in ended.err
    assert kept(directory) == set(sent) == set(range(1, 21))
    report = Report.from_json(ended.out)
    assert report.completeness.unfinished == ("load",)
    assert report.load.reported is not None
    assert report.load.reported.requests > 50
    assert replayed(directory) == report


def test_spans_that_a_full_disk_turned_away_are_in_the_report(tmp_path: Path) -> None:
    run = UnderWay.start(*RECORD, runs_dir=tmp_path / "runs")
    collector = run.collector()
    directory = only_run(tmp_path / "runs")
    sent = send(collector["http"], range(1, 51))
    run.until_running()
    unlimited = resource.prlimit(collector["pid"], resource.RLIMIT_FSIZE)
    full = (directory / "spans.otlp").stat().st_size, unlimited[1]
    resource.prlimit(collector["pid"], resource.RLIMIT_FSIZE, full)
    bodies = {number: one_span(number) for number in range(51, 61)}
    assert not any(takes(collector["http"], body) for body in bodies.values())
    resource.prlimit(collector["pid"], resource.RLIMIT_FSIZE, unlimited)
    again = range(51, 58)  # seven of ten
    sent += [number for number in again if takes(collector["http"], bodies[number])]
    run.process.send_signal(signal.SIGINT)
    ended = run.end()
    assert ended.code == ExitCode.PARTIAL, ended.err
    assert kept(directory) == set(sent) == set(range(1, 58))
    report = Report.from_json(ended.out)
    assert report.completeness.not_stored == 3
    assert any(warning.startswith("3 spans could not be stored") for warning in report.warnings)
    assert replayed(directory) == report


def test_spans_that_came_before_an_interrupted_start_are_kept(tmp_path: Path) -> None:
    run = UnderWay.start("demo", "-t", "10m", runs_dir=tmp_path / "runs")
    collector = run.collector()  # it receives, and the shop is being started
    sent = send(collector["http"], range(1, 6))
    run.process.send_signal(signal.SIGINT)
    ended = run.end()
    assert ended.code == INTERRUPTED, ended.err
    assert kept(only_run(tmp_path / "runs")) == set(sent) == set(range(1, 6))


def _collector_state(directory: Path) -> str:
    said = json.loads((directory / "collector.json").read_text(encoding="utf-8"))
    return str(said["state"])


def _requests_so_far(directory: Path) -> int:
    try:
        lines = (directory / "load.jsonl").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return 0
    return int(json.loads(lines[-1])["requests"]) if lines else 0


def _children_named(parent: int, word: str) -> list[int]:
    """The children of a process whose command names something."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            status = (process / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            command = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if int(status[1]) == parent and word.encode() in command:
            found.append(int(process.name))
    return found
