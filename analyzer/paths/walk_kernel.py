"""Compiled: the critical path of many requests."""

import numpy as np

from analyzer.compiled import compiled, compiled_borrowing
from analyzer.model.spans import BoolArray, Int32Array, UInt64Array
from analyzer.model.traces import Batch, Nested, Paths, Tree
from analyzer.paths.unordered_walk_kernel import walk_unordered
from analyzer.repair.grouping_kernel import GOLDEN
from analyzer.repair.hashing_kernel import mix
from analyzer.repair.sorting_kernel import sort_siblings


@compiled
def walk(batch: Batch, tree: Tree, nested: Nested, names: UInt64Array, paths: Paths) -> None:
    """Fill `paths`; `own_ns` begins with zeros. `names` is what `name_hashes` gave.

    Every span lies inside its parent, so whether a child is on the path depends on its siblings
    alone: parents first, from the end of each span back to its start.
    """
    order, offset, children, child_count = tree.order, tree.offset, tree.children, tree.child_count
    span_id, low_ns, high_ns, waited = batch.span_id, nested.low_ns, nested.high_ns, nested.waited
    by_end = order.copy()
    scratch = np.empty(order.size, np.int32)
    on_path = np.zeros(batch.row.size, np.bool_)
    hashes = np.empty(batch.row.size, np.uint64)
    for r in range(offset.size - 1):
        begin, end = offset[r], offset[r + 1]
        on_path[order[begin]] = True
        for i in order[begin:end]:
            if not on_path[i]:
                continue
            first, last = children[i], children[i] + child_count[i]
            if last - first > 1:
                sort_siblings(by_end[first:last], high_ns, low_ns, span_id, scratch)
            if nested.precedence.unordered[i]:
                paths.own_ns[i] = walk_unordered(i, by_end[first:last], span_id, nested, on_path)
                continue
            cursor = high_ns[i]
            own = np.int64(0)
            for k in range(first, last):
                c = by_end[k]
                if waited[c] and low_ns[c] < high_ns[c] <= cursor:
                    own += cursor - high_ns[c]
                    cursor = low_ns[c]
                    on_path[c] = True
            paths.own_ns[i] = own + cursor - low_ns[i]
        paths.signature[r] = _signature(batch, tree, by_end, begin, end, on_path, names, hashes)


@compiled_borrowing
def _signature(
    batch: Batch,
    tree: Tree,
    by_end: Int32Array,
    begin: int,
    end: int,
    on_path: BoolArray,
    names: UInt64Array,
    hashes: UInt64Array,
) -> np.uint64:
    """A hash of the steps on a request's path, children first; a step that repeats is one step."""
    for k in range(end - 1, begin - 1, -1):
        i = tree.order[k]
        if not on_path[i]:
            continue
        # a service named x is not an operation named x
        h = names[batch.service[i]] * GOLDEN ^ names[batch.operation[i]]
        before = np.uint64(0)
        for j in range(tree.children[i], tree.children[i] + tree.child_count[i]):
            c = by_end[j]
            if on_path[c] and hashes[c] != before:
                before = hashes[c]
                h = mix(h, before)
        hashes[i] = h
    return np.uint64(hashes[tree.order[begin]])
