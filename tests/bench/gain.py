"""What gains cost beside the critical path itself, in CPU time of one thread, in one run."""

import statistics
import sys
import time
from collections.abc import Callable

from analyzer.pipeline.contributions import learn_and_attribute, learn_order, prepare
from analyzer.pipeline.gains import savings_of
from analyzer.ranking.gains import with_gains
from analyzer.ranking.owners import find_owners
from analyzer.ranking.rank import rank, tail_mask
from analyzer.repair.steps import RepairOptions
from tests.bench.spans import microservice_spans

REQUESTS = 20_000
ENTITIES = 30
BUDGET = 10.0
"""At most so many times what repair, walk and attribution cost."""

ROUNDS = 3


def run() -> list[str]:
    """The cost of the path, of gains for `ENTITIES` entities, and for all there are."""
    _measure(400, rounds=1)  # compiles
    spans, costs = _measure(REQUESTS, rounds=ROUNDS)
    path_s = costs.pop("repair, path and attribution")
    lines = [
        f"gain: CPU time of one thread, {spans:,} spans, median of {ROUNDS}",
        f"  {'repair, path and attribution':<44}{path_s:8.2f} s",
    ]
    for name, cost_s in costs.items():
        budget = f"  (budget: {BUDGET:g})" if str(ENTITIES) in name else ""
        lines.append(f"  {name:<44}{cost_s:8.2f} s  {cost_s / path_s:5.1f} times{budget}")
    return lines


def _measure(requests: int, *, rounds: int) -> tuple[int, dict[str, float]]:
    spans = microservice_spans(requests)
    prepared = prepare(spans, RepairOptions())
    found, learned = learn_and_attribute(prepared, threads=1)
    owners = find_owners(found.entities, found.cells)
    ranking = rank(found, owners, tail_mask(found))

    def gains(most: int) -> None:
        saved = savings_of(prepared, learned, found, owners, most=most, threads=1)
        with_gains(ranking, owners, saved, found.requests.duration_ns)

    every = len(owners.services) + len(owners.hops) + len(owners.operations)
    return len(spans), {
        "repair, path and attribution": _median_s(
            lambda: learn_and_attribute(prepared, threads=1), rounds
        ),
        "of which learning order": _median_s(lambda: learn_order(prepared, threads=1), rounds),
        f"gains of {ENTITIES} entities": _median_s(lambda: gains(ENTITIES // 2), rounds),
        f"gains of all {every} entities": _median_s(lambda: gains(every), rounds),
    }


def _median_s(work: Callable[[], object], rounds: int) -> float:
    costs = []
    for _ in range(rounds):
        before = time.process_time()
        work()
        costs.append(time.process_time() - before)
    return statistics.median(costs)


if __name__ == "__main__":
    sys.stdout.write("\n".join(run()) + "\n")
