"""Compiled: parents by span id, trace by trace (rules 7 and 8)."""

import numpy as np

from analyzer.compiled import compiled, compiled_borrowing
from analyzer.model.spans import Int32Array, Int64Array, Kind, UInt8Array, UInt64Array
from analyzer.model.traces import Batch, Joined, Parent
from analyzer.repair.grouping_kernel import GOLDEN

ROOT, LOST, DUPLICATE = int(Parent.ROOT), int(Parent.LOST), int(Parent.DUPLICATE)
SERVER, CLIENT = int(Kind.SERVER), int(Kind.CLIENT)
PRODUCER, CONSUMER = int(Kind.PRODUCER), int(Kind.CONSUMER)


@compiled_borrowing
def _apart(service: Int32Array, instance: Int32Array, one: int, other: int) -> bool:
    """Whether two spans come from different processes, as far as their resources tell."""
    if service[one] != service[other]:
        return True
    mine, theirs = instance[one], instance[other]
    return bool(mine >= 0 and theirs >= 0 and mine != theirs)


@compiled_borrowing
def largest_trace(offset: Int64Array) -> int:
    """The number of spans of the largest trace."""
    largest = 0
    for t in range(offset.size - 1):
        largest = max(largest, offset[t + 1] - offset[t])
    return largest


@compiled_borrowing
def table_bits(rows: int) -> int:
    """How many bits count the slots of a hash table that is at most half full."""
    bits = 2
    while (1 << bits) < 2 * rows:
        bits += 1
    return bits


@compiled_borrowing
def _slot(key: UInt64Array, used: Int32Array, wanted: np.uint64, bits: int) -> int:
    """The slot of a span id in a table of 2 ** bits slots: its own, or an empty one."""
    at = np.int64((wanted * GOLDEN) >> np.uint64(64 - bits))
    mask = (1 << bits) - 1
    while used[2 * at] + used[2 * at + 1] > -2 and key[at] != wanted:
        at = (at + 1) & mask
    return int(at)


@compiled_borrowing
def _half(kind: int) -> int:
    """1 for the side of a call that answers, 0 for any other span."""
    return int(kind in (SERVER, CONSUMER))


@compiled_borrowing
def _is_better(batch: Batch, one: int, other: int) -> bool:
    """Which of two copies of a span to keep: the longer, the earlier, the one that says more."""
    mine = batch.end_ns[one] - batch.start_ns[one]
    theirs = batch.end_ns[other] - batch.start_ns[other]
    if mine != theirs:
        return bool(mine > theirs)
    if batch.start_ns[one] != batch.start_ns[other]:
        return bool(batch.start_ns[one] < batch.start_ns[other])
    if batch.parent_id[one] != batch.parent_id[other]:
        return bool(batch.parent_id[one] > batch.parent_id[other])
    if batch.status[one] != batch.status[other]:
        return bool(batch.status[one] > batch.status[other])
    return bool(batch.kind[one] > batch.kind[other])


@compiled
def _fill_table(
    batch: Batch,
    first: int,
    last: int,
    key: UInt64Array,
    used: Int32Array,
    bits: int,
    parent: Int32Array,
) -> bool:
    """Enter the spans of a trace by id; mark copies of one span as duplicates but for the best.

    Returns:
        whether any two halves of a call share an id.
    """
    shared = False
    used[: 2 << bits] = -1
    for i in range(first, last):
        at = _slot(key, used, batch.span_id[i], bits)
        key[at] = batch.span_id[i]
        place = 2 * at + _half(batch.kind[i])
        other = used[place]
        shared |= used[place ^ 1] >= 0
        parent[i] = ROOT
        if other < 0:
            used[place] = i
        elif _is_better(batch, i, other):
            parent[other] = DUPLICATE
            used[place] = i
        else:
            parent[i] = DUPLICATE
    return shared


@compiled_borrowing
def _nearer_half(batch: Batch, child: int, caller: int, answerer: int) -> int:
    """Which half of a call is a span's parent.

    ```
    caller     |--------------|     service a, id 1
    answerer     |----------|       service b, id 1
    child          |------|         service b, parent id 1: its own process's half
    ```

    Where both or neither are in its process: a server or consumer is called by the caller's half,
    anything else happens inside the answer.
    """
    service, instance = batch.service, batch.instance
    beside_caller = not _apart(service, instance, child, caller)
    if beside_caller != (not _apart(service, instance, child, answerer)):
        return caller if beside_caller else answerer
    return caller if _half(batch.kind[child]) else answerer


@compiled
def join_parents(batch: Batch, joined: Joined) -> None:
    """Fill `joined.parent`.

    Spans with one id are one span sent twice, or the two halves of a call that share it, as
    Zipkin's do: then the caller's half is the parent of the one that answers.
    """
    offset, parent_id, span_id, kind = batch.offset, batch.parent_id, batch.span_id, batch.kind
    parent = joined.parent
    most = table_bits(largest_trace(offset))
    key = np.empty(1 << most, np.uint64)
    used = np.empty(2 << most, np.int32)
    for t in range(offset.size - 1):
        first, last = offset[t], offset[t + 1]
        bits = table_bits(last - first)
        shared = _fill_table(batch, first, last, key, used, bits, parent)
        for i in range(first, last):
            if parent[i] == DUPLICATE:
                continue
            if shared and _half(kind[i]):
                own = _slot(key, used, span_id[i], bits)
                if used[2 * own] >= 0:
                    parent[i] = used[2 * own]
                    continue
            if parent_id[i] == 0:
                continue
            parent[i] = LOST
            if parent_id[i] != span_id[i]:
                at = _slot(key, used, parent_id[i], bits)
                caller, answerer = used[2 * at], used[2 * at + 1]
                if caller >= 0 and answerer >= 0:
                    parent[i] = _nearer_half(batch, i, caller, answerer)
                elif caller >= 0 or answerer >= 0:
                    parent[i] = max(caller, answerer)


@compiled
def mark_remote(batch: Batch, joined: Joined) -> None:
    """Fill `joined.remote`: a span's kind faces its parent's, or it ran in another process."""
    kind, service, instance = batch.kind, batch.service, batch.instance
    parent, remote = joined.parent, joined.remote
    for i in range(parent.size):
        p = parent[i]
        remote[i] = p >= 0 and (
            (kind[i] == SERVER and kind[p] == CLIENT)
            or (kind[i] == CONSUMER and kind[p] == PRODUCER)
            or _apart(service, instance, i, p)
        )


@compiled
def list_children(joined: Joined) -> None:
    """Fill `joined.first_child` and `joined.next_sibling`."""
    parent, first_child, next_sibling = joined.parent, joined.first_child, joined.next_sibling
    first_child[:] = -1
    for i in range(parent.size):
        p = parent[i]
        next_sibling[i] = -1
        if p >= 0:
            next_sibling[i] = first_child[p]
            first_child[p] = i


@compiled_borrowing
def is_outgoing(kind: UInt8Array, row: int) -> bool:
    """Whether a span is the near end of a call by its kind."""
    return bool(kind[row] == CLIENT or kind[row] == PRODUCER)
