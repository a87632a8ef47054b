"""Compiled: which siblings a span did not wait for, by what was learned of their call sites."""

import numpy as np

from analyzer.compiled import compiled
from analyzer.model.spans import UInt64Array
from analyzer.model.traces import Batch, Nested, Tree
from analyzer.repair.order_kernel import (
    MOST_CHILDREN,
    OVERLAP_PER_PARENT,
    is_among,
    list_sites,
    pair_key,
    parent_key,
    room_for_sites,
)

OTHERS = MOST_CHILDREN
"""The bit of children that nothing is known of; no mask has it."""


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
    for i in tree.order:
        if tree.child_count[i] < 2 or not is_among(parents, parent_key(batch, i)):
            continue
        for k in range(tree.children[i], tree.children[i] + tree.child_count[i]):
            precedence.bit[tree.order[k]] = OTHERS
        n = list_sites(batch, tree, i, sites)
        tight = (high_ns[i] - low_ns[i]) // OVERLAP_PER_PARENT
        for k in range(n):
            b = sites.row[k]
            precedence.bit[b] = k
            for j in range(n):
                a = sites.row[j]
                if j == k or not (waited[a] and waited[b]) or low_ns[a] > low_ns[b]:
                    continue
                key = pair_key(sites.code[0], sites.site[j], sites.site[k])
                mask = np.uint64(1) << np.uint64(j)
                gap = low_ns[b] - high_ns[a]
                released = gap <= tight and is_among(releasing, key)
                if gap >= 0 and not released and is_among(independent, key):
                    precedence.disregards[b] |= mask
                if is_among(overtaking, key):
                    precedence.overtakes[b] |= mask
            if precedence.disregards[b] | precedence.overtakes[b]:
                precedence.unordered[i] = True
