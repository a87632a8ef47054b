"""Compiled: which siblings a span did not wait for, by what was learned of their call sites."""

from typing import NamedTuple

import numpy as np

from analyzer.compiled import compiled, compiled_borrowing
from analyzer.model.spans import UInt8Array, UInt64Array
from analyzer.model.traces import Batch, Nested, Tree
from analyzer.repair.grouping_kernel import GOLDEN
from analyzer.repair.order_kernel import (
    MOST_CHILDREN,
    OVERLAP_PER_PARENT,
    is_among,
    list_sites,
    number_sites,
    pair_key,
    room_for_sites,
)

OTHERS = MOST_CHILDREN
"""The bit of children that nothing is known of; no mask has it."""

INDEPENDENT, RELEASING, OVERTAKING = 1, 2, 4
"""What is known of a pair, as bits."""


class Known(NamedTuple):
    """What is known of pairs, to be looked up by hash; 0 is no key.

    Attributes:
        key: uint64[slots], a power of 2.
        bits: uint8[slots], `INDEPENDENT`, `RELEASING`, `OVERTAKING`.
    """

    key: UInt64Array
    bits: UInt8Array


@compiled_borrowing
def _slot(known: Known, key: np.uint64) -> int:
    """The slot of a key, or the empty one it would have."""
    mask = np.uint64(known.key.size - 1)
    at = ((key * GOLDEN) >> np.uint64(20)) & mask
    while known.key[at] != 0 and known.key[at] != key:
        at = (at + np.uint64(1)) & mask
    return int(at)


@compiled
def _note(known: Known, keys: UInt64Array, bit: int) -> None:
    for key in keys:
        at = _slot(known, key)
        known.key[at] = key
        known.bits[at] |= bit


@compiled
def _known(independent: UInt64Array, releasing: UInt64Array, overtaking: UInt64Array) -> Known:
    """All that is known in one table, at most half full."""
    slots = 16
    while slots < 2 * (independent.size + releasing.size + overtaking.size):
        slots *= 2
    known = Known(np.zeros(slots, np.uint64), np.zeros(slots, np.uint8))
    _note(known, independent, INDEPENDENT)
    _note(known, releasing, RELEASING)
    _note(known, overtaking, OVERTAKING)
    return known


@compiled
def fill_precedence(
    batch: Batch,
    tree: Tree,
    nested: Nested,
    parents: UInt64Array,
    independent: UInt64Array,
    releasing: UInt64Array,
    overtaking: UInt64Array,
) -> None:
    """Fill the precedence of `nested`, which begins as seen.

    ```
    a   |-----|                a and b were side by side elsewhere: b did not wait for a
    b             |----|
    a   |-----|                but where b often begins just as a ends, and does so here, a released
    b         |----|           it in this trace: a worker became free, or the code took its slow way
    ```
    """
    precedence = nested.precedence
    low_ns, high_ns, waited = nested.low_ns, nested.high_ns, nested.waited
    sites = room_for_sites()
    known = _known(independent, releasing, overtaking)
    for i in tree.order:
        if tree.child_count[i] < 2:
            continue
        n = list_sites(batch, tree, i, sites)
        if n < 2 or not is_among(parents, sites.code[0]):
            continue
        number_sites(sites, n)
        for k in range(tree.children[i], tree.children[i] + tree.child_count[i]):
            precedence.bit[tree.order[k]] = OTHERS
        tight = (high_ns[i] - low_ns[i]) // OVERLAP_PER_PARENT
        for k in range(n):
            b = sites.row[k]
            precedence.bit[b] = k
            for j in range(n):
                a = sites.row[j]
                if j == k or not (waited[a] and waited[b]) or low_ns[a] > low_ns[b]:
                    continue
                bits = known.bits[
                    _slot(known, pair_key(sites.code[0], sites.site[j], sites.site[k]))
                ]
                if not bits:
                    continue
                mask = np.uint64(1) << np.uint64(j)
                gap = low_ns[b] - high_ns[a]
                released = gap <= tight and bits & RELEASING
                if gap >= 0 and not released and bits & INDEPENDENT:
                    precedence.disregards[b] |= mask
                if bits & OVERTAKING:
                    precedence.overtakes[b] |= mask
            if precedence.disregards[b] | precedence.overtakes[b]:
                precedence.unordered[i] = True
