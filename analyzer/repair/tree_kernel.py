"""Compiled: parents by span id, trace by trace, and the requests that result."""

import numpy as np

from analyzer.compiled import compiled
from analyzer.model.spans import Int32Array, Int64Array, UInt8Array, UInt64Array
from analyzer.repair.grouping_kernel import GOLDEN

ROOT = np.int32(-1)
LOST = np.int32(-2)
DUPLICATE = np.int32(-3)
SERVER, CLIENT, PRODUCER, CONSUMER = 2, 3, 4, 5


@compiled
def largest_trace(offset: Int64Array) -> int:
    """The number of spans of the largest trace."""
    largest = 0
    for t in range(offset.size - 1):
        largest = max(largest, offset[t + 1] - offset[t])
    return largest


@compiled
def join_parents(
    offset: Int64Array,
    span_id: UInt64Array,
    parent_id: UInt64Array,
    start_ns: Int64Array,
    end_ns: Int64Array,
    kind: UInt8Array,
    service: Int32Array,
    instance: Int32Array,
    parent: Int32Array,
) -> None:
    """Fill `parent` with positions, ROOT, LOST or DUPLICATE.

    Two rows with one span id and one kind are one span: the longer is kept. Two rows with one span
    id and two kinds are the client's and the server's half of a call (Zipkin's shared spans).
    """
    bits = 4
    while (1 << bits) < 2 * largest_trace(offset):
        bits += 1
    key = np.empty(1 << bits, np.uint64)
    head = np.full(1 << bits, -1, np.int32)
    twin = np.empty(parent.size, np.int32)  # the next row with the same span id
    for t in range(offset.size - 1):
        first, last = offset[t], offset[t + 1]
        bits = 2
        while (1 << bits) < 2 * (last - first):
            bits += 1
        mask = np.uint64((1 << bits) - 1)
        shift = np.uint64(64 - bits)
        for slot in range(1 << bits):
            head[slot] = -1
        for i in range(first, last):
            twin[i] = -1
            parent[i] = ROOT
            at = (span_id[i] * GOLDEN) >> shift
            while head[at] >= 0 and key[at] != span_id[i]:
                at = (at + np.uint64(1)) & mask
            key[at] = span_id[i]
            before = np.int32(-1)
            other = head[at]
            while other >= 0 and kind[other] != kind[i]:
                before = other
                other = twin[other]
            if other >= 0:  # a duplicate: keep the longer, of equally long ones the earlier
                mine, theirs = end_ns[i] - start_ns[i], end_ns[other] - start_ns[other]
                if mine > theirs or (mine == theirs and start_ns[i] < start_ns[other]):
                    twin[i] = twin[other]
                    parent[other] = DUPLICATE
                    if before >= 0:
                        twin[before] = i
                    else:
                        head[at] = i
                else:
                    parent[i] = DUPLICATE
            elif before >= 0:
                twin[before] = i
            else:
                head[at] = i
        for i in range(first, last):
            if parent[i] == DUPLICATE:
                continue
            wanted = np.uint8(255)
            if kind[i] == SERVER:
                wanted = np.uint8(CLIENT)
            elif kind[i] == CONSUMER:
                wanted = np.uint8(PRODUCER)
            # the other half of a shared span is this half's parent
            at = (span_id[i] * GOLDEN) >> shift
            while key[at] != span_id[i] or head[at] < 0:
                at = (at + np.uint64(1)) & mask
            half = head[at]
            while half >= 0 and kind[half] != wanted:
                half = twin[half]
            if half >= 0 and half != i:
                parent[i] = half
                continue
            if parent_id[i] == 0:
                continue
            parent[i] = LOST
            if parent_id[i] == span_id[i]:
                continue
            at = (parent_id[i] * GOLDEN) >> shift
            while head[at] >= 0 and key[at] != parent_id[i]:
                at = (at + np.uint64(1)) & mask
            half = head[at]
            best_rank = -1
            while half >= 0:
                # of two halves the one in this span's own process is its parent, else the half
                # that faces it: a server's parent is a client, anything else's is the server
                faces = kind[half] == wanted if wanted != 255 else kind[half] in (SERVER, CONSUMER)
                same = service[half] == service[i] and instance[half] == instance[i]
                rank = 2 * int(same) + int(faces)
                if rank > best_rank:
                    best_rank = rank
                    parent[i] = half
                half = twin[half]


