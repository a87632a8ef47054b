"""The command as the tests run it, and what it leaves behind."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cli.command import Ended, slowhop
from tests.collector.otlp import stored
from tests.pull.stored import SINCE, UNTIL


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """A fetch that has ended, and its run directories."""

    ended: Ended
    runs: Path

    @property
    def run_dir(self) -> Path:
        (found,) = self.runs.iterdir()
        return found

    @property
    def run(self) -> dict[str, Any]:
        """What `run.json` says."""
        found: dict[str, Any] = json.loads((self.run_dir / "run.json").read_text())
        return found

    @property
    def report(self) -> dict[str, Any]:
        """The report that was printed, but for where it is from."""
        found: dict[str, Any] = json.loads(self.ended.out)
        del found["run"]
        return found

    def trace_ids(self) -> list[str]:
        """The ids of all traces in the file, sorted."""
        return sorted({span.trace_id.hex() for span in stored(self.run_dir)})


def pull(
    runs: Path, *arguments: str | Path, env: Mapping[str, str] | None = None, times: bool = True
) -> Pulled:
    """Run `slowhop pull` around the sample's times."""
    window = ("--since", SINCE, "--until", UNTIL) if times else ()
    words = ("pull", *arguments, *window, "--runs-dir", runs, "--format", "json")
    return Pulled(ended=slowhop(*words, env=env), runs=runs)


def replayed(*paths: Path) -> dict[str, Any]:
    """The report of a replay, but for where it is from."""
    ended = slowhop("replay", *paths, "--format", "json")
    assert ended.code == 0, ended.err
    found: dict[str, Any] = json.loads(ended.out)
    del found["run"]
    return found
