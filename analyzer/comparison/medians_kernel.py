"""Compiled: medians of many groups, once for every resampling of the requests."""

import numpy as np

from analyzer.compiled import compiled
from analyzer.model.spans import Float64Array, Int32Array, Int64Array


@compiled
def weighted_medians(
    offset: Int64Array,
    value: Int64Array,
    block: Int32Array,
    times: Int64Array,
    weight: Int32Array,
    median: Float64Array,
    total: Int64Array,
) -> None:
    """Fill `median` and `total`; see `analyzer.comparison.medians` for the rule in plain Python.

    Args:
        offset: int64[g + 1], where each group's values begin.
        value: int64[q], ascending within a group.
        block: int32[q], the block that each value belongs to.
        times: int64[q], how often each value counts.
        weight: int32[b, blocks], how often each resampling takes each block.
        median: float64[b, g], 0 where a resampling takes none of a group.
        total: int64[b, g], how many values of the group it takes.
    """
    groups = offset.size - 1
    held = np.zeros((groups, weight.shape[1]), np.int64)
    for g in range(groups):
        for at in range(offset[g], offset[g + 1]):
            held[g, block[at]] += times[at]
    for b in range(weight.shape[0]):
        for g in range(groups):
            n = np.int64(0)
            for k in range(weight.shape[1]):
                n += weight[b, k] * held[g, k]
            total[b, g] = n
            if n == 0:
                median[b, g] = 0.0
                continue
            before, after = (n - 1) // 2, n // 2  # the two in the middle, the same one if n is odd
            at = offset[g]
            seen = weight[b, block[at]] * times[at]
            while seen <= before:
                at += 1
                seen += weight[b, block[at]] * times[at]
            lower = value[at]
            while seen <= after:
                at += 1
                seen += weight[b, block[at]] * times[at]
            median[b, g] = (lower + value[at]) / 2.0
