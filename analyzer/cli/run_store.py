"""Run directories: made here, described in `run.json`, closed with `report.json`."""

import json
import platform
import re
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from analyzer import __version__
from analyzer.errors import InputError

SCHEMA = "slowhop.run/1"


@dataclass(slots=True, kw_only=True)
class RunStore:
    """A run directory that is being written.

    Attributes:
        path: the directory.
        id: its name.
        record: what `run.json` says so far.
    """

    path: Path
    id: str
    record: dict[str, Any]

    def write_run(self, **changes: object) -> None:
        """Renew `run.json`; it is never seen half written."""
        self.record |= changes
        replace_file(self.path / "run.json", json.dumps(self.record, indent=2) + "\n")

    def end(self) -> None:
        """Note the end of the run."""
        self.write_run(ended_at_ns=time.time_ns())


def new_run(runs_dir: Path, *, name: str, command: str) -> RunStore:
    """Make a directory for a run, named by the time and `name`.

    Raises:
        InputError: it cannot be made.
    """
    started = time.time_ns()
    stamp = datetime.fromtimestamp(started / 1e9, tz=UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    wanted = f"{stamp}-{re.sub(r'[^A-Za-z0-9._-]+', '-', name).strip('-.') or 'run'}"
    for attempt in range(1, 100):
        run_id = wanted if attempt == 1 else f"{wanted}-{attempt}"
        try:
            (runs_dir / run_id).mkdir(parents=True)
        except FileExistsError:
            if runs_dir.exists() and not runs_dir.is_dir():
                break
            continue
        except OSError as error:
            raise InputError(
                f"cannot make a run directory in {runs_dir}: {error.strerror}",
                hint="name another place with --runs-dir",
            ) from error
        store = RunStore(
            path=runs_dir / run_id,
            id=run_id,
            record={
                "schema": SCHEMA,
                "id": run_id,
                "name": name,
                "command": command,
                "started_at_ns": started,
                "ended_at_ns": None,
                "load": None,
                "versions": {"slowhop": __version__, "python": platform.python_version()},
            },
        )
        store.write_run()
        return store
    raise InputError(
        f"cannot make a run directory in {runs_dir}", hint="name another place with --runs-dir"
    )


def replace_file(path: Path, text: str) -> None:
    """Write a file whole and rename it into place.

    Raises:
        InputError: it cannot be written.
    """
    scratch = path.with_name(f".{path.name}.tmp")
    try:
        scratch.write_text(text, encoding="utf-8")
        scratch.replace(path)
    except OSError as error:
        with suppress(OSError):
            scratch.unlink()
        raise InputError(
            f"cannot write {path}: {error.strerror}",
            hint="check the directory and the disk's space",
        ) from error
