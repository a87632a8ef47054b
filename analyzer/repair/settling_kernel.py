"""Compiled: small overlaps of siblings are a rounding of clocks, not work side by side (rule 3).

```
b   |-----------|                 |---------|
c             |-------|    ->               |-------|
```

A sibling b ends where a later one begins that overlaps it by less than the grain and outlives it.
"""

import numpy as np

from analyzer.compiled import compiled, compiled_borrowing
from analyzer.model.spans import BoolArray, Int32Array, Int64Array, UInt64Array
from analyzer.repair.sorting_kernel import first_not_after, sort_siblings

OVERLAP_PER_PARENT = 100
"""An overlap below 1/100 of the parent is a rounding of clocks: the figure of CRISP."""

FEW = 24
"""Up to so many siblings comparing all with all is faster than sorting them."""


@compiled_borrowing
def _grain(parent_ns: int) -> int:
    """The first overlap that is none: overlap * 100 < parent is the same as overlap < grain."""
    return (parent_ns - 1) // OVERLAP_PER_PARENT + 1


@compiled_borrowing
def settle_few(
    siblings: Int32Array,
    parent_ns: int,
    low_ns: Int64Array,
    high_ns: Int64Array,
    waited: BoolArray,
    cut_ns: Int64Array,
) -> None:
    """Cut `high_ns` of waited-for siblings, all compared with all; `cut_ns` has room for them.

    All cuts follow from the times before any cut, so that no order of siblings matters.
    """
    grain = _grain(parent_ns)
    for j in range(siblings.size):
        b = siblings[j]
        high = high_ns[b]
        cut_ns[j] = high
        if not waited[b]:
            continue
        earliest = max(low_ns[b], high - grain)  # what starts later overlaps by less than the grain
        for c in siblings:
            low = low_ns[c]
            # `&`: one rare branch instead of four that no processor can predict
            if (earliest < low) & (low < cut_ns[j]) & (high < high_ns[c]) & waited[c]:
                cut_ns[j] = low
    for j in range(siblings.size):
        high_ns[siblings[j]] = cut_ns[j]


@compiled
def settle_many(
    siblings: Int32Array,
    parent_ns: int,
    low_ns: Int64Array,
    high_ns: Int64Array,
    waited: BoolArray,
) -> None:
    """The same in time that hardly grows faster than the siblings.

    In order of their ends, each b is taken out of the row of starts. All that is left outlives b;
    the earliest of that to start late enough is what cuts b.
    """
    grain = _grain(parent_ns)
    n = siblings.size
    low, high = np.empty(n, np.int64), np.empty(n, np.int64)
    name = np.empty(n, np.uint64)
    for j in range(n):
        low[j], high[j], name[j] = low_ns[siblings[j]], high_ns[siblings[j]], np.uint64(j)
    by_start, by_end = _latest_first(low, high, name), _latest_first(high, low, name)
    place = np.empty(n, np.int64)  # of each sibling in `by_start`, counted from 1
    left = np.arange(n + 1)  # from a place to the last one up to it that may be left; 0 is none
    for k in range(n):
        place[by_start[k]] = k + 1
        left[k + 1] -= not waited[siblings[by_start[k]]]
    last = n - 1
    for k in range(n - 1, -1, -1):
        b = by_end[k]
        while last >= 0 and high[by_end[last]] == high[b]:  # these end with b: none outlives it
            out = place[by_end[last]]
            left[out] = out - 1
            last -= 1
        if waited[siblings[b]]:
            earliest = max(low[b], high[b] - grain)
            at = _last_left(left, first_not_after(by_start, low, earliest))
            if at > 0 and low[by_start[at - 1]] < high[b]:
                high_ns[siblings[b]] = low[by_start[at - 1]]


@compiled
def _latest_first(high: Int64Array, low: Int64Array, name: UInt64Array) -> Int32Array:
    """The positions of all rows by (high, low, name), largest first."""
    rows = np.empty(high.size, np.int32)
    for k in range(high.size):
        rows[k] = k
    sort_siblings(rows, high, low, name, np.empty(high.size, np.int32))
    return rows


@compiled_borrowing
def _last_left(left: Int64Array, at: int) -> int:
    """The last place up to `at` that is left, 0 for none; halves the way for the next time."""
    while left[at] != at:
        left[at] = left[left[at]]
        at = left[at]
    return at
