"""Compiled: the requests of each trace, parents before children (rule 7)."""

import numpy as np

from analyzer.compiled import compiled, compiled_borrowing
from analyzer.model.spans import Int32Array
from analyzer.model.traces import Batch, Joined, Met, Tree
from analyzer.repair.join_kernel import DUPLICATE, LOST, ROOT, largest_trace
from analyzer.repair.sorting_kernel import sort_siblings

DUPLICATES, LOST_SUBTREES, LOST_SPANS = (
    int(Met.DUPLICATES),
    int(Met.LOST_SUBTREES),
    int(Met.LOST_SPANS),
)
WHOLE, PARTIAL, ROOTLESS = int(Met.WHOLE), int(Met.PARTIAL), int(Met.ROOTLESS)
MULTI_ROOT = int(Met.MULTI_ROOT)


@compiled_borrowing
def _descend(
    root: int, begin: int, batch: Batch, joined: Joined, tree: Tree, scratch: Int32Array
) -> int:
    """Write a root and all below it to `tree.order` from `begin`, parents first; give the end.

    Siblings come latest first, so that the order is that of the trace and not that of arrival.
    """
    first_child, next_sibling = joined.first_child, joined.next_sibling
    order, children, child_count = tree.order, tree.children, tree.child_count
    order[begin] = root
    end = begin + 1
    at = begin
    while at < end:
        i = order[at]
        children[i] = end
        child = first_child[i]
        while child >= 0:
            order[end] = child
            end += 1
            child = next_sibling[child]
        child_count[i] = end - children[i]
        if child_count[i] > 1:
            siblings = order[children[i] : end]
            sort_siblings(siblings, batch.end_ns, batch.start_ns, batch.span_id, scratch)
        at += 1
    return end


@compiled_borrowing
def _count_lost(
    heads: Int32Array,
    missed: int,
    end: int,
    batch: Batch,
    joined: Joined,
    tree: Tree,
    scratch: Int32Array,
) -> int:
    """How many subtrees the `missed` spans of a trace are: `heads`, and one if some are in circles.

    Uses the room of `tree.order` from `end`, which is theirs by number, and leaves no trace.
    """
    below = end
    for head in heads:
        below = _descend(head, below, batch, joined, tree, scratch)
    for k in range(end, below):
        tree.child_count[tree.order[k]] = 0
    return heads.size + int(below - end < missed)


@compiled
def order_requests(batch: Batch, joined: Joined, tree: Tree) -> tuple[int, int]:
    """Fill all of `tree` that `joined` does not say; requests of a trace by start, then span id.

    Returns:
        how many rows of `tree.order`, and how many requests, were filled.
    """
    offset, parent = batch.offset, joined.parent
    most = largest_trace(offset)
    heads, lost = np.empty(most, np.int32), np.empty(most, np.int32)
    scratch = np.empty(most, np.int32)
    met = tree.met
    requests, end = 0, 0
    tree.offset[0] = 0
    for t in range(offset.size - 1):
        roots, losses, duplicates = 0, 0, 0
        for i in range(offset[t], offset[t + 1]):
            if parent[i] == ROOT:
                heads[roots] = i
                roots += 1
            elif parent[i] == LOST:
                lost[losses] = i
                losses += 1
            elif parent[i] == DUPLICATE:
                duplicates += 1
        has_root = roots > 0
        if not has_root:  # whoever called did not send its span: all they called are requests
            heads[:losses] = lost[:losses]
            roots, losses = losses, 0
        if roots > 1:
            sort_siblings(heads[:roots], batch.start_ns, batch.start_ns, batch.span_id, scratch)
        before = end
        for k in range(roots - 1, -1, -1):
            end = _descend(heads[k], end, batch, joined, tree, scratch)
            tree.trace[requests] = t
            requests += 1
            tree.offset[requests] = end
        missed = offset[t + 1] - offset[t] - duplicates - (end - before)
        met[DUPLICATES] += duplicates
        if missed:
            met[LOST_SUBTREES] += _count_lost(
                lost[:losses], missed, end, batch, joined, tree, scratch
            )
            met[LOST_SPANS] += missed
        met[ROOTLESS if not has_root else PARTIAL if missed else WHOLE] += 1
        met[MULTI_ROOT] += roots > 1
    return end, requests
