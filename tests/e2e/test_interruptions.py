"""Runs that are cut short or lose a part end with what there is, and leave no process behind."""

import json
import os
import signal
import struct
import time
import urllib.error
import urllib.request
from itertools import count
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from analyzer.readers.read import read
from analyzer.report.model import Report
from tests.cli.command import slowhop
from tests.e2e.live_runs import DEADLINE_S, UnderWay, only_run

OURS = 0xE2E


def one_span(number: int, run: str = "") -> bytes:
    """An export request with one span, recognised by its trace id; it may say whose run it is."""
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    resource.resource.attributes.add(key="service.name").value.string_value = "sender"
    if run:
        resource.resource.attributes.add(key="slowhop.run.id").value.string_value = run
    now = time.time_ns()
    resource.scope_spans.add().spans.add(
        trace_id=struct.pack(">QQ", OURS, number),
        span_id=struct.pack(">Q", number),
        name="sent",
        start_time_unix_nano=now,
        end_time_unix_nano=now + 1_000_000,
    )
    return request.SerializeToString()


def acknowledged(address: str, number: int, run: str = "") -> bool:
    """Send a span; whether the collector said that it has it."""
    return takes(address, one_span(number, run))


def takes(address: str, body: bytes) -> bool:
    """Send a request; whether the collector said that it has it."""
    request = urllib.request.Request(
        f"http://{address}/v1/traces",
        data=body,
        headers={"Content-Type": "application/x-protobuf"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def processes_about(text: str) -> list[int]:
    """Processes whose command line or environment names something."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            said = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        if text.encode() in said and int(process.name) != os.getpid():
            found.append(int(process.name))
    return found


def test_a_collector_that_is_killed_takes_nothing_acknowledged_with_it(tmp_path: Path) -> None:
    run = UnderWay.start("demo", "-t", "60s", "--format", "json", runs_dir=tmp_path / "runs")
    collector = run.collector()
    run.until(lambda: next((tmp_path / "runs").glob("*/load.json*"), None))
    directory = only_run(tmp_path / "runs")
    sent: list[int] = []
    for number in count(1):
        if number == 200:
            os.kill(collector["pid"], signal.SIGKILL)
        if acknowledged(collector["http"], number, directory.name):
            sent.append(number)
        elif number >= 200:
            break
    ended = run.end()

    assert len(sent) >= 150
    assert ended.code == 5
    assert "the collector ended during the run (signal 9)" in ended.err
    spans = read([directory]).spans
    kept = set(spans.span_id[spans.trace_hi == OURS].tolist())
    assert set(sent) <= kept
    assert Report.from_json(ended.out).completeness.unfinished == ("collector",)
    replayed = slowhop("replay", directory, "--format", "json")
    assert Report.from_json(replayed.out).load.requests >= len(sent)
    assert replayed.out == ended.out


def test_an_interrupt_ends_the_load_in_good_order_and_reports(tmp_path: Path) -> None:
    run = UnderWay.start("demo", "-t", "10m", "--format", "json", runs_dir=tmp_path / "runs")

    def some_load() -> Path | None:
        for file in (tmp_path / "runs").glob("*/load.jsonl"):
            lines = file.read_text(encoding="utf-8").splitlines()
            if lines and json.loads(lines[-1])["requests"] > 20:
                return file
        return None

    run.until(some_load)
    run.process.send_signal(signal.SIGINT)
    ended = run.end()
    assert ended.code == 0, ended.err
    report = Report.from_json(ended.out)
    assert report.load.requests > 20
    assert report.completeness.requests_without_trace == 0
    assert processes_about(str(tmp_path)) == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_is_left_behind_whenever_it_ends(number: signal.Signals, tmp_path: Path) -> None:
    run = UnderWay.start("demo", "-t", "10m", runs_dir=tmp_path / "runs")
    run.collector()  # the collector runs, the shop is being started
    run.process.send_signal(number)
    run.process.communicate(timeout=DEADLINE_S)
    deadline = time.monotonic() + DEADLINE_S
    while left := processes_about(str(tmp_path)):
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


def test_a_run_that_never_began_leaves_no_directory(tmp_path: Path) -> None:
    run = UnderWay.start("demo", "-t", "10m", runs_dir=tmp_path / "runs")
    run.collector()
    run.process.send_signal(signal.SIGINT)
    ended = run.end()
    assert ended.code == 130
    assert not (tmp_path / "runs").exists()


def test_a_recording_without_spans_says_what_to_do(tmp_path: Path) -> None:
    ended = slowhop("record", "-t", "1s", "--grpc-port", "0", "--http-port", "0", cwd=tmp_path)
    assert ended.code == 4
    told = json.loads((only_run(tmp_path / "runs") / "collector.json").read_text(encoding="utf-8"))
    assert "No spans arrived" in ended.out
    assert f"http://{told['http']}" in ended.out
    assert f"http://{told['grpc']}" in ended.out
