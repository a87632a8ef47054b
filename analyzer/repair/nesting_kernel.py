"""Compiled: clocks of other hosts (rule 5), work nobody waited for (4), and clipping (1)."""

import numpy as np

from analyzer.compiled import compiled, compiled_borrowing
from analyzer.model.spans import BoolArray, Int64Array, UInt8Array
from analyzer.model.traces import Batch, Nested, Tree
from analyzer.repair.join_kernel import CONSUMER, PRODUCER
from analyzer.repair.settling_kernel import FEW, settle_few, settle_many

DEFAULT_GRAIN_NS = 1_000
"""What clocks are trusted to: a microsecond, the grain of most tracers' timestamps."""


@compiled_borrowing
def is_message(kind: UInt8Array, child: int, parent: int) -> bool:
    """Whether a span takes a message that its parent left: a producer never waits for that."""
    return bool(kind[child] == CONSUMER and kind[parent] == PRODUCER)


@compiled_borrowing
def _move_into(start: int, end: int, low: int, high: int) -> int:
    """By how much to move a span that ran on another clock, so that it fits its parent.

    ```
    parent        |------------|            |--------|               |--------|
    child     |------|                   |---------------|              |---------------|
    moved            |------|               |---------------|           stays: no clock explains it
    ```
    """
    if low <= start and end <= high:
        return 0
    if end - start <= high - low:
        return low + (high - low - (end - start)) // 2 - start
    return max(low - start, 0)


@compiled
def align_clocks(batch: Batch, tree: Tree, most_ns: int, shift_ns: Int64Array) -> None:
    """Fill `shift_ns`, parents first: a span moves with its parent, and into it if it is remote.

    A move of more than `most_ns` is not believed; with 0 none is. `shift_ns` begins with zeros.
    """
    start_ns, end_ns, kind = batch.start_ns, batch.end_ns, batch.kind
    parent, remote = tree.parent, tree.remote
    for i in tree.order:
        p = parent[i]
        if p < 0:
            continue
        shift = shift_ns[p]
        shift_ns[i] = shift
        if remote[i] and not is_message(kind, i, p):
            move = _move_into(
                start_ns[i] + shift, end_ns[i] + shift, start_ns[p] + shift, end_ns[p] + shift
            )
            if abs(move) <= most_ns:
                shift_ns[i] = shift + move


@compiled
def nest(
    batch: Batch, tree: Tree, grain_ns: Int64Array, unwaited: BoolArray, nested: Nested
) -> None:
    """Fill all of `nested` but its shifts, parents first; `waited` begins with False.

    ```
    parent    |------------|
    a      |-----|               same or other process: the part inside counts
    b               |---------|  other process: the part inside counts
    b               |---------|  same process: nobody waited for it, it is asynchronous
    ```

    `grain_ns[s]` is the grain of the clock of service s; `unwaited` rows are known not to be waited
    for, wherever they end.
    """
    start_ns, end_ns, kind, service = batch.start_ns, batch.end_ns, batch.kind, batch.service
    order, children, child_count, remote = tree.order, tree.children, tree.child_count, tree.remote
    low_ns, high_ns, shift_ns = nested.low_ns, nested.high_ns, nested.shift_ns
    waited, asynchronous = nested.waited, nested.asynchronous
    cut_ns = np.empty(FEW, np.int64)
    for root in tree.order[tree.offset[:-1]]:
        low_ns[root], high_ns[root] = start_ns[root], end_ns[root]
        waited[root] = True
    for i in order:
        begin, end = children[i], children[i] + child_count[i]
        held = 0
        for k in range(begin, end):
            c = order[k]
            grain = grain_ns[service[c]] if service[c] >= 0 else DEFAULT_GRAIN_NS
            outlived = end_ns[c] - end_ns[i] > grain and not remote[c]
            asynchronous[c] = outlived or unwaited[c] or is_message(kind, c, i)
            low, high = start_ns[c] + shift_ns[c], end_ns[c] + shift_ns[c]
            if not asynchronous[c]:
                low, high = max(low, low_ns[i]), min(high, high_ns[i])
                waited[c] = low <= high
                held += waited[c]
            low_ns[c], high_ns[c] = low, max(low, high)
        if held > 1:
            parent_ns = high_ns[i] - low_ns[i]
            if end - begin <= FEW:
                settle_few(order[begin:end], parent_ns, low_ns, high_ns, waited, cut_ns)
            else:
                settle_many(order[begin:end], parent_ns, low_ns, high_ns, waited)
