"""The slowhop command: in this process where that will do, else as a process of its own."""

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import pytest

from analyzer.cli.main import main

SLOWHOP = (sys.executable, "-m", "analyzer.cli")

ROOT = Path(__file__).resolve().parents[2]

TUTORIAL = ROOT / "samples" / "tutorial"
"""The run directory of a short run on the tutorial's services."""

TIMEOUT_S = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def complaint(self) -> tuple[str, str]:
        """The error and the hint, and that there is nothing else on the error stream."""
        error, hint = self.err.splitlines()
        assert error.startswith("error: ")
        assert hint.startswith("hint: ")
        return error.removeprefix("error: "), hint.removeprefix("hint: ")


def environment(changes: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without settings of slowhop's, in a terminal of 80 columns."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SLOWHOP_", "OTEL_"))}
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return kept | {"PYTHONPATH": path, "COLUMNS": "80"} | dict(changes or {})


def slowhop(
    *arguments: str | Path,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Ended:
    """Run the command to its end, in this process: what it imports is there already."""
    out, err = _stream(), _stream()
    with (
        mock.patch.dict(os.environ, environment(env), clear=True),
        mock.patch.object(sys, "argv", ["slowhop", *map(str, arguments)]),
        mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")),
        contextlib.chdir(cwd or Path.cwd()),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    assert isinstance(ended.value.code, int)
    return Ended(code=ended.value.code, out=_text(out), err=_text(err))


def _stream() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="")


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    content = stream.buffer
    assert isinstance(content, io.BytesIO)
    return content.getvalue().decode("utf-8")


def as_process(
    *arguments: str | Path, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Ended:
    """Run the command to its end as a process of its own, as a person does."""
    done = subprocess.run(
        [*SLOWHOP, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=environment(env),
        cwd=cwd,
        timeout=TIMEOUT_S,
    )
    return Ended(code=done.returncode, out=done.stdout.decode(), err=done.stderr.decode())


def start(
    arguments: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str] | None = None
) -> "subprocess.Popen[str]":
    """Start the command, to be signalled and waited for."""
    return subprocess.Popen(
        [*SLOWHOP, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(env),
        cwd=cwd,
    )
