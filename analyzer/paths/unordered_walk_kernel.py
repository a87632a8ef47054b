"""Compiled: the path inside a span whose children did not all wait for each other (rule 9)."""

import numpy as np

from analyzer.compiled import compiled_borrowing
from analyzer.model.spans import BoolArray, Int32Array, UInt64Array
from analyzer.model.traces import Nested

END, START = 0, 1


@compiled_borrowing
def _starts_before(one: int, other: int, nested: Nested, ids: UInt64Array) -> bool:
    if nested.low_ns[one] != nested.low_ns[other]:
        return bool(nested.low_ns[one] < nested.low_ns[other])
    if nested.high_ns[one] != nested.high_ns[other]:
        return bool(nested.high_ns[one] < nested.high_ns[other])
    return bool(ids[one] < ids[other])


@compiled_borrowing
def _is_later(
    one: int, one_kind: int, other: int, other_kind: int, nested: Nested, ids: UInt64Array
) -> bool:
    """Whether an event comes after another one; at one instant ends come before starts."""
    low_ns, high_ns = nested.low_ns, nested.high_ns
    mine = high_ns[one] if one_kind == END else low_ns[one]
    theirs = high_ns[other] if other_kind == END else low_ns[other]
    if mine != theirs:
        return bool(mine > theirs)
    if one_kind != other_kind:
        return one_kind > other_kind
    mine = low_ns[one] if one_kind == END else high_ns[one]
    theirs = low_ns[other] if other_kind == END else high_ns[other]
    if mine != theirs:
        return bool(mine > theirs)
    return bool(ids[one] > ids[other])


@compiled_borrowing
def _may_wait_for(c: int, kind: int, waiting: int, nested: Nested, ids: UInt64Array) -> bool:
    """Whether the start of a child, or the end of the span, may have waited for a child's event."""
    if waiting < 0:
        return kind == END
    masks = nested.precedence.disregards if kind == END else nested.precedence.overtakes
    if (masks[waiting] >> np.uint64(nested.precedence.bit[c])) & np.uint64(1):
        return False
    if kind == END:
        return bool(nested.high_ns[c] <= nested.low_ns[waiting])
    return _starts_before(c, waiting, nested, ids)


@compiled_borrowing
def walk_unordered(
    i: int,
    children: Int32Array,
    span_id: UInt64Array,
    nested: Nested,
    on_path: BoolArray,
) -> int:
    """A span's own time on the path; sets `on_path` for the children on it.

    ```
    span  |--------------------------|
      a     |----|                        c waited for a, and b was only beside it: from the start
      b     |--------|                    of c the path goes to the end of a
      c               |-----|
    ```

    From the end back: the latest child to end, then the latest event that its start waited for.
    From the start of a sibling, which own work led to, it goes on as from the child's own.
    """
    low_ns, high_ns = nested.low_ns, nested.high_ns
    own = 0
    cursor = high_ns[i]
    waiting = -1  # the child whose start is looked at; below 0 for the end of the span
    while True:
        last, last_kind, last_time = -1, END, low_ns[i]
        for c in children:
            if not nested.waited[c] or low_ns[c] >= high_ns[c] or c == waiting:
                continue
            for kind in (END, START):
                if not _may_wait_for(c, kind, waiting, nested, span_id):
                    continue
                if last < 0 or _is_later(c, kind, last, last_kind, nested, span_id):
                    last, last_kind = c, kind
        if last >= 0:
            last_time = high_ns[last] if last_kind == END else low_ns[last]
        own += cursor - last_time
        if last < 0:
            return int(own)
        on_path[last] |= last_kind == END
        waiting = last
        cursor = low_ns[last]
