"""Compiled: sums by number, and the few rows of each number that weigh most."""

import numpy as np

from analyzer.compiled import compiled
from analyzer.model.spans import Int32Array, Int64Array, UInt64Array


@compiled
def add_up(number: Int32Array, count: int, values: Int64Array) -> Int64Array:
    """int64[count, c]: the sums of `values`, int64[n, c], by number."""
    sums = np.zeros((count, values.shape[1]), np.int64)
    for row in range(number.size):
        for column in range(values.shape[1]):
            sums[number[row], column] += values[row, column]
    return sums


@compiled
def keep_heaviest(
    number: Int32Array,
    weight: Int64Array,
    trace_hi: UInt64Array,
    trace_lo: UInt64Array,
    best: Int64Array,
    best_hi: UInt64Array,
    best_lo: UInt64Array,
) -> None:
    """Keep for each number the traces of its heaviest rows, each trace once, heaviest first.

    Of equal weight the smaller trace id comes first, so that no order of rows matters. `best`,
    int64[count, kept], begins with -1; rows that weigh less than 0 are left out.
    """
    kept = best.shape[1]
    for row in range(number.size):
        n, w, hi, lo = number[row], weight[row], trace_hi[row], trace_lo[row]
        if w < 0:
            continue
        place = 0
        while place < kept and (
            best[n, place] > w
            or (
                best[n, place] == w
                and (best_hi[n, place] < hi or (best_hi[n, place] == hi and best_lo[n, place] < lo))
            )
        ):
            place += 1
        known = kept - 1  # where the trace was, else the last place, which falls out
        for at in range(kept):
            if best[n, at] >= 0 and best_hi[n, at] == hi and best_lo[n, at] == lo:
                known = at
        if place > known or place == kept:
            continue  # it is there with more weight, or others weigh more
        for at in range(known, place, -1):
            best[n, at] = best[n, at - 1]
            best_hi[n, at] = best_hi[n, at - 1]
            best_lo[n, at] = best_lo[n, at - 1]
        best[n, place], best_hi[n, place], best_lo[n, place] = w, hi, lo
