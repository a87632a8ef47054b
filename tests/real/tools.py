"""Programs that others wrote: installed once into `.tools`, from the committed lock files.

A test installs what takes a minute. `python -m tests.real.tools` installs everything, however long
it takes; the OpenTelemetry Collector and Jaeger are built only by that.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

import pytest

PROGRAMS: Final = Path(__file__).parent / "programs"
TOOLS: Final = Path(__file__).parents[2] / ".tools"

INSTALL_S: Final = 280
"""Less than a test may take in all."""

GO_BUILD: Final = (
    "go",
    "build",
    "-mod=readonly",
    "-buildvcs=false",
    "-ldflags=-s -w",
    "-o",
    "bin/",
)
"""One way of building, so that what several programs need is compiled once."""

WITHOUT_C: Final = {"CGO_ENABLED": "0"}
"""Go's own resolver will do, and a machine with Go may lack a C compiler."""


class NotInstalled(Exception):  # noqa: N818  as the reader of a skipped test is told
    """Why a program could not be installed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """What is installed from the files of `programs/NAME`.

    Attributes:
        name: its directory, there and in `.tools`.
        command: installs it, in a copy of that directory.
        large: takes many minutes and gigabytes the first time, which no test may spend.
    """

    name: str
    command: tuple[str, ...]
    large: bool = False

    def installed(self) -> Path:
        """Its directory in `.tools`; skips the test if it cannot be had here."""
        try:
            with self._place() as (place, ready):
                if not ready and self.large:
                    _unavailable(f"{self.name} is not built here; `make tools` does that once")
                if not ready:
                    self._install(place, INSTALL_S)
        except NotInstalled as reason:
            _unavailable(str(reason))
        return place

    def install(self) -> None:
        """Install it, unless it is there.

        Raises:
            NotInstalled: the command failed.
        """
        with self._place() as (place, ready):
            if not ready:
                self._install(place, None)

    @contextmanager
    def _place(self) -> Iterator[tuple[Path, bool]]:
        """Where it is, and whether it is what the files say; one process at a time may look."""
        place = TOOLS / self.name
        TOOLS.mkdir(exist_ok=True)
        with (TOOLS / f"{self.name}.lock").open("w") as lock_file:
            fcntl.flock(lock_file, fcntl.LOCK_EX)
            stamp = place / ".installed"
            yield place, stamp.exists() and stamp.read_text() == self._digest()

    def _install(self, place: Path, limit_s: float | None) -> None:
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(PROGRAMS / self.name, place)
        what = f"{self.name}: {' '.join(self.command[:2])}"
        environment = os.environ | WITHOUT_C
        try:
            done = subprocess.run(
                ["nice", *self.command],
                cwd=place,
                env=environment,
                capture_output=True,
                text=True,
                timeout=limit_s,
            )
        except subprocess.TimeoutExpired as slow:
            raise NotInstalled(f"{what} took over {limit_s:.0f} s") from slow
        except OSError as missing:
            raise NotInstalled(f"{what}: {missing}") from missing
        if done.returncode != 0:
            raise NotInstalled(f"{what} failed: {_reason(done)}")
        (place / ".installed").write_text(self._digest())

    def _digest(self) -> str:
        source = PROGRAMS / self.name
        digest = hashlib.sha256("\0".join(self.command).encode())
        for path in sorted(path for path in source.rglob("*") if path.is_file()):
            digest.update(b"\0%b\0%b" % (bytes(path.relative_to(source)), path.read_bytes()))
        return digest.hexdigest()


NPM_CI: Final = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")

NODE: Final = Tool(name="node", command=NPM_CI)
BROWSER: Final = Tool(name="browser", command=NPM_CI)
TELEMETRYGEN: Final = Tool(name="telemetrygen", command=(*GO_BUILD, "tool"))
OTELCOL: Final = Tool(name="otelcol", command=(*GO_BUILD, "."), large=True)
JAEGER: Final = Tool(name="jaeger", command=(*GO_BUILD, "tool"), large=True)
JAVA: Final = Tool(
    name="java",
    command=("mvn", "--batch-mode", "--quiet", "--strict-checksums", "process-classes"),
)
ROTEL: Final = Tool(
    name="rotel",
    command=(
        *(sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--quiet"),
        *("--target", ".", "--no-deps", "--only-binary", ":all:"),
        *("--require-hashes", "--requirement", "requirements.txt"),
    ),
)
JAEGER_CLIENTS: Final = Tool(name="jaeger_clients", command=("sh", "install.sh", sys.executable))
ROTEL_IS_MADE_FOR: Final = sys.version_info < (3, 14)
"""There are wheels of Rotel for Python 3.11 to 3.13."""

ALL: Final = (
    NODE,
    BROWSER,
    TELEMETRYGEN,
    JAVA,
    JAEGER_CLIENTS,
    *([ROTEL] if ROTEL_IS_MADE_FOR else []),
    OTELCOL,
    JAEGER,
)


def node_exporters() -> Path:
    """A directory with OpenTelemetry's exporters for Node, and `export.js` that uses them."""
    return NODE.installed()


