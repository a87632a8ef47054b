"""Collectors with limits small enough to be met in a test, and what a process takes of memory."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Final

from collector.launcher import RunningCollector
from collector.limits import Limits
from collector.status import CollectorStatus, State

PROGRAM: Final = """
import asyncio, json, sys
from pathlib import Path
from collector.allocation import keep_freed_memory
from collector.limits import Limits
from collector.options import FREE_PORTS, Options
from collector.process import receive
keep_freed_memory()
options = Options(run_dir=Path(sys.argv[1]), receiving=FREE_PORTS)
asyncio.run(receive(options, limits=Limits(**json.loads(sys.argv[2]))))
"""

START_S: Final = 60.0


@contextmanager
def collector_with(
    limits: Limits, run_dir: Path, *, program: str = PROGRAM
) -> Iterator[RunningCollector]:
    """A collector with limits of one's own; it must end in good order."""
    run_dir.mkdir(parents=True, exist_ok=True)
    log_path = run_dir / "collector.log"
    command = [sys.executable, "-c", program, str(run_dir), json.dumps(asdict(limits))]
    with log_path.open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        status = _status(process, run_dir, log_path)
        yield RunningCollector(
            process=process, run_dir=run_dir, status=status, log_path=log_path, host="127.0.0.1"
        )
    finally:
        process.terminate()
        code = process.wait(START_S)
    assert code == 0, log_path.read_text()


def _status(process: "subprocess.Popen[bytes]", run_dir: Path, log_path: Path) -> CollectorStatus:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        status = CollectorStatus.read(run_dir)
        if status is not None and status.state is State.RUNNING:
            return status
        assert process.poll() is None, log_path.read_text()
        time.sleep(0.02)
    raise TimeoutError


def peak_mib(pid: int) -> float:
    """The most memory that a process has had so far."""
    return _field(pid, "VmHWM") / 1024


def open_files(pid: int) -> int:
    """How many files and sockets a process has open."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def _field(pid: int, name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition(":")
        if key == name:
            return int(value.split()[0])
    raise AssertionError(f"no {name}")
