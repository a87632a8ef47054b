"""Compiled: remote children that lie inside a sibling span of their caller (rule 6)."""

import numpy as np

from analyzer.compiled import compiled
from analyzer.model.spans import Int32Array, Int64Array, UInt8Array, UInt64Array
from analyzer.repair.tree_kernel import CLIENT, PRODUCER, list_children, remote


@compiled
def _smaller(
    one: int, other: int, start_ns: Int64Array, end_ns: Int64Array, span_id: UInt64Array
) -> bool:
    mine, theirs = end_ns[one] - start_ns[one], end_ns[other] - start_ns[other]
    if mine != theirs:
        return mine < theirs
    if start_ns[one] != start_ns[other]:
        return start_ns[one] < start_ns[other]
    return span_id[one] < span_id[other]


@compiled
def find_candidates(
    offset: Int64Array,
    parent: Int32Array,
    span_id: UInt64Array,
    start_ns: Int64Array,
    end_ns: Int64Array,
    kind: UInt8Array,
    service: Int32Array,
    instance: Int32Array,
) -> tuple[Int32Array, Int32Array]:
    """Find remote children directly under a span that is no client span.

    ```
    handler   |--------------------|      service a, the child's recorded parent
      call        |----------|            service a, no remote child of its own: the sibling
      answer        |------|              service b: belongs to `call`
    ```

    Returns:
        int32[k], the children, and int32[k], the smallest sibling that holds each, -1 if none does.
    """
    m = parent.size
    first_child = np.empty(m, np.int32)
    next_sibling = np.empty(m, np.int32)
    list_children(offset, parent, first_child, next_sibling)
    child = np.empty(m, np.int32)
    sibling = np.empty(m, np.int32)
    found = 0
    for c in range(m):
        p = parent[c]
        if p < 0 or kind[p] == CLIENT or kind[p] == PRODUCER:
            continue
        if not remote(kind, service, instance, c, p):
            continue
        best = np.int32(-1)
        s = first_child[p]
        while s >= 0:
            holds = start_ns[s] <= start_ns[c] and end_ns[c] <= end_ns[s]
            if holds and s != c and not remote(kind, service, instance, s, p):
                calls = False
                below = first_child[s]
                while below >= 0:
                    calls |= remote(kind, service, instance, below, s)
                    below = next_sibling[below]
                if not calls and (best < 0 or _smaller(s, best, start_ns, end_ns, span_id)):
                    best = s
            s = next_sibling[s]
        child[found] = c
        sibling[found] = best
        found += 1
    return child[:found], sibling[:found]
