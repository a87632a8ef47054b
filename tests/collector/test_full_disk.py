"""A disk without room: clients are told to send again, what is missing is counted, and it mends."""

import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc  # noqa: TID253  a client of the collector
import pytest
import requests

from collector.absent import Absent
from collector.launcher import RunningCollector, start
from collector.options import FREE_PORTS
from collector.status import CollectorStatus, SignalCounts
from tests.collector.otlp import METRICS_METHOD, batch, export, stored_numbers
from tests.collector.test_grpc import refusal, retry_info
from tests.collector.test_process import wait_until

PROTOBUF = {"content-type": "application/x-protobuf"}


@contextmanager
def no_room(pid: int, *, after_bytes: int) -> Iterator[None]:
    """A process's files end there; then they do no longer."""
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (after_bytes, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with room for a few hundred kilobytes."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(place)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("needs the right to mount a file system")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def post(collector: RunningCollector, body: bytes) -> requests.Response:
    url = collector.endpoint_http + "/v1/traces"
    return requests.post(url, data=body, headers=PROTOBUF, timeout=30)


def counts_of(collector: RunningCollector) -> SignalCounts:
    return collector.counters().traces


def test_what_found_no_room_is_missing_until_it_comes_again(
    collector: RunningCollector, run_dir: Path
) -> None:
    export(collector.grpc_address, batch(1, 10))
    size = (run_dir / "spans.otlp").stat().st_size
    with no_room(collector.process.pid, after_bytes=size + 2_000):
        error = refusal(collector.grpc_address, batch(100, 50))
        assert error.code() is grpc.StatusCode.UNAVAILABLE
        assert retry_info(error) is not None
        answer = post(collector, batch(200, 70))
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        refusal(collector.grpc_address, batch(100, 50))  # it comes again, too early
        wait_until(lambda: counts_of(collector).missing == 120)
        assert counts_of(collector).turned_away == 3
        assert export(collector.grpc_address, batch(11, 3)) == b""  # what is small still fits
    assert export(collector.grpc_address, batch(100, 50)) == b""
    counts = collector.stop().traces
    assert (counts.turned_away, counts.unread, counts.missing) == (3, 0, 70)
    assert counts.accepted == 63
    assert sorted(stored_numbers(run_dir)) == [*range(1, 14), *range(100, 150)]


def test_metrics_without_room_are_no_missing_spans(
    collector: RunningCollector, run_dir: Path
) -> None:
    with no_room(collector.process.pid, after_bytes=0), pytest.raises(grpc.RpcError):
        export(collector.grpc_address, b"\x0a\x00", method=METRICS_METHOD)
    counters = collector.stop()
    assert (counters.metrics.turned_away, counters.traces.turned_away) == (1, 0)
    assert (run_dir / "metrics.otlp").stat().st_size == 0


def test_a_disk_that_is_full_to_the_last_byte(small_disk: Path, tmp_path: Path) -> None:
    run_dir = small_disk / "run"
    log_path = tmp_path / "collector.log"
    with start(run_dir, receiving=FREE_PORTS, log_path=log_path) as collector:
        export(collector.grpc_address, batch(1, 10))
        ballast = small_disk / "ballast"
        with pytest.raises(OSError, match="space"):
            fill(ballast)
        numbers = iter(range(1000, 2000))
        acknowledged = list(range(1, 11))
        while True:  # the last block of spans.otlp may have room for some yet
            number = next(numbers)
            answer = post(collector, batch(number, 1))
            if answer.status_code == 503:
                break
            acknowledged.append(number)
        assert post(collector, batch(2000, 40)).status_code == 503
        wait_until(
            lambda: counts_of(collector).missing == 41
        )  # collector.json says so all the same
        ballast.unlink()
        assert post(collector, batch(2000, 40)).status_code == 200
        acknowledged += range(2000, 2040)
        assert collector.stop().traces.missing == 1
    assert collector.poll() == 0
    assert sorted(stored_numbers(run_dir)) == acknowledged
    status = CollectorStatus.read(run_dir)
    assert status is not None
    assert status.counters.traces.accepted == len(acknowledged)


def test_requests_that_are_awaited_are_remembered_up_to_a_number() -> None:
    absent = Absent(remembered=2)
    for body in (b"one", b"two", b"three", b"one"):
        absent.turn_away(body, 10)
    assert absent.items == 20
    absent.welcome(b"three")
    absent.welcome(b"one")
    absent.welcome(b"one")
    assert absent.items == 10
