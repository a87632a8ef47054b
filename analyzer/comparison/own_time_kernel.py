"""Compiled: how long every call of a batch worked by itself."""

import numpy as np

from analyzer.compiled import compiled
from analyzer.model.spans import BoolArray, Int64Array
from analyzer.model.traces import Batch, Nested, Tree
from analyzer.repair.sorting_kernel import sort_siblings


@compiled
def own_times(
    batch: Batch, tree: Tree, nested: Nested, own_ns: Int64Array, awaited: BoolArray
) -> None:
    """Fill `own_ns` and `awaited`; see `analyzer.comparison.own_time_reference` for the rule.

    From the end of each span back to its start: what no child covers is its own.
    """
    order, parent, children, child_count = tree.order, tree.parent, tree.children, tree.child_count
    low_ns, high_ns, waited = nested.low_ns, nested.high_ns, nested.waited
    by_end = order.copy()
    scratch = np.empty(order.size, np.int32)
    for i in order:
        p = parent[i]
        awaited[i] = p < 0 or (waited[i] and awaited[p])
        first, last = children[i], children[i] + child_count[i]
        if last - first > 1:
            sort_siblings(by_end[first:last], high_ns, low_ns, batch.span_id, scratch)
        own = np.int64(0)
        covered_from = high_ns[i]
        for c in by_end[first:last]:
            if waited[c]:
                own += max(covered_from - high_ns[c], 0)
                covered_from = min(covered_from, low_ns[c])
        own_ns[i] = own + covered_from - low_ns[i]
