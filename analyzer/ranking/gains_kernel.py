"""Compiled: percentiles of durations of which some are replaced."""

import numpy as np

from analyzer.compiled import compiled, compiled_borrowing
from analyzer.model.spans import Float64Array, Int32Array, Int64Array


@compiled_borrowing
def _at_most(ascending: Int64Array, begin: int, end: int, value: int) -> int:
    """How many of `ascending[begin:end]` are `value` or less."""
    low, high = begin, end
    while low < high:
        middle = (low + high) // 2
        if ascending[middle] <= value:
            low = middle + 1
        else:
            high = middle
    return low - begin


@compiled_borrowing
def _nth(
    n: int, all_ns: Int64Array, before: Int64Array, after: Int64Array, begin: int, end: int
) -> int:
    """The n-th smallest, from 0, of all durations with those of `before` replaced by `after`."""
    low = min(all_ns[0], after[begin]) if begin < end else all_ns[0]
    high = max(all_ns[-1], after[end - 1]) if begin < end else all_ns[-1]
    while low < high:
        middle = low + (high - low) // 2
        count = (
            _at_most(all_ns, 0, all_ns.size, middle)
            - _at_most(before, begin, end, middle)
            + _at_most(after, begin, end, middle)
        )
        if count > n:
            high = middle
        else:
            low = middle + 1
    return int(low)


@compiled
def replaced_percentiles(
    duration_ns: Int64Array,
    request: Int64Array,
    owner: Int32Array,
    saved_ns: Int64Array,
    owners: int,
    fractions: Float64Array,
) -> tuple[Float64Array, Float64Array]:
    """Percentiles of all durations if each owner in turn makes some of them shorter.

    Args:
        duration_ns: int64[r], as recorded; at least one.
        request: int64[g], whose duration is shorter.
        owner: int32[g], with whom.
        saved_ns: int64[g], by how much.
        owners: how many owners there are.
        fractions: float64[f], which percentiles, as fractions of 1.

    Returns:
        float64[owners, f] in ns, interpolated linearly between neighbours, and float64[f] as
        recorded.
    """
    ascending = np.sort(duration_ns)
    offset = np.zeros(owners + 1, np.int64)
    for g in range(owner.size):
        offset[owner[g] + 1] += 1
    for o in range(owners):
        offset[o + 1] += offset[o]
    place = offset[:-1].copy()
    before = np.empty(owner.size, np.int64)
    after = np.empty(owner.size, np.int64)
    for g in range(owner.size):
        at = place[owner[g]]
        place[owner[g]] += 1
        before[at] = duration_ns[request[g]]
        after[at] = before[at] - saved_ns[g]
    result = np.empty((owners + 1, fractions.size), np.float64)
    for o in range(owners + 1):
        begin = offset[o] if o < owners else owner.size
        end = offset[o + 1] if o < owners else owner.size
        if begin < end:
            before[begin:end].sort()
            after[begin:end].sort()
        for f in range(fractions.size):
            at_f = (ascending.size - 1) * fractions[f]
            below = int(np.floor(at_f))
            above = int(min(below + 1, ascending.size - 1))
            one = _nth(below, ascending, before, after, begin, end)
            other = _nth(above, ascending, before, after, begin, end)
            result[o, f] = one + (other - one) * (at_f - below)
    return result[:owners], result[owners]
