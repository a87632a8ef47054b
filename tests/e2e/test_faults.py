"""A live run on the shop names what is wrong with it first."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from services.launcher import faults
from tests.e2e.live_runs import LiveRun, demo, names, ranked

pytestmark = pytest.mark.live

LEFT_TO_A_LONGER_RUN = frozenset(
    ("slow_checkout", "cpu_burn", "small_pool", "retry_storm", "few_workers", "leak")
)
"""Left out of the usual test run, to keep it short; SLOWHOP_ALL_FAULTS=1 takes them in."""

SLOWING = [
    name
    for name, fault in faults().items()
    if fault.slows_requests
    and (name not in LEFT_TO_A_LONGER_RUN or os.environ.get("SLOWHOP_ALL_FAULTS"))
]

LONG = {"slow_checkout": "30s", "leak": "30s"}
"""One request in twenty is a checkout: fewer requests show it less surely.
A leak takes its time."""


@pytest.mark.parametrize("name", SLOWING)
def test_the_fault_is_named_first(
    name: str, fault_run: Callable[[str], LiveRun], tmp_path: Path
) -> None:
    run = demo(name, tmp_path, run_time=LONG[name]) if name in LONG else fault_run(name)
    first = ranked(run.report)[0]
    assert names(first) == faults()[name].answer


def test_at_least_five_faults_are_tried() -> None:
    assert len(SLOWING) >= 5
