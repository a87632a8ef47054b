"""Spans of which services recorded only some, and said how many these stand for."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from analyzer.model.spans import BoolArray, Int64Array, Sampled, Spans

SPREAD = np.uint64(0x9E3779B97F4A7C15)
"""Ids times this differ in their first bits."""


def stand_for(spans: Spans, weight_of: Callable[[int], float]) -> Spans:
    """The same spans, saying for how many they stand; 0 for nothing said, by the trace's id."""
    weight = np.array([weight_of(int(number)) for number in spans.trace_lo])
    row = np.flatnonzero(weight)
    return replace(spans, sampled=Sampled(row=row, weight=weight[row]))


def sampled(spans: Spans, weight: int, *, of: Callable[[Int64Array], BoolArray]) -> Spans:
    """One in `weight` traces of those chosen by the durations of their roots, and all others.

    Whether a trace is kept depends on its id alone, as in consistent probability sampling.
    """
    roots = np.flatnonzero(spans.parent_id == 0)
    chosen = of(spans.end_ns[roots] - spans.start_ns[roots])
    thinned = set(spans.trace_lo[roots[chosen]].tolist())
    drawn = (spans.trace_lo[roots] * SPREAD) >> np.uint64(40) < 2**24 // weight
    left_out = thinned - set(spans.trace_lo[roots[drawn]].tolist())
    kept = spans.take(np.array([number not in left_out for number in spans.trace_lo.tolist()]))
    return stand_for(kept, lambda number: weight if number in thinned else 1.0)


def every(durations_ns: Int64Array) -> BoolArray:
    """All traces."""
    return np.ones(durations_ns.size, np.bool_)
