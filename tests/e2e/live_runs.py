"""Runs of the command on real services, and what they leave."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from analyzer.report.model import HopRow, Report, ServiceRow
from services.shop.faults import Answer
from tests.cli.command import Ended, as_process, start

if TYPE_CHECKING:
    import subprocess

DEADLINE_S = 180.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRun:
    """A run that has ended: how, and where its directory is."""

    ended: Ended
    directory: Path

    @property
    def report(self) -> Report:
        """The report it printed as JSON."""
        return Report.from_json(self.ended.out)


def demo(
    fault: str, runs_dir: Path, *, run_time: str, users: int = 10, strength: float = 1.0
) -> LiveRun:
    """Put load on the shop while a fault is on."""
    ended = as_process(
        "demo", "--fault", fault, "--strength", str(strength), "--run-time", run_time,
        "--users", str(users), "--format", "json", "--runs-dir", runs_dir,
    )  # fmt: skip
    assert ended.code == 0, ended.err
    return LiveRun(ended=ended, directory=only_run(runs_dir))


def only_run(runs_dir: Path) -> Path:
    """The one run directory there."""
    (directory,) = runs_dir.iterdir()
    return directory


def ranked(report: Report) -> list[ServiceRow | HopRow]:
    """Services and hops together, the largest share first."""
    rows: list[ServiceRow | HopRow] = [*report.services, *report.hops]
    return sorted(rows, key=lambda row: -row.contribution.share)


def names(row: ServiceRow | HopRow) -> Answer:
    """What a row says is slow, as the shop's faults say it."""
    if isinstance(row, HopRow):
        return Answer(kind="hop", caller=row.caller, callee=row.callee)
    return Answer(kind="service", service=row.service, inferred=row.inferred)


def share_of(report: Report, service: str) -> float:
    """The share of one service."""
    (share,) = [row.contribution.share for row in report.services if row.service == service]
    return share


@dataclass(slots=True)
class UnderWay:
    """A command that runs: what is seen of it from outside."""

    process: "subprocess.Popen[str]"
    runs_dir: Path

    @classmethod
    def start(cls, *arguments: str | Path, runs_dir: Path) -> "UnderWay":
        """Start it; its run directory comes below `runs_dir`."""
        return cls(start([*arguments, "--runs-dir", runs_dir], cwd=runs_dir.parent), runs_dir)

    def collector(self) -> dict[str, Any]:
        """What `collector.json` says, once there is one."""
        file = self.until(lambda: next(self.runs_dir.glob("*/collector.json"), None))
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return found

    def until(self, look: Callable[[], T | None]) -> T:
        """What `look` sees once it sees something."""
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            if (seen := look()) is not None:
                return seen
            assert self.process.poll() is None, self.process.communicate()
            time.sleep(0.05)
        raise TimeoutError

    def until_running(self) -> None:
        """Wait until it says that it runs: before that, an interrupt is the end of it."""
        assert self.process.stderr is not None
        while line := self.process.stderr.readline():
            if "  running  " in line:
                return
        raise AssertionError(self.process.communicate())

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait for what the run leaves, though it has ended itself."""
        deadline = time.monotonic() + DEADLINE_S
        while not condition():
            assert time.monotonic() < deadline, "waited too long"
            time.sleep(0.05)

    def end(self) -> Ended:
        """Wait for its end."""
        out, err = self.process.communicate(timeout=DEADLINE_S)
        return Ended(code=self.process.returncode, out=out, err=err)
