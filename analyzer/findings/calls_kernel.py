"""Compiled: the calls of every span in order of time, and which one followed which."""

import numpy as np

from analyzer.compiled import compiled
from analyzer.model.spans import BoolArray, Int32Array
from analyzer.model.traces import Batch, Nested, Tree
from analyzer.repair.join_kernel import CLIENT, CONSUMER, PRODUCER, SERVER
from analyzer.repair.sorting_kernel import sort_siblings

NONE = -1
"""Where there is no other call."""

WRAPPED = 5
"""A span around a call does nothing else if the call takes all but a fifth of it, or more."""


@compiled
def mark_calls(batch: Batch, tree: Tree, nested: Nested, is_call: BoolArray) -> None:
    """Set `is_call` for rows their parent waited for and that ask another service for something.

    Those are client spans, spans that hold a remote child by rule 6, and remote spans under a
    parent that is neither: its call has no span.
    """
    kind, parent, remote, adopter = batch.kind, tree.parent, tree.remote, tree.adopter
    for i in tree.order:
        p = parent[i]
        if p < 0 or not nested.waited[i]:
            continue
        asked = adopter[p] or kind[p] == CLIENT or kind[p] == PRODUCER
        is_call[i] = kind[i] == CLIENT or adopter[i] or (remote[i] and not asked)


@compiled
def mark_wrappers(
    batch: Batch, tree: Tree, nested: Nested, callee: Int32Array, failed: BoolArray, made: BoolArray
) -> None:
    """Let spans around a single call stand for it in `made`, which begins with the calls.

    ```
    handler   |--------------------------|
      load      |-----|   |-----|            a library's span around each call: these are what the
        SELECT   |---|     |---|             handler makes one after another
    ```

    Their callee is that of the call, and they failed where it did.
    """
    kind, order, low_ns, high_ns = batch.kind, tree.order, nested.low_ns, nested.high_ns
    for k in range(order.size - 1, -1, -1):  # children before parents
        i = order[k]
        if made[i] or tree.child_count[i] != 1 or tree.parent[i] < 0 or not nested.waited[i]:
            continue
        c = order[tree.children[i]]
        answers = tree.remote[i] or kind[i] == SERVER or kind[i] == CONSUMER
        covers = (high_ns[c] - low_ns[c]) * WRAPPED >= (high_ns[i] - low_ns[i]) * (WRAPPED - 1)
        if made[c] and covers and not answers:
            made[i], made[c] = True, False
            callee[i] = callee[c]
            failed[i] |= failed[c]


@compiled
def list_calls(
    batch: Batch,
    tree: Tree,
    nested: Nested,
    made: BoolArray,
    site: Int32Array,
    failed: BoolArray,
    row: Int32Array,
    follows: Int32Array,
    again: Int32Array,
    run: Int32Array,
    first: BoolArray,
) -> None:
    """Fill the columns of `analyzer.findings.calls.Calls`.

    ```
    a |---|                      first of its parent
    b       |---|                follows a
    c           |-----|          follows b
    b              |----|        follows nobody: c was under way; nor is it b again in a row
    ```

    Args:
        batch: the spans.
        tree: whose parent is who.
        nested: times after repair.
        made: bool[m], which rows are calls, or stand for one.
        site: int32[m], where each call is made, a number; for other rows below 0.
        failed: bool[m].
        row: int32[k], filled: positions of the calls, parent by parent, in order of time.
        follows: int32[k], filled: the place in `row` of the call right before it.
        again: int32[k], filled: the place of the call of the same site before it.
        run: int32[k], filled: the place of the first of the calls in a row that it is one of.
        first: bool[k], filled: whether it is the first of its site under its parent.
    """
    low_ns, high_ns = nested.low_ns, nested.high_ns
    scratch = np.empty(row.size, np.int32)
    sites = 0
    for i in range(site.size):
        sites = max(sites, site[i] + 1)
    last = np.full(sites, NONE, np.int32)  # of each site: its last call under the parent at hand
    until = np.empty(sites, np.int64)  # and when all of them had ended
    end = 0
    for i in tree.order:
        begin = end
        for k in range(tree.children[i], tree.children[i] + tree.child_count[i]):
            if made[tree.order[k]]:
                row[end] = tree.order[k]
                end += 1
        if end == begin:
            continue
        sort_siblings(row[begin:end], low_ns, high_ns, batch.span_id, scratch)
        row[begin:end] = row[begin:end][::-1].copy()  # it sorts the latest first
        all_until = low_ns[i]
        for k in range(begin, end):
            c = row[k]
            s = site[c]
            follows[k] = k - 1 if k > begin and all_until <= low_ns[c] else NONE
            again[k], run[k] = NONE, k
            before = last[s]
            first[k] = before < begin
            if before >= begin:
                if until[s] <= low_ns[c]:
                    again[k] = before
                    if not failed[row[before]]:  # after a failure it is another try
                        run[k] = run[before]
                until[s] = max(until[s], high_ns[c])
            else:
                until[s] = high_ns[c]
            last[s] = k
            all_until = max(all_until, high_ns[c])
