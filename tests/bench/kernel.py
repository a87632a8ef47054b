"""How fast spans in columns become contributions, against networkx and plain Python in one run."""

import time
from collections.abc import Callable

from analyzer.attribution.attribute import attribute
from analyzer.attribution.contributions import Contributions
from analyzer.model.spans import Spans
from analyzer.paths.graph import critical_path_of, event_graph
from analyzer.paths.reference import PathSpan
from analyzer.pipeline.contributions import (
    NOTHING_LEARNED,
    batches,
    contributions,
    prepare,
    repair,
)
from analyzer.repair.steps import RepairOptions
from tests.bench.spans import microservice_spans
from tests.repair.plain import PlainRequest, plainly_mended

REQUESTS = 20_000
SAMPLE = 200
"""Requests for what is slow; its cost is linear, so that they measure it."""

ROUNDS = 7
"""The best round counts: whatever else runs on a shared machine only ever adds to the time."""

BUDGET = 5.0
"""Million spans a second on one core."""


def run() -> list[str]:
    """Lines with the rates, in million spans a second of processor time, and their ratios."""
    spans, sample = microservice_spans(REQUESTS), microservice_spans(SAMPLE)
    contributions(sample, threads=1)  # compiles, or loads what was compiled before
    kernel = _rate(spans, lambda: _each_for_itself(spans), rounds=ROUNDS)
    learned = _rate(spans, lambda: contributions(spans, threads=1), rounds=ROUNDS)
    plain = _rate(sample, lambda: _plainly(sample))
    graph = _rate(sample, lambda: _by_graph(sample))
    by_hand = microservice_spans(REQUESTS, by_hand=True)
    adopting = _rate(by_hand, lambda: contributions(by_hand, threads=1), rounds=ROUNDS)
    return [
        f"kernel: repair, path and attribution of {len(spans):,} spans in columns, 50 a request",
        f"  plain Python, {len(sample):,} of them      {plain:7.3f} M spans/s",
        f"  networkx, {len(sample):,} of them          {graph:7.3f} M spans/s",
        f"  order learned from the run      {learned:7.3f} M spans/s",
        f"  the same, children to adopt     {adopting:7.3f} M spans/s",
        f"  kernel, one core                {kernel:7.3f} M spans/s  {kernel / plain:4.0f} x plain"
        f"  {kernel / graph:4.0f} x networkx  (budget: {BUDGET} M spans/s)",
    ]


def _rate(spans: Spans, action: Callable[[], object], *, rounds: int = 1) -> float:
    """Million spans a second of processor time, in the best of some rounds."""
    return len(spans) / min(_once(action) for _ in range(rounds)) / 1e6


def _once(action: Callable[[], object]) -> float:
    begin = time.process_time()
    action()
    return time.process_time() - begin


def _each_for_itself(spans: Spans) -> None:
    """Repair, path and attribution; networkx and plain Python do not learn from other traces."""
    prepared = prepare(spans, RepairOptions())
    parts = []
    for first, last in batches(prepared.grouping):
        done, _ = repair(prepared, first, last, NOTHING_LEARNED)
        found = attribute(prepared.spans, done.batch, done.tree, done.nested, done.paths)
        parts.append(found)
    Contributions.merge_sorted(parts)


def _plainly(spans: Spans) -> None:
    for trace in plainly_mended(spans):
        for request in trace.requests:
            request.spent()


def _by_graph(spans: Spans) -> None:
    """As plain Python does it, but for the path."""
    for trace in plainly_mended(spans):
        for request in trace.requests:
            critical_path_of(event_graph(_path_spans(request), 0))


def _path_spans(request: PlainRequest) -> list[PathSpan]:
    place = {i: k for k, i in enumerate(request.members)}
    return [
        PathSpan(
            span_id=request.spans[i].span_id,
            parent=place[request.family.parent[i]] if k else -1,
            low_ns=request.intervals[i].low_ns,
            high_ns=request.intervals[i].high_ns,
            waited=request.intervals[i].waited,
        )
        for k, i in enumerate(request.members)
    ]
