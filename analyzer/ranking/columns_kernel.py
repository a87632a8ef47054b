"""Compiled: cells of requests rolled up to owners, each owner's values in ascending order."""

import numpy as np

from analyzer.compiled import compiled
from analyzer.model.spans import Int64Array


@compiled
def sum_by_owner(
    begins: Int64Array, owner: Int64Array, own_ns: Int64Array, owners: int
) -> tuple[Int64Array, Int64Array, Int64Array]:
    """Sum the cells of each request by owner.

    Args:
        begins: int64[r + 1], where each request's cells begin.
        owner: int64[q], who owns each cell.
        own_ns: int64[q], its value.
        owners: how many owners there are.

    Returns:
        int64[owners + 1], where each owner's values begin; int64[k] values, ascending within an
        owner, those of equal value by request; int64[k] the request of each.
    """
    cells = owner.size
    sums = np.empty(cells, np.int64)
    whose = np.empty(cells, np.int64)
    whom = np.empty(cells, np.int64)
    place = np.full(owners, -1, np.int64)
    offset = np.zeros(owners + 1, np.int64)
    found = 0
    for r in range(begins.size - 1):
        first = found
        for cell in range(begins[r], begins[r + 1]):
            o = owner[cell]
            at = place[o]
            if at < first:
                at = found
                found += 1
                place[o] = at
                sums[at] = 0
                whose[at] = r
                whom[at] = o
                offset[o + 1] += 1
            sums[at] += own_ns[cell]
    for o in range(owners):
        offset[o + 1] += offset[o]
    value = np.empty(found, np.int64)
    request = np.empty(found, np.int64)
    place[:] = offset[:-1]
    for at in range(found):
        o = whom[at]
        value[place[o]] = sums[at]
        request[place[o]] = whose[at]
        place[o] += 1
    for o in range(owners):
        begin, end = offset[o], offset[o + 1]
        ascending = np.argsort(value[begin:end], kind="mergesort")  # stable: ties by request
        value[begin:end] = value[begin:end][ascending]
        request[begin:end] = request[begin:end][ascending]
    return offset, value, request