@compiled
def list_children(
    offset: Int64Array, parent: Int32Array, first_child: Int32Array, next_sibling: Int32Array
) -> None:
    """Fill linked lists of children, latest row first."""
    for i in range(parent.size):
        first_child[i] = -1
        next_sibling[i] = -1
    for i in range(offset[0], offset[-1]):
        p = parent[i]
        if p >= 0:
            next_sibling[i] = first_child[p]
            first_child[p] = i


@compiled
def apart(service: Int32Array, instance: Int32Array, one: int, other: int) -> bool:
    """Whether two spans come from different processes, as far as their resources tell."""
    if service[one] != service[other]:
        return True
    known = instance[one] >= 0 and instance[other] >= 0
    return known and instance[one] != instance[other]


@compiled
def remote(
    kind: UInt8Array, service: Int32Array, instance: Int32Array, child: int, parent: int
) -> bool:
    """Whether a span is the far end of a call: its kind faces its parent's, or it ran elsewhere."""
    if kind[child] == SERVER:
        faces = kind[parent] == CLIENT
    else:
        faces = kind[child] == CONSUMER and kind[parent] == PRODUCER
    return faces or apart(service, instance, child, parent)


@compiled
def _descend(
    root: int,
    begin: int,
    first_child: Int32Array,
    next_sibling: Int32Array,
    order: Int32Array,
    children: Int32Array,
    child_count: Int32Array,
) -> int:
    """Write a root and all below it to `order` from `begin`, parents first; return the end."""
    order[begin] = root
    end = begin + 1
    at = begin
    while at < end:
        i = order[at]
        children[i] = end
        child = first_child[i]
        while child >= 0:
            order[end] = child
            end += 1
            child = next_sibling[child]
        child_count[i] = end - children[i]
        at += 1
    return end


@compiled
def order_requests(
    offset: Int64Array, parent: Int32Array, span_id: UInt64Array, start_ns: Int64Array
) -> tuple[Int32Array, Int64Array, Int32Array, Int32Array, Int32Array, Int64Array]:
    """Order rows request by request.

    Returns:
        `order`, `offset`, `trace`, `children` and `child_count` of a `Tree`, and int64[7]:
        duplicates, lost subtrees, lost spans, traces whole, partial, rootless, with several requests.
    """
    m = parent.size
    first_child = np.empty(m, np.int32)
    next_sibling = np.empty(m, np.int32)
    list_children(offset, parent, first_child, next_sibling)
    order = np.empty(m, np.int32)
    begins = np.empty(m + 1, np.int64)
    trace = np.empty(m, np.int32)
    children = np.zeros(m, np.int32)
    child_count = np.zeros(m, np.int32)
    roots = np.empty(largest_trace(offset), np.int32)
    counts = np.zeros(7, np.int64)
    requests = 0
    end = 0
    begins[0] = 0
    for t in range(offset.size - 1):
        has_root = False
        lost = 0
        duplicates = 0
        for i in range(offset[t], offset[t + 1]):
            has_root |= parent[i] == ROOT
            lost += parent[i] == LOST
            duplicates += parent[i] == DUPLICATE
        wanted = ROOT if has_root else LOST
        found = 0
        for i in range(offset[t], offset[t + 1]):
            if parent[i] == wanted:
                # requests of one trace by start, then span id
                at = found
                while at > 0 and (
                    start_ns[roots[at - 1]] > start_ns[i]
                    or (
                        start_ns[roots[at - 1]] == start_ns[i]
                        and span_id[roots[at - 1]] > span_id[i]
                    )
                ):
                    roots[at] = roots[at - 1]
                    at -= 1
                roots[at] = i
                found += 1
        before = end
        for k in range(found):
            end = _descend(roots[k], end, first_child, next_sibling, order, children, child_count)
            trace[requests] = t
            requests += 1
            begins[requests] = end
        missed = offset[t + 1] - offset[t] - duplicates - (end - before)
        heads = lost if has_root else 0
        counts[0] += duplicates
        counts[1] += heads if heads or not missed else 1  # a circle of parents is a lost subtree
        counts[2] += missed
        if not found or not has_root:
            counts[5] += 1
        elif missed:
            counts[4] += 1
        else:
            counts[3] += 1
        counts[6] += found > 1
    return order[:end], begins[: requests + 1], trace[:requests], children, child_count, counts
