"""What comparing two runs costs beside analysing them, and what compiled medians bring."""

import time
from collections.abc import Callable

import numpy as np

from analyzer.comparison.by_calls import compare_calls
from analyzer.comparison.medians import Groups, median_of, medians
from analyzer.comparison.pair import Pair
from analyzer.pipeline.compare import measure
from analyzer.pipeline.contributions import contributions
from analyzer.repair.steps import RepairOptions
from tests.bench.spans import microservice_spans

REQUESTS = 10_000
GROUPS, CALLS, BLOCKS, RESAMPLINGS = 20, 20_000, 40, 400
PLAIN_RESAMPLINGS = 4
"""Resamplings for plain Python; its cost is linear in them."""


def run() -> list[str]:
    """Lines with times in seconds of processor time, and ratios."""
    spans, options = microservice_spans(REQUESTS), RepairOptions()
    small = microservice_spans(100)
    compare_calls(Pair.from_runs(measure(small, options), measure(small, options)))  # compiles
    contributions(small)
    analysing = _seconds(lambda: contributions(spans, threads=1))
    measuring = _seconds(lambda: measure(spans, options, threads=1))
    one = measure(spans, options, threads=1)
    comparing = _seconds(lambda: compare_calls(Pair.from_runs(one, one)))
    kernel, plain = _medians()
    return [
        f"compare: two runs of {len(spans):,} spans each",
        f"  contributions of one run        {analysing:7.2f} s",
        f"  with the calls behind them      {measuring:7.2f} s",
        f"  comparing both                  {comparing:7.2f} s"
        f"  {comparing / (2 * measuring):5.2f} x measuring both",
        f"  {RESAMPLINGS} x {GROUPS} medians, plain Python {plain:7.2f} s",
        f"  {RESAMPLINGS} x {GROUPS} medians, kernel       {kernel:7.3f} s"
        f"  {plain / kernel:4.0f} x plain",
    ]


def _medians() -> tuple[float, float]:
    """Seconds of the kernel and of plain Python, for as many resamplings."""
    random = np.random.default_rng(1)
    group = random.integers(0, GROUPS, CALLS)
    value = random.integers(0, 10**8, CALLS)
    block = random.integers(0, BLOCKS, CALLS).astype(np.int32)
    weight = random.multinomial(BLOCKS, np.full(BLOCKS, 1 / BLOCKS), RESAMPLINGS).astype(np.int32)
    groups = Groups.of(group, value, block, GROUPS)

    def plainly() -> None:
        for of_block in weight[:PLAIN_RESAMPLINGS].tolist():
            for g in range(GROUPS):
                mine = group == g
                median_of(value[mine].tolist(), [of_block[b] for b in block[mine].tolist()])

    plain = _seconds(plainly) * RESAMPLINGS / PLAIN_RESAMPLINGS
    return _seconds(lambda: medians(groups, weight)), plain


def _seconds(action: Callable[[], object]) -> float:
    begin = time.process_time()
    action()
    return time.process_time() - begin
