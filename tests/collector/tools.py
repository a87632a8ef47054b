"""Clients that these tests' own Python cannot run: installed once, by the committed lock files."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest

HERE = Path(__file__).parent
TOOLS = HERE.parents[1] / ".tools"
TELEMETRYGEN = "github.com/open-telemetry/opentelemetry-collector-contrib/cmd/telemetrygen"
INSTALL_S = 280


def node_exporters() -> Path:
    """A directory whose `node_modules` holds OpenTelemetry's exporters for Node."""
    source = HERE / "node"
    place = TOOLS / "node"
    locks = [source / "package.json", source / "package-lock.json"]
    with _installing(place, locks) as stale:
        if stale:
            place.mkdir(parents=True, exist_ok=True)
            for lock in locks:
                shutil.copy(lock, place)
            command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            _run("npm ci", command, place)
    return place


def telemetrygen() -> Path:
    """The OpenTelemetry Collector project's span generator, built from its Go module."""
    source = HERE / "go"
    program = TOOLS / "bin" / "telemetrygen"
    with _installing(program.parent, [source / "go.mod", source / "go.sum"]) as stale:
        if stale or not program.exists():
            command = ["nice", "go", "build", "-mod=readonly", "-o", str(program), TELEMETRYGEN]
            _run("go build", command, source)
    return program


def jaeger_client() -> Path:
    """A Python with OpenTelemetry's exporters for Jaeger, which need an SDK of their time."""
    lock = HERE / "jaeger_client" / "requirements.lock"
    place = TOOLS / "jaeger_client"
    environment = place / "environment"
    python = environment / "bin" / "python"
    with _installing(place, [lock]) as stale:
        if stale or not python.exists():
            _run("venv", [sys.executable, "-m", "venv", "--clear", str(environment)], place)
            command = [str(python), "-m", "pip", "install", "--quiet", "--require-hashes"]
            _run("pip install", [*command, "--requirement", str(lock)], place)
    return python


@contextmanager
def _installing(place: Path, locks: list[Path]) -> Iterator[bool]:
    """Whether `place` is not what the locks say; one test process at a time may find out."""
    digest = hashlib.sha256(b"\0".join(lock.read_bytes() for lock in locks)).hexdigest()
    place.mkdir(parents=True, exist_ok=True)
    stamp = place / ".installed"
    with (place / ".lock").open("w") as lock_file:
        fcntl.flock(lock_file, fcntl.LOCK_EX)
        yield not (stamp.exists() and stamp.read_text() == digest)
        stamp.write_text(digest)


def _run(what: str, command: list[str], place: Path) -> None:
    try:
        done = subprocess.run(command, cwd=place, capture_output=True, text=True, timeout=INSTALL_S)
    except subprocess.TimeoutExpired:
        _unavailable(f"{what} took over {INSTALL_S} s")
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines()
        _unavailable(f"{what} failed: {lines[-1] if lines else done.returncode}")


def _unavailable(reason: str) -> NoReturn:
    """A machine without a package registry cannot run the test; where all must run, it fails."""
    if os.environ.get("SLOWHOP_REQUIRE_ALL"):
        pytest.fail(reason)
    pytest.skip(reason)
