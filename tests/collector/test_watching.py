"""Watching real processes: what they use is in the file, and their end is no accident."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from analyzer.model.resources import ResourceSeries
from analyzer.readers.read import read
from collector.watch_targets import Target
from collector.watching import Watch

DEADLINE_S = 60.0
OFTEN_S = 0.1
MB = 1_000_000

BURNS = "while True: pass"
HOLDS = f"held = bytearray({200 * MB}); print('ready', flush=True); input()"
HAS_A_CHILD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BURNS!r}])"
WRITES = (
    "import os, sys\n"
    "file = open(sys.argv[1], 'wb')\n"
    "while True:\n"
    "    file.seek(0); file.write(bytes(1 << 20)); file.flush(); os.fsync(file.fileno())\n"
)


@contextmanager
def running(program: str, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """A child that is killed at the end, with its children."""
    child = subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield child
    finally:
        with suppress(psutil.NoSuchProcess):
            for below in psutil.Process(child.pid).children(recursive=True):
                below.kill()
        child.kill()
        child.communicate()


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def seen(run_dir: Path) -> dict[str, ResourceSeries]:
    (run_dir / "spans.otlp").touch()
    capture = read([run_dir])
    assert capture.issues == ()
    return {series.name: series for series in capture.resources}


def enough(run_dir: Path, name: str, true: Callable[[ResourceSeries], bool]) -> None:
    """Wait until what is written shows it."""
    file = run_dir / "resources.otlp"
    until(lambda: file.exists() and name in (now := seen(run_dir)) and true(now[name]))


def watch(run_dir: Path, said: list[str], *targets: Target) -> Watch:
    return Watch(targets, run_dir, said.append, interval_s=OFTEN_S)


@pytest.mark.parametrize("program", [BURNS, HAS_A_CHILD])
def test_a_process_that_computes(tmp_path: Path, program: str) -> None:
    said: list[str] = []
    with (
        running(program) as child,
        watch(tmp_path, said, Target(service="search", pid=child.pid)),
    ):
        # in CPU time, not on the clock: other work on this machine makes no difference
        enough(tmp_path, "cpu", lambda s: cpu_seconds(s) > 0.5)
    found = seen(tmp_path)
    assert found["cpu"].service == "search"
    assert found["cpu"].one_core
    assert found["cpu"].values.max() > 5
    assert found["threads"].values.min() >= 1
    assert said == []


def cpu_seconds(series: ResourceSeries) -> float:
    assert series.since_ns is not None
    return float((series.values / 100 * (series.times_ns - series.since_ns)).sum() / 1e9)


def test_a_process_that_holds_memory_and_listens_on_a_port(tmp_path: Path) -> None:
    server = (
        "import socket; s = socket.create_server(('127.0.0.1', int(__import__('sys').argv[1])))"
    )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    said: list[str] = []
    with running(f"{server}; {HOLDS}", str(port)) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        with watch(tmp_path, said, Target(service="search", port=port)):
            enough(tmp_path, "memory", lambda s: bool(s.values.max() > 200))
    assert said == []


def test_a_process_that_writes(tmp_path: Path) -> None:
    with (
        running(WRITES, str(tmp_path / "written")) as child,
        watch(tmp_path, [], Target(service="search", pid=child.pid)),
    ):
        enough(tmp_path, "memory", lambda s: len(s) > 5)
    found = seen(tmp_path)
    if "disk_write" not in found or not found["disk_write"].values.any():
        pytest.skip("this system does not count what processes write")
    assert found["disk_write"].unit == "MB/s"


def test_a_process_that_ends_is_said_once_and_what_it_used_is_kept(tmp_path: Path) -> None:
    said: list[str] = []
    with running("input()") as child:
        target = Target(service="search", pid=child.pid)
        with watch(tmp_path, said, target):
            enough(tmp_path, "memory", lambda s: len(s) > 1)
            assert child.stdin is not None
            child.stdin.write("\n")
            child.stdin.flush()
            child.wait()
            until(lambda: bool(said))
    assert said == [f"watching search (process {child.pid}): has ended; it is watched no more"]
    assert len(seen(tmp_path)["memory"]) > 1


def test_a_process_that_never_was(tmp_path: Path) -> None:
    said: list[str] = []
    with watch(tmp_path, said, Target(service="search", pid=4_194_999)):
        until(lambda: bool(said))
    assert said == ["watching search (process 4194999): is no process"]
    assert seen(tmp_path) == {}


def test_a_port_that_is_served_later(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    said: list[str] = []
    with watch(tmp_path, said, Target(service="me", port=port)):
        until(lambda: bool(said))
        with socket.create_server(("127.0.0.1", port)):
            enough(tmp_path, "memory", lambda s: len(s) > 1)
    assert said[0].startswith(f"watching me (port {port}): nobody listens there yet")
    assert seen(tmp_path)["memory"].service == "me"
