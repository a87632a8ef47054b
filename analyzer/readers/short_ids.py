"""Traces of which some spans were written with half of the trace id."""

from dataclasses import replace

import numpy as np

from analyzer.model.spans import Spans


def with_whole_trace_ids(spans: Spans) -> Spans:
    """The same spans; a trace id of 64 bits becomes that of 128 bits with the same low half.

    Old clients of Zipkin and Jaeger pass on only the low half of an id that began with 128 bits, so
    spans of one request come with both. Where several ids have the same low half, nothing is known.
    """
    short = spans.trace_hi == 0
    if not short.any() or short.all():
        return spans
    whole = np.stack((spans.trace_lo[~short], spans.trace_hi[~short]))
    whole = np.unique(whole, axis=1)
    low, high = whole
    alone = np.ones(low.size, np.bool_)
    same = low[1:] == low[:-1]
    alone[1:] &= ~same
    alone[:-1] &= ~same
    low, high = low[alone], high[alone]
    if not low.size:
        return spans
    wanted = spans.trace_lo[short]
    place = np.minimum(np.searchsorted(low, wanted), low.size - 1)
    trace_hi = spans.trace_hi.copy()
    trace_hi[short] = np.where(low[place] == wanted, high[place], np.uint64(0))
    return replace(spans, trace_hi=trace_hi)
