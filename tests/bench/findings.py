"""What findings cost beside the critical path itself, in CPU time of all threads, in one run."""

import statistics
import time
from collections.abc import Callable

from analyzer.model.run import Capture
from analyzer.pipeline.analyze import RunName, report_of
from analyzer.pipeline.contributions import learn_and_attribute, prepare
from analyzer.pipeline.findings import findings_of
from analyzer.pipeline.load_generators import LOAD_GENERATORS
from analyzer.ranking.owners import find_owners
from analyzer.repair.steps import RepairOptions
from tests.bench.spans import microservice_spans

REQUESTS = 20_000

ROUNDS = 3


def run() -> list[str]:
    """The cost of the path and of all checks on the same spans."""
    _measure(400, rounds=1)  # compiles
    spans, path_s, findings_s = _measure(REQUESTS, rounds=ROUNDS)
    return [
        f"findings: CPU time, {spans:,} spans, median of {ROUNDS}",
        f"  {'repair, path and attribution':<44}{path_s:8.2f} s",
        f"  {'all checks':<44}{findings_s:8.2f} s  {findings_s / path_s:5.1f} times",
    ]


def _measure(requests: int, *, rounds: int) -> tuple[int, float, float]:
    spans = microservice_spans(requests)
    prepared = prepare(spans, RepairOptions())
    found, learned = learn_and_attribute(prepared)
    owners = find_owners(found.entities, found.cells)
    capture = Capture(spans=spans, inputs=())
    report = report_of(capture, found, paths=(), name=RunName(id="bench", command="bench"))
    return (
        len(spans),
        _median_s(lambda: learn_and_attribute(prepared), rounds),
        _median_s(
            lambda: findings_of(prepared, learned, found, owners, report, LOAD_GENERATORS), rounds
        ),
    )


def _median_s(work: Callable[[], object], rounds: int) -> float:
    costs = []
    for _ in range(rounds):
        before = time.process_time()
        work()
        costs.append(time.process_time() - before)
    return statistics.median(costs)
