"""What a live run leaves behind is all that its report came from."""

import json
import random
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.command import slowhop
from tests.e2e.live_runs import LiveRun

if TYPE_CHECKING:
    from analyzer.report.model import Report

pytestmark = pytest.mark.live

FRAME_LENGTH = struct.Struct(">I")


@pytest.fixture
def run(fault_run: Callable[[str], LiveRun]) -> LiveRun:
    """One of the runs on the shop."""
    return fault_run("slow_hop")


def frames(content: bytes) -> list[bytes]:
    """The frames of a spans.otlp, with their lengths."""
    found, at = [], 0
    while at < len(content):
        end = at + FRAME_LENGTH.size + FRAME_LENGTH.unpack_from(content, at)[0]
        found.append(content[at:end])
        at = end
    assert at == len(content)
    return found


def test_replay_gives_the_same_report_byte_for_byte(run: LiveRun) -> None:
    replayed = slowhop("replay", run.directory, "--format", "json")
    assert replayed.code == 0
    assert replayed.out == run.ended.out
    assert (run.directory / "report.json").read_text(encoding="utf-8") == run.ended.out


def test_the_run_is_named_by_its_directory(run: LiveRun) -> None:
    said = json.loads((run.directory / "run.json").read_text(encoding="utf-8"))
    assert run.report.run.id == said["id"] == run.directory.name
    assert said["ended_at_ns"] > said["started_at_ns"]


def test_order_of_arrival_changes_nothing(run: LiveRun, tmp_path: Path) -> None:
    copy = tmp_path / run.directory.name
    shutil.copytree(run.directory, copy)
    arrived = frames((copy / "spans.otlp").read_bytes())
    assert len(arrived) > 10
    shuffled = random.Random(7).sample(arrived, len(arrived))
    assert shuffled != arrived
    (copy / "spans.otlp").write_bytes(b"".join(shuffled))
    assert slowhop("export", copy).out == run.ended.out


def test_every_request_is_in_the_traces_and_whole(run: LiveRun) -> None:
    seen = run.report.completeness
    assert seen.requests_without_trace == 0
    assert seen.whole == seen.traces
    assert seen.lost_spans == seen.rejected == seen.duplicates == 0


def test_locust_s_own_numbers_agree_with_the_traces(run: LiveRun) -> None:
    load, told = run.report.load, run.report.load.reported
    assert told is not None
    assert told.latency is not None
    assert load.requests == told.requests > 100
    assert load.failures == told.failures == 0
    mean = run.report.kpis.response_time_ms.mean
    assert mean == pytest.approx(told.latency.mean_ms, rel=0.05, abs=2.0)
    assert load.users_max == 10


def test_shares_sum_to_one(run: LiveRun) -> None:
    report: Report = run.report
    shares = [row.contribution.share for row in (*report.services, *report.hops)]
    assert sum(shares) == pytest.approx(1.0, abs=1e-5)


def test_progress_goes_to_the_error_stream_alone(run: LiveRun) -> None:
    assert run.ended.out.startswith("{")
    lines = run.ended.err.splitlines()
    assert any("running" in line for line in lines)
    assert any(line.startswith("receiving OTLP") for line in lines)
