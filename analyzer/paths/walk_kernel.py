"""Compiled: the critical path of many requests."""

import numpy as np

from analyzer.compiled import compiled
from analyzer.model.spans import BoolArray, Int32Array, Int64Array, UInt64Array

MIX = np.uint64(0xBF58476D1CE4E5B9)
SPREAD = np.uint64(0x94D049BB133111EB)


@compiled
def mix(value: np.uint64, more: np.uint64) -> np.uint64:
    """A 64-bit hash of both; the order matters."""
    h = (value ^ (more + np.uint64(0x9E3779B97F4A7C15) + (value << np.uint64(6)))) * MIX
    h = (h ^ (h >> np.uint64(29))) * SPREAD
    return h ^ (h >> np.uint64(32))


@compiled
def _later(one: int, other: int, high: Int64Array, low: Int64Array, ids: UInt64Array) -> bool:
    """Whether `one` is looked at before `other` on the way back from the end."""
    if high[one] != high[other]:
        return high[one] > high[other]
    if low[one] != low[other]:
        return low[one] > low[other]
    return ids[one] > ids[other]


@compiled
def sort_siblings(
    siblings: Int32Array,
    high_ns: Int64Array,
    low_ns: Int64Array,
    span_id: UInt64Array,
    scratch: Int32Array,
) -> None:
    """Sort siblings in place by (end, start, span id), latest first.

    Insertion in runs of 16, then merges from the bottom: near-linear where they come nearly sorted.
    """
    n = siblings.size
    run = 16
    for begin in range(0, n, run):
        for j in range(begin + 1, min(begin + run, n)):
            moved = siblings[j]
            k = j
            while k > begin and _later(moved, siblings[k - 1], high_ns, low_ns, span_id):
                siblings[k] = siblings[k - 1]
                k -= 1
            siblings[k] = moved
    while run < n:
        for begin in range(0, n - run, 2 * run):
            middle, end = begin + run, min(begin + 2 * run, n)
            if not _later(siblings[middle], siblings[middle - 1], high_ns, low_ns, span_id):
                continue
            for j in range(begin, middle):
                scratch[j] = siblings[j]
            left, right, place = begin, middle, begin
            while left < middle:
                if right < end and _later(siblings[right], scratch[left], high_ns, low_ns, span_id):
                    siblings[place] = siblings[right]
                    right += 1
                else:
                    siblings[place] = scratch[left]
                    left += 1
                place += 1
        run *= 2


@compiled
def walk(
    order: Int32Array,
    offset: Int64Array,
    children: Int32Array,
    child_count: Int32Array,
    span_id: UInt64Array,
    low_ns: Int64Array,
    high_ns: Int64Array,
    waited: BoolArray,
    step_hash: UInt64Array,
    own_ns: Int64Array,
    signature: UInt64Array,
) -> None:
    """Fill `own_ns` and `signature`; see `analyzer.paths.reference` for the rule in plain words.

    Every span lies inside its parent, so whether a child is on the path depends on its siblings
    alone: parents first, from the end of each span back to its start.
    """
    by_end = order.copy()
    scratch = np.empty(order.size, np.int32)
    on_path = np.zeros(own_ns.size, np.bool_)
    hashed = np.empty(own_ns.size, np.uint64)
    for r in range(offset.size - 1):
        on_path[order[offset[r]]] = True
        for k in range(offset[r], offset[r + 1]):
            i = order[k]
            if not on_path[i]:
                continue
            first, n = children[i], child_count[i]
            if n > 1:
                sort_siblings(by_end[first : first + n], high_ns, low_ns, span_id, scratch)
            cursor = high_ns[i]
            own = np.int64(0)
            for j in range(first, first + n):
                c = by_end[j]
                if waited[c] and low_ns[c] < high_ns[c] <= cursor:
                    own += cursor - high_ns[c]
                    cursor = low_ns[c]
                    on_path[c] = True
            own_ns[i] = own + cursor - low_ns[i]
        for k in range(offset[r + 1] - 1, offset[r] - 1, -1):
            i = order[k]
            if not on_path[i]:
                continue
            h = step_hash[i]
            before = np.uint64(0)
            for j in range(children[i], children[i] + child_count[i]):
                c = by_end[j]
                if on_path[c] and hashed[c] != before:  # the same step again is one step
                    before = hashed[c]
                    h = mix(h, before)
            hashed[i] = h
        signature[r] = hashed[order[offset[r]]]
