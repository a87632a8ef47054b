"""Compiled: the parts of spans that none of their children covers."""

import numpy as np

from analyzer.compiled import compiled
from analyzer.model.spans import BoolArray, Int32Array, Int64Array
from analyzer.model.traces import Batch, Nested, Tree
from analyzer.repair.sorting_kernel import sort_siblings

NONE = -1
"""Where no child comes before or after."""


@compiled
def list_gaps(
    batch: Batch,
    tree: Tree,
    nested: Nested,
    wanted: BoolArray,
    bare_ns: Int64Array,
    row: Int32Array,
    after: Int32Array,
    before: Int32Array,
    gap_ns: Int64Array,
) -> int:
    """List the gaps of the `wanted` rows, and fill `bare_ns`, int64[m], for all rows.

    ```
    span    |----------------------|
      a        |-----|                    gaps: before a,
      b           |----|                  after b, which ends last of a and b, and before c,
      c                    |---|          after c
    ```

    Only children that were waited for and took time count; a span without any has no gap, and is
    bare all over.

    Args:
        batch: the spans.
        tree: whose parent is who.
        nested: times after repair.
        wanted: bool[m], whose gaps are listed.
        bare_ns: int64[m], filled: how much of each row no child covers.
        row: int32[2 * order.size], filled: the span of each gap.
        after: as `row`, filled: the child before the gap, -1 for none.
        before: as `row`, filled: the child after the gap, -1 for none.
        gap_ns: int64, as `row`, filled: how long it is.

    Returns:
        how many gaps there are.
    """
    low_ns, high_ns, waited = nested.low_ns, nested.high_ns, nested.waited
    scratch = np.empty(tree.order.size, np.int32)
    near = np.empty(tree.order.size, np.int32)
    found = 0
    for i in tree.order:
        count = 0
        for k in range(tree.children[i], tree.children[i] + tree.child_count[i]):
            c = tree.order[k]
            if waited[c] and low_ns[c] < high_ns[c]:
                near[count] = c
                count += 1
        if count > 1:
            sort_siblings(near[:count], low_ns, high_ns, batch.span_id, scratch)
        cursor, covering = low_ns[i], NONE
        bare = 0
        for k in range(count, -1, -1):  # it sorts the latest first; after them comes the end
            c = near[k - 1] if k > 0 else NONE
            begins = low_ns[c] if k > 0 else high_ns[i]
            if begins > cursor:
                bare += begins - cursor
                if wanted[i] and count > 0:
                    row[found], after[found], before[found] = i, covering, c
                    gap_ns[found] = begins - cursor
                    found += 1
            if k > 0 and high_ns[c] > cursor:
                cursor, covering = high_ns[c], c
        bare_ns[i] = bare
    return found
