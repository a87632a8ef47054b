"""What simpler tools would say a change brings: a share of the path, a share of the self time."""

from collections.abc import Sequence

import numpy as np

from analyzer.model.spans import Int64Array, Spans
from analyzer.pipeline.contributions import contributions
from tests.simulator.change import Change, factors_of
from tests.simulator.repaired import RepairedRequest, repaired_requests
from tests.simulator.truth import recorded_durations


def predict_by_path_share(spans: Spans, changes: Sequence[Change]) -> Int64Array:
    """As if a cut of an entity gave back that share of its time on the critical path."""
    found = contributions(spans, threads=1)
    request = found.cells.request
    predicted = []
    for change in changes:
        cut = np.array([1 - change.factor_of(entity) for entity in found.entities])
        saved = found.cells.own_ns * cut[found.cells.entity]
        drop = np.bincount(request, weights=saved, minlength=len(found.requests))
        predicted.append(found.requests.duration_ns - np.rint(drop).astype(np.int64))
    return np.stack(predicted)  # contributions come by trace id


def predict_by_self_time(spans: Spans, changes: Sequence[Change]) -> Int64Array:
    """As if a cut of an entity gave back that share of its spans' self time, wherever they ran."""
    duration_ns = recorded_durations(spans)
    drop = np.zeros((len(changes), duration_ns.size))
    requests = repaired_requests(spans)
    factors = factors_of((span.entity for r in requests for span in r.spans), changes)
    for number, request in enumerate(requests):
        for at, span in enumerate(request.spans):
            drop[:, number] += _self_time(request, at) * (1 - factors[span.entity])
    return duration_ns - np.rint(drop).astype(np.int64)


def _self_time(request: RepairedRequest, at: int) -> int:
    """How much of a span no child of it covers, in ns."""
    span = request.spans[at]
    covered, until = 0, span.low_ns
    for low, high in sorted(
        (request.spans[child].low_ns, request.spans[child].high_ns) for child in span.children
    ):
        low, high = max(low, until), min(high, span.high_ns)  # noqa: PLW2901  the part not seen yet
        covered += max(0, high - low)
        until = max(until, high)
    return span.high_ns - span.low_ns - covered
