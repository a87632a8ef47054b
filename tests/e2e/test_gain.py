"""What slowhop says a fix brings, and what it really brings: the fix is made and run."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from analyzer.model.spans import Kind
from analyzer.readers.read import read
from analyzer.report.whatif import WhatIf
from services.shop.faults import knobs
from tests.cli.command import slowhop
from tests.e2e.live_runs import LiveRun, demo

pytestmark = pytest.mark.live

FAULT, SLOW = "slow_service", "pricing"

STRENGTH = 3.0
"""As strong as makes the difference large beside what else a shared machine does."""

RUN_TIME = "15s"
USERS = 4
"""So few that nobody queues: a replay does not know that queues get shorter."""

TOLERANCE = 0.15

PAIRS = 3
"""A machine may be busy with something else in one of the runs; then more of them are averaged."""


def run(directory: Path, strength: float) -> LiveRun:
    return demo(FAULT, directory, run_time=RUN_TIME, users=USERS, strength=strength)


def mean_call_ms(run_dir: Path) -> float:
    """How long a call of the slow service takes; it calls nobody, so that is all its own time."""
    spans = read([str(run_dir)]).spans
    served = (spans.kind == Kind.SERVER) & np.array(
        [spans.names[code] == SLOW for code in spans.service.tolist()]
    )
    return float((spans.end_ns - spans.start_ns)[served].mean()) / 1e6


def means(answer: WhatIf) -> dict[str, tuple[float, int]]:
    """Mean response time and requests, by endpoint."""
    return {e.endpoint: (e.before.mean_ms, e.requests) for e in answer.endpoints}


def drop_ms(base: Mapping[str, tuple[float, int]], after: Mapping[str, float]) -> float:
    """The drop of the mean for the mix of requests of the base."""
    shared = [endpoint for endpoint in base if endpoint in after]
    requests = sum(base[endpoint][1] for endpoint in shared)
    lost = sum((base[e][0] - after[e]) * base[e][1] for e in shared)
    return lost / requests


def test_halving_a_fault_brings_what_was_predicted(tmp_path: Path) -> None:
    saved_ms = (
        knobs(FAULT, strength=STRENGTH).pricing_ms - knobs(FAULT, strength=STRENGTH / 2).pricing_ms
    )
    predicted, real = [], []
    for pair in range(PAIRS):
        base = run(tmp_path / f"{pair}-full", STRENGTH)
        less = saved_ms / mean_call_ms(base.directory)  # of the service's time, not all is fault
        wanted = f"{SLOW}={100 * less:.3f}%"
        answer = WhatIf.from_json(
            slowhop("whatif", base.directory, "--faster", wanted, "--format", "json").out
        )
        half = run(tmp_path / f"{pair}-half", STRENGTH / 2)
        really = {e.endpoint: e.latency.mean_ms for e in half.report.endpoints}
        after = {e.endpoint: e.after.mean_ms for e in answer.endpoints if e.endpoint in really}
        predicted.append(drop_ms(means(answer), after))
        real.append(drop_ms(means(answer), really))
        if abs(np.mean(predicted) - np.mean(real)) <= TOLERANCE * np.mean(real):
            break
    assert np.mean(predicted) == pytest.approx(np.mean(real), rel=TOLERANCE), (predicted, real)
