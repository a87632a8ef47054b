"""The replay in plain Python: every event happens when the last thing it waits for has happened.

Children first; at one instant ends come before starts; children that took no time, or that nobody
waited for, take no part:

    last = S.start;  m = 0
    for each start or end of a child c, in time order, at time t:
        start:  m = m + (t - last) * f(S);   began(c) = m
        end:    m = max(m, began(c) + replayed(c))
        last = t
    replayed(S) = m + (S.end - last) * f(S)

It shares repair with the compiled replay, and nothing else.
"""

from collections.abc import Sequence

import numpy as np

from analyzer.attribution.contributions import Entity
from analyzer.model.spans import Float64Array, Int64Array, Spans
from tests.simulator.change import Change, factors_of
from tests.simulator.repaired import RepairedRequest, RepairedSpan, repaired_requests

END, START = 0, 1
"""In the order of events at one instant."""


def predict_by_replay(spans: Spans, changes: Sequence[Change]) -> Int64Array:
    """New durations in ns, int64[changes, traces], traces by trace id."""
    requests = repaired_requests(spans)
    factors = factors_of((span.entity for r in requests for span in r.spans), changes)
    return np.stack([np.rint(replay(r, factors)).astype(np.int64) for r in requests], axis=1)


def replay(request: RepairedRequest, factors: dict[Entity, Float64Array]) -> Float64Array:
    """How long the request would take, in ns: float64[changes].

    Args:
        request: a repaired request.
        factors: by what each entity's own time is multiplied, float64[changes].
    """
    spans = request.spans
    replayed: dict[int, Float64Array] = {}
    for at in range(len(spans) - 1, -1, -1):
        span = spans[at]
        factor = factors[span.entity]
        last, m = span.low_ns, np.zeros_like(factor)
        began: dict[int, Float64Array] = {}
        for t, what, child in _events(spans, span):
            if what == START:
                m = m + (t - last) * factor
                began[child] = m
            else:
                m = np.maximum(m, began[child] + replayed[child])
            last = t
        replayed[at] = m + (span.high_ns - last) * factor
    return replayed[0]


def _events(spans: Sequence[RepairedSpan], parent: RepairedSpan) -> list[tuple[int, int, int]]:
    """Starts and ends of children that were waited for: (time, END or START, child), in order."""
    events = []
    for child in parent.children:
        span = spans[child]
        if span.waited and span.low_ns < span.high_ns:
            events += [(span.low_ns, START, child), (span.high_ns, END, child)]
    return sorted(events)
