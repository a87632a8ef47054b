"""Runs that several tests look at, made once; and which tests may run beside which."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.e2e.live_runs import LiveRun, demo

if TYPE_CHECKING:
    from pathlib import Path

    from xdist.remote import Producer

FaultRun = Callable[[str], LiveRun]

RUN_TIME = "8s"

LONG_RUNS = ("test_load_tests.py", "test_tutorial.py")
"""They take as long as all others, which look at the same runs."""


class TwoHalves(LoadScopeScheduling):  # type: ignore[misc]  # xdist is untyped
    """Gives live tests to two processes, so that each run is made once."""

    def _split_scope(self, nodeid: str) -> str:
        file, _, _ = nodeid.partition("::")
        return "long runs" if file.endswith(LONG_RUNS) else "shared runs"


def pytest_xdist_make_scheduler(config: pytest.Config, log: "Producer") -> TwoHalves | None:
    """Divide live tests in two; all others as the command line says."""
    return TwoHalves(config, log) if config.getoption("markexpr") == "live" else None


@pytest.fixture(scope="session")
def fault_run(tmp_path_factory: pytest.TempPathFactory) -> FaultRun:
    """A run on the shop with a fault, by the fault's name."""

    @cache
    def run(fault: str) -> LiveRun:
        directory: Path = tmp_path_factory.mktemp(fault)
        return demo(fault, directory, run_time=RUN_TIME)

    return run
