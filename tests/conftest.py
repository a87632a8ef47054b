"""What all tests share: the machine's programs, certificates, and servers that others wrote."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.pki import Pki

if TYPE_CHECKING:
    from tests.real.jaeger import Jaeger
    from tests.real.otelcol import StartOtelcol

PROGRAMS = {
    "go": ("go",),
    "node": ("node", "npm"),
    "java": ("java", "mvn"),
    "chromium": ("chromium",),
    "postgres": ("initdb", "postgres"),
}
"""What a test may need, and the programs that stand for it."""

WAITING = ("e2e", "loadgen", "services", "collector")
"""Where tests start processes and wait for them; begun last, they would leave cores idle."""


settings.register_profile(
    # however slow the machine is, and whatever else it does
    "slowhop",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("slowhop")


def pytest_configure() -> None:
    """Hear Ctrl-C, and let processes of tests hear it: a shell's background jobs ignore it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """Certificates, made once."""
    return Pki.make(tmp_path_factory.mktemp("pki"))


def pytest_xdist_auto_num_workers() -> int:
    """Two for each core: tests that start processes wait more than they compute."""
    return 2 * (os.cpu_count() or 1)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes longest first, and skip what needs a program that is missing here.

    With SLOWHOP_REQUIRE_ALL set, let it fail instead.
    """
    items.sort(key=lambda item: directory_of(item) not in WAITING)
    strangers = [i.nodeid for i in items if i.get_closest_marker("live") and not is_e2e(i)]
    if strangers:
        raise pytest.UsageError(f"`make test` looks for live tests in tests/e2e: {strangers}")
    if not os.environ.get("SLOWHOP_REQUIRE_ALL"):
        skip_what_cannot_run(items)


def directory_of(item: pytest.Item) -> str:
    """Which of the directories of tests a test is in."""
    return item.path.parent.name


def is_e2e(item: pytest.Item) -> bool:
    """Whether a test is of the command as a whole."""
    return directory_of(item) == "e2e"


def skip_what_cannot_run(items: list[pytest.Item]) -> None:
    """Skip tests whose program this machine does not have."""
    for item in items:
        for marker in item.iter_markers("needs"):
            for need in marker.args:
                missing = [program for program in PROGRAMS[need] if shutil.which(program) is None]
                if missing:
                    reason = f"needs {' and '.join(missing)}, which this machine does not have"
                    item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture
def jaeger(tmp_path: Path) -> Iterator["Jaeger"]:
    """A Jaeger of the test's own. The test needs `go`."""
    from tests.real.jaeger import running_jaeger

    with running_jaeger(tmp_path) as running:
        yield running


@pytest.fixture
def otelcol(tmp_path: Path) -> Iterator["StartOtelcol"]:
    """Starts OpenTelemetry Collectors. The test needs `go`."""
    from tests.real.otelcol import otelcols

    with otelcols(tmp_path) as start:
        yield start
