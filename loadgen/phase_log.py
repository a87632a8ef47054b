"""`phases.jsonl` and `arrivals.json` of a run directory: how a test really went.

A line of `phases.jsonl` says that a phase began; one of a search says, when its level was judged,
what it came to. They are written as they happen, so that a run cut short says what it did.
"""

import json
import os
from pathlib import Path
from typing import Any

from loadgen.arrivals import Tally
from loadgen.capacity_run import Judged

PHASES = "phases.jsonl"
ARRIVALS = "arrivals.json"


def began(*, time_ns: int, name: str, role: str, level: float) -> dict[str, Any]:
    """The line of a phase that begins. `time_ns`: since the epoch."""
    return {"time_ns": time_ns, "event": "began", "name": name, "role": role, "level": level}


def judged(*, time_ns: int, level: Judged) -> dict[str, Any]:
    """The line of a level that was judged and ends."""
    return {
        "time_ns": time_ns,
        "event": "judged",
        "role": level.stage.value,
        "level": level.level,
        "held": level.outcome.held,
        "nearly": level.outcome.nearly,
        "why": list(level.outcome.why),
        "figures": dict(level.figures),
    }


def ended(*, time_ns: int, result: float | None = None, done: bool = True) -> dict[str, Any]:
    """The line of a test that is over; of a search with its result, and whether it came to one."""
    return {"time_ns": time_ns, "event": "ended", "result": result, "done": done}


def append(run_dir: Path, line: dict[str, Any]) -> None:
    """Add a line to `phases.jsonl`."""
    with (run_dir / PHASES).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def write_arrivals(run_dir: Path, tally: Tally) -> None:
    """Write `arrivals.json` whole."""
    unfinished = run_dir / f".{ARRIVALS}.{os.getpid()}"
    unfinished.write_text(json.dumps(tally.record(), indent=1) + "\n", encoding="utf-8")
    unfinished.replace(run_dir / ARRIVALS)
