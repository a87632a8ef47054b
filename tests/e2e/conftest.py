"""Runs that several tests look at, made once."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.e2e.live_runs import LiveRun, demo

if TYPE_CHECKING:
    from pathlib import Path

FaultRun = Callable[[str], LiveRun]

RUN_TIME = "8s"


@pytest.fixture(scope="session")
def fault_run(tmp_path_factory: pytest.TempPathFactory) -> FaultRun:
    """A run on the shop with a fault, by the fault's name."""

    @cache
    def run(fault: str) -> LiveRun:
        directory: Path = tmp_path_factory.mktemp(fault)
        return demo(fault, directory, run_time=RUN_TIME)

    return run
