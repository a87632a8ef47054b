"""Compiled: clocks of other hosts (rule 5), work not waited for (4), clipping (1), grain (3)."""

import numpy as np

from analyzer.compiled import compiled
from analyzer.model.spans import BoolArray, Int32Array, Int64Array, UInt8Array
from analyzer.repair.tree_kernel import CONSUMER, PRODUCER, remote

OVERLAP_PER_PARENT = 100
"""An overlap below 1/100 of the parent is a rounding of clocks: the figure of CRISP (rule 3)."""


@compiled
def align_clocks(
    order: Int32Array,
    parent: Int32Array,
    start_ns: Int64Array,
    end_ns: Int64Array,
    kind: UInt8Array,
    service: Int32Array,
    instance: Int32Array,
    most_ns: int,
    shift_ns: Int64Array,
) -> None:
    """Fill `shift_ns` for spans of other processes that stick out of their parent, parents first.

    ```
    parent        |------------|                  |--------|
    child     |------|                         |---------------|
    moved            |------|   centred             |---------------|   starts aligned
    ```

    A shift of more than `most_ns` is not believed; with 0 nothing is moved but with its parent.
    """
    for k in range(order.size):
        i = order[k]
        p = parent[i]
        if p < 0:
            shift_ns[i] = 0
            continue
        shift = shift_ns[p]
        shift_ns[i] = shift
        if not remote(kind, service, instance, i, p) or (
            kind[p] == PRODUCER and kind[i] == CONSUMER
        ):
            continue
        low, high = start_ns[p] + shift, end_ns[p] + shift
        start, end = start_ns[i] + shift, end_ns[i] + shift
        if low <= start and end <= high:
            continue
        move = np.int64(0)
        if end - start <= high - low:
            move = low + (high - low - (end - start)) // 2 - start
        elif start < low:
            move = low - start
        if abs(move) <= most_ns:
            shift_ns[i] = shift + move


@compiled
def _settle(
    siblings: Int32Array,
    parent_ns: int,
    low_ns: Int64Array,
    high_ns: Int64Array,
    waited: BoolArray,
    cut: Int64Array,
) -> None:
    """Let a sibling that overlaps the start of a later one by less than the grain end there.

    ```
    b   |-----------|                 |---------|
    c             |-------|    ->               |-------|
    ```
    """
    n = siblings.size
    for j in range(n):
        cut[j] = high_ns[siblings[j]]
    least = (parent_ns + OVERLAP_PER_PARENT - 1) // OVERLAP_PER_PARENT  # overlap * 100 < parent_ns
    if n <= 32:
        for j in range(n):
            b = siblings[j]
            if not waited[b]:
                continue
            for other in range(n):
                c = siblings[other]
                overlaps = low_ns[b] < low_ns[c] < high_ns[b] < high_ns[c]
                if waited[c] and overlaps and high_ns[b] - low_ns[c] < least:
                    cut[j] = min(cut[j], low_ns[c])
    else:
        low = np.empty(n, np.int64)
        for j in range(n):
            low[j] = low_ns[siblings[j]]
        by_start = np.argsort(low)
        for j in range(n):
            b = siblings[j]
            if not waited[b]:
                continue
            after = max(low_ns[b], high_ns[b] - least)  # strictly later starts only
            begin, end = 0, n
            while begin < end:
                middle = (begin + end) // 2
                if low[by_start[middle]] <= after:
                    begin = middle + 1
                else:
                    end = middle
            while begin < n and low[by_start[begin]] < high_ns[b]:
                c = siblings[by_start[begin]]
                if waited[c] and high_ns[c] > high_ns[b]:
                    cut[j] = low_ns[c]
                    break
                begin += 1
    for j in range(n):
        high_ns[siblings[j]] = cut[j]


@compiled
def nest(
    order: Int32Array,
    children: Int32Array,
    child_count: Int32Array,
    parent: Int32Array,
    start_ns: Int64Array,
    end_ns: Int64Array,
    kind: UInt8Array,
    service: Int32Array,
    instance: Int32Array,
    shift_ns: Int64Array,
    grain_ns: Int64Array,
    low_ns: Int64Array,
    high_ns: Int64Array,
    waited: BoolArray,
    asynchronous: BoolArray,
) -> None:
    """Fill `low_ns`, `high_ns`, `waited` and `asynchronous`, parents first.

    ```
    parent    |------------|
    a      |-----|               same or other process: the part inside counts
    b               |---------|  other process: the part inside counts
    b               |---------|  same process: nobody waited for it, it is asynchronous
    ```

    `grain_ns[s]` is the grain of the clock of service s.
    """
    starts = np.empty(16, np.int64)
    for k in range(order.size):
        i = order[k]
        p = parent[i]
        if p < 0:
            low_ns[i] = start_ns[i]
            high_ns[i] = end_ns[i]
            waited[i] = True
        n = child_count[i]
        if n == 0:
            continue
        first = children[i]
        held = 0
        for j in range(first, first + n):
            c = order[j]
            s = service[c]
            grain = grain_ns[s] if s >= 0 else np.int64(1000)
            outlived = end_ns[c] > end_ns[i] + grain and not remote(kind, service, instance, c, i)
            low, high = start_ns[c] + shift_ns[c], end_ns[c] + shift_ns[c]
            if outlived or (kind[i] == PRODUCER and kind[c] == CONSUMER):
                waited[c] = False
                asynchronous[c] = True
            else:
                low, high = max(low, low_ns[i]), min(high, high_ns[i])
                waited[c] = low <= high
                asynchronous[c] = False
                high = max(low, high)
                held += waited[c]
            low_ns[c] = low
            high_ns[c] = high
        if held > 1:
            if starts.size < n:
                starts = np.empty(2 * n, np.int64)
            _settle(
                order[first : first + n], high_ns[i] - low_ns[i], low_ns, high_ns, waited, starts
            )