def browser() -> Path:
    """A directory with what steers Chromium, and `look.js` that opens a page with it."""
    return BROWSER.installed()


def telemetrygen() -> Path:
    """The OpenTelemetry Collector project's span generator, built from its Go module."""
    return TELEMETRYGEN.installed() / "bin" / "telemetrygen"


def otelcol() -> Path:
    """An OpenTelemetry Collector, as its builder puts it together."""
    return OTELCOL.installed() / "bin" / "otelcol"


def jaeger() -> Path:
    """Jaeger, built from its Go module: without the pages of its user interface."""
    return JAEGER.installed() / "bin" / "jaeger"


def java_exporters() -> Path:
    """The class path of `Export`, which sends spans with OpenTelemetry's SDK for Java."""
    return JAVA.installed() / "target"


def jaeger_clients() -> Path:
    """A directory with services that send to Jaeger, and an `environment` with its exporters.

    Their last releases need an SDK of their time.
    """
    return JAEGER_CLIENTS.installed()


def rotel() -> Path:
    """Rotel's collector, the program in its Python package; it is linked to Python's library."""
    program = ROTEL.installed() / "rotel" / "rotel-agent"
    tried = subprocess.run([program, "--help"], env=with_libpython(), capture_output=True)
    if tried.returncode != 0:
        _unavailable(f"rotel does not start: {tried.stderr.decode(errors='replace').strip()}")
    return program


def with_libpython() -> dict[str, str]:
    """This process's environment, in which programs find the library of this Python."""
    places = [sysconfig.get_config_var("LIBDIR"), os.environ.get("LD_LIBRARY_PATH")]
    return os.environ | {"LD_LIBRARY_PATH": os.pathsep.join(filter(None, places))}


def _reason(done: "subprocess.CompletedProcess[str]") -> str:
    """The line that says why: Maven's first complaint, anybody else's last word."""
    lines = f"{done.stdout}\n{done.stderr}".split("\n")
    complaints = [line for line in lines if line.startswith("[ERROR]")]
    said = complaints[:1] or [line for line in lines if line.strip()][-1:]
    return said[0] if said else f"exit code {done.returncode}"


def _unavailable(reason: str) -> NoReturn:
    """A machine without a package registry cannot run the test; where all must run, it fails."""
    if os.environ.get("SLOWHOP_REQUIRE_ALL"):
        pytest.fail(reason)
    pytest.skip(reason)


def main() -> None:
    """Install everything that can be, and say what cannot."""
    missing = []
    for tool in ALL:
        began = time.monotonic()
        try:
            tool.install()
        except NotInstalled as reason:
            missing.append(str(reason))
            continue
        sys.stdout.write(f"{tool.name}: installed ({time.monotonic() - began:.0f} s)\n")
        sys.stdout.flush()
    if missing:
        sys.exit("\n".join(missing))


if __name__ == "__main__":
    main()
