"""Compiled: how long every call of a batch worked by itself."""

import numpy as np

from analyzer.compiled import compiled
from analyzer.model.spans import BoolArray, Int32Array, Int64Array, UInt64Array
from analyzer.repair.sorting_kernel import sort_siblings


@compiled
def own_times(
    order: Int32Array,
    children: Int32Array,
    child_count: Int32Array,
    parent: Int32Array,
    span_id: UInt64Array,
    low_ns: Int64Array,
    high_ns: Int64Array,
    waited: BoolArray,
    own_ns: Int64Array,
    awaited: BoolArray,
) -> None:
    """Fill `own_ns` and `awaited`; see `analyzer.comparison.own_time_reference` for the rule.

    From the end of each span back to its start: what no child covers is its own.
    """
    by_end = order.copy()
    scratch = np.empty(order.size, np.int32)
    for k in range(order.size):
        i = order[k]
        p = parent[i]
        awaited[i] = p < 0 or (waited[i] and awaited[p])
        first, n = children[i], child_count[i]
        if n > 1:
            sort_siblings(by_end[first : first + n], high_ns, low_ns, span_id, scratch)
        own = np.int64(0)
        covered_from = high_ns[i]
        for j in range(first, first + n):
            c = by_end[j]
            if not waited[c]:
                continue
            own += max(covered_from - high_ns[c], 0)
            covered_from = min(covered_from, low_ns[c])
        own_ns[i] = own + covered_from - low_ns[i]
