"""Compiled: remote children that lie inside a sibling span of their caller (rule 6)."""

import numpy as np

from analyzer.compiled import compiled, compiled_borrowing
from analyzer.model.spans import BoolArray, Int32Array, Int64Array, UInt64Array
from analyzer.model.traces import Batch, Joined
from analyzer.repair.join_kernel import is_outgoing
from analyzer.repair.sorting_kernel import first_not_after, sort_siblings


@compiled
def _strays(batch: Batch, joined: Joined) -> tuple[Int32Array, BoolArray]:
    """Remote children of spans that are no call, and for every row if it has a remote child."""
    parent, remote, kind = joined.parent, joined.remote, batch.kind
    calls = np.zeros(parent.size, np.bool_)
    strays = np.empty(parent.size, np.int32)
    found = 0
    for i in range(parent.size):
        if remote[i]:
            calls[parent[i]] = True
            if not is_outgoing(kind, parent[i]):
                strays[found] = i
                found += 1
    return strays[:found], calls


@compiled_borrowing
def _smaller(
    one: int, other: int, start_ns: Int64Array, end_ns: Int64Array, span_id: UInt64Array
) -> bool:
    """Whether `one` is the smaller of two spans; of equal ones the earlier, then by span id."""
    mine, theirs = end_ns[one] - start_ns[one], end_ns[other] - start_ns[other]
    if mine != theirs:
        return bool(mine < theirs)
    if start_ns[one] != start_ns[other]:
        return bool(start_ns[one] < start_ns[other])
    return bool(span_id[one] < span_id[other])


@compiled
def _near(above: int, joined: Joined, calls: BoolArray, batch: Batch, near: Int32Array) -> int:
    """Fill `near` with a span's own children that call nobody yet, latest first; how many."""
    count = 0
    s = joined.first_child[above]
    while s >= 0:
        if not joined.remote[s] and not calls[s]:
            near[count] = s
            count += 1
        s = joined.next_sibling[s]
    scratch = np.empty(count, np.int32)
    sort_siblings(near[:count], batch.start_ns, batch.end_ns, batch.span_id, scratch)
    return count


@compiled_borrowing
def _holder(
    child: int,
    near: Int32Array,
    latest_ns: Int64Array,
    start_ns: Int64Array,
    end_ns: Int64Array,
    span_id: UInt64Array,
) -> int:
    """The smallest of the spans `near` that holds the child, -1 if none does.

    `latest_ns` is the latest end of each and all that start before it: where none of them still
    runs when the child ends, the search is over.
    """
    best = -1
    for k in range(first_not_after(near, start_ns, start_ns[child]), near.size):
        if latest_ns[k] < end_ns[child]:
            break
        s = near[k]
        if end_ns[s] >= end_ns[child] and (
            best < 0 or _smaller(s, best, start_ns, end_ns, span_id)
        ):
            best = s
    return best


@compiled
def find_candidates(batch: Batch, joined: Joined) -> tuple[Int32Array, Int32Array]:
    """Find remote children directly under a span that is no call.

    ```
    handler   |--------------------|      service a, the child's recorded parent
      call        |----------|            service a, no remote child of its own: the sibling
      answer        |------|              service b: belongs to `call`
    ```

    Returns:
        int32[k], the children, and int32[k], the smallest sibling that holds each, -1 if none does.
    """
    strays, calls = _strays(batch, joined)
    holder = np.full(strays.size, -1, np.int32)
    if not strays.size:
        return strays, holder
    start_ns, end_ns, span_id, parent = batch.start_ns, batch.end_ns, batch.span_id, joined.parent
    near, latest_ns = np.empty(parent.size, np.int32), np.empty(parent.size, np.int64)
    begins = np.full(parent.size, -1, np.int64)  # by parent: where its part of `near` begins
    ends = np.empty(parent.size, np.int64)
    filled = 0
    for k in range(strays.size):
        c = strays[k]
        above = parent[c]
        if begins[above] < 0:  # the first of this parent's strays: see who may hold them
            begins[above] = filled
            filled += _near(above, joined, calls, batch, near[filled:])
            ends[above] = filled
            for j in range(filled - 1, begins[above] - 1, -1):
                following = latest_ns[j + 1] if j + 1 < filled else end_ns[near[j]]
                latest_ns[j] = max(following, end_ns[near[j]])
        begin, end = begins[above], ends[above]
        holder[k] = _holder(c, near[begin:end], latest_ns[begin:end], start_ns, end_ns, span_id)
    return strays, holder
