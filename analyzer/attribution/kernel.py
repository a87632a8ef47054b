"""Compiled: who owns a span's own time, and the sums per request."""

import numpy as np

from analyzer.compiled import compiled
from analyzer.model.spans import BoolArray, Int32Array, Int64Array, UInt8Array, UInt64Array
from analyzer.repair.tree_kernel import CLIENT, PRODUCER, remote

SELF, HOP, INFERRED = 0, 1, 2


@compiled
def find_callees(
    order: Int32Array,
    parent: Int32Array,
    kind: UInt8Array,
    service: Int32Array,
    instance: Int32Array,
    adopter: BoolArray,
    low_ns: Int64Array,
    high_ns: Int64Array,
    span_id: UInt64Array,
    callee: Int32Array,
) -> None:
    """Fill `callee` with the service that answered each outgoing call, -1 where none is known.

    Of several answers (a redirect, a retry) the last one counts. A client span around another one
    (a library that uses a library) has the inner one's callee.
    """
    best = np.full(callee.size, -1, np.int32)
    for k in range(order.size - 1, -1, -1):  # children before parents
        c = order[k]
        p = parent[c]
        if p < 0 or not (kind[p] == CLIENT or kind[p] == PRODUCER or adopter[p]):
            continue
        answers = remote(kind, service, instance, c, p)
        passes_on = not answers and callee[c] >= 0
        if not answers and not passes_on:
            continue
        b = best[p]
        if b >= 0:
            b_answers = remote(kind, service, instance, b, p)
            if b_answers != answers:
                if b_answers:
                    continue
            elif high_ns[b] != high_ns[c]:
                if high_ns[b] > high_ns[c]:
                    continue
            elif low_ns[b] != low_ns[c]:
                if low_ns[b] > low_ns[c]:
                    continue
            elif span_id[b] > span_id[c]:
                continue
        best[p] = c
        callee[p] = service[c] if answers else callee[c]


@compiled
def entity_keys(
    order: Int32Array,
    kind: UInt8Array,
    service: Int32Array,
    operation: Int32Array,
    peer: Int32Array,
    protocol: Int32Array,
    adopter: BoolArray,
    callee: Int32Array,
) -> tuple[UInt64Array, UInt64Array, UInt64Array]:
    """The entity each row of `order` belongs to, as three words: tag and both ends; what; how."""
    ends = np.empty(order.size, np.uint64)
    what = np.empty(order.size, np.uint64)
    how = np.empty(order.size, np.uint64)
    for k in range(order.size):
        i = order[k]
        tag = SELF
        if kind[i] == CLIENT or kind[i] == PRODUCER or adopter[i]:
            if callee[i] >= 0:
                tag = HOP
            elif kind[i] == CLIENT or (kind[i] == PRODUCER and peer[i] >= 0):
                tag = INFERRED
        other = callee[i] if tag == HOP else np.int32(-1)
        named = peer[i] if tag != SELF else np.int32(-1)
        spoken = protocol[i] if tag != SELF else np.int32(-1)
        ends[k] = (
            (np.uint64(tag) << np.uint64(62))
            | (np.uint64(service[i] + 1) << np.uint64(31))
            | np.uint64(other + 1)
        )
        what[k] = np.uint64(operation[i] + 1)
        how[k] = (np.uint64(named + 1) << np.uint64(32)) | np.uint64(spoken + 1)
    return ends, what, how


@compiled
def sum_by_request(
    order: Int32Array,
    offset: Int64Array,
    parent: Int32Array,
    service: Int32Array,
    status: UInt8Array,
    entity: Int32Array,
    entities: int,
    own_ns: Int64Array,
) -> tuple[Int64Array, Int32Array, Int64Array, Int32Array, Int32Array, Int32Array, Int32Array]:
    """Sum per request and entity, over those that a request has.

    Returns:
        int64[r + 1], where each request's cells begin; then by cell: its entity, own time on the
        path in ns, spans, spans that enter a service, failed spans, failed spans that enter one.
    """
    n = order.size
    begins = np.empty(offset.size, np.int64)
    cell_entity = np.empty(n, np.int32)
    own = np.empty(n, np.int64)
    spans = np.empty(n, np.int32)
    entries = np.empty(n, np.int32)
    errors = np.empty(n, np.int32)
    entry_errors = np.empty(n, np.int32)
    cell_of = np.full(entities, -1, np.int64)
    cells = 0
    begins[0] = 0
    for r in range(offset.size - 1):
        begin = cells
        for k in range(offset[r], offset[r + 1]):
            i = order[k]
            e = entity[k]
            cell = cell_of[e]
            if cell < begin:
                cell = cells
                cells += 1
                cell_of[e] = cell
                cell_entity[cell] = e
                own[cell] = 0
                spans[cell] = 0
                entries[cell] = 0
                errors[cell] = 0
                entry_errors[cell] = 0
            p = parent[i]
            enters = p < 0 or service[p] != service[i]
            failed = status[i] == 2
            own[cell] += own_ns[i]
            spans[cell] += 1
            entries[cell] += enters
            errors[cell] += failed
            entry_errors[cell] += enters and failed
        begins[r + 1] = cells
    return (
        begins,
        cell_entity[:cells],
        own[:cells],
        spans[:cells],
        entries[:cells],
        errors[:cells],
        entry_errors[:cells],
    )
