"""Compiled: siblings in the order in which the walk looks at them."""

from analyzer.compiled import compiled, compiled_borrowing
from analyzer.model.spans import Int32Array, Int64Array, UInt64Array

RUN = 16
"""Runs up to this length are sorted by insertion, which beats merging where there are few."""


@compiled_borrowing
def _before(one: int, other: int, high: Int64Array, low: Int64Array, ids: UInt64Array) -> bool:
    """Whether `one` comes before `other`: the later end, the later start, the larger span id."""
    if high[one] != high[other]:
        return bool(high[one] > high[other])
    if low[one] != low[other]:
        return bool(low[one] > low[other])
    return bool(ids[one] > ids[other])


@compiled_borrowing
def sort_siblings(
    rows: Int32Array, high: Int64Array, low: Int64Array, ids: UInt64Array, scratch: Int32Array
) -> None:
    """Sort `rows` in place by (high, low, id), largest first.

    Insertion within runs, then merges from the bottom: near-linear where they come nearly sorted.
    `scratch` has room for as many rows.
    """
    n = rows.size
    for begin in range(0, n, RUN):
        for j in range(begin + 1, min(begin + RUN, n)):
            moved = rows[j]
            k = j
            while k > begin and _before(moved, rows[k - 1], high, low, ids):
                rows[k] = rows[k - 1]
                k -= 1
            rows[k] = moved
    run = RUN
    while run < n:
        for begin in range(0, n - run, 2 * run):
            middle, end = begin + run, min(begin + 2 * run, n)
            if not _before(rows[middle], rows[middle - 1], high, low, ids):
                continue
            for j in range(begin, middle):
                scratch[j] = rows[j]
            left, right, place = begin, middle, begin
            while left < middle:
                if right < end and _before(rows[right], scratch[left], high, low, ids):
                    rows[place] = rows[right]
                    right += 1
                else:
                    rows[place] = scratch[left]
                    left += 1
                place += 1
        run *= 2


@compiled
def first_not_after(rows: Int32Array, key: Int64Array, latest: int) -> int:
    """The first place in rows that descend by `key` whose key is no larger than `latest`."""
    begin, end = 0, rows.size
    while begin < end:
        middle = (begin + end) // 2
        if key[rows[middle]] > latest:
            begin = middle + 1
        else:
            end = middle
    return begin
