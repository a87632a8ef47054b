"""Compiled: who owns a span's own time, and the sums per request."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from analyzer.attribution.attribute import CODE_BITS
from analyzer.attribution.contributions import EntityKind
from analyzer.compiled import compiled, compiled_borrowing
from analyzer.model.spans import Int32Array, Int64Array, Status, UInt64Array
from analyzer.model.traces import Batch, Nested, Tree
from analyzer.repair.grouping_kernel import GOLDEN, SECOND
from analyzer.repair.join_kernel import CLIENT, PRODUCER, is_outgoing

T = TypeVar("T", bound=np.generic)

SELF, HOP, INFERRED = int(EntityKind.SELF), int(EntityKind.HOP), int(EntityKind.INFERRED)
ERROR = int(Status.ERROR)


@compiled_borrowing
def _speaks_for(one: int, other: int, batch: Batch, tree: Tree, nested: Nested) -> bool:
    """Whether of two children of a call `one` says who answered: an answer itself, the last one."""
    if tree.remote[one] != tree.remote[other]:
        return bool(tree.remote[one])
    if nested.high_ns[one] != nested.high_ns[other]:
        return bool(nested.high_ns[one] > nested.high_ns[other])
    if nested.low_ns[one] != nested.low_ns[other]:
        return bool(nested.low_ns[one] > nested.low_ns[other])
    return bool(batch.span_id[one] > batch.span_id[other])


@compiled
def find_callees(batch: Batch, tree: Tree, nested: Nested, callee: Int32Array) -> None:
    """Fill `callee` with the service that answered each outgoing call; it begins with -1.

    ```
    call  |----------------------|     its callee: that of the last answer
      a      |-----|                   a redirect
      b              |--------|        answered in the end
    ```

    A call around another one (a library that uses a library) has the inner one's callee, unless it
    was answered itself.
    """
    parent, remote, adopter = tree.parent, tree.remote, tree.adopter
    best = np.full(callee.size, -1, np.int32)
    for c in tree.order[::-1]:  # children before parents
        p = parent[c]
        if p < 0 or not (remote[c] or callee[c] >= 0):
            continue
        if not (is_outgoing(batch.kind, p) or adopter[p]):
            continue
        if best[p] < 0 or _speaks_for(c, best[p], batch, tree, nested):
            best[p] = c
            callee[p] = batch.service[c] if remote[c] else callee[c]


@compiled_borrowing
def _slot(
    ends: np.uint64,
    what: np.uint64,
    how: np.uint64,
    known: UInt64Array,
    table: Int32Array,
    bits: int,
) -> int:
    """The slot of a table of 2 ** bits slots that holds such a row of `known`, or may hold it."""
    hashed = ((((ends * SECOND) ^ what) * SECOND) ^ how) * GOLDEN
    at = np.int64(hashed >> np.uint64(64 - bits))
    while table[at] >= 0:
        e = table[at]
        if (known[e, 0] == ends) & (known[e, 1] == what) & (known[e, 2] == how):
            break
        at = (at + 1) & (table.size - 1)
    return int(at)


@compiled_borrowing
def _pair(one: int, other: int) -> np.uint64:
    """Two codes in one word; -1 becomes 0."""
    return (np.uint64(one + 1) << np.uint64(CODE_BITS)) | np.uint64(other + 1)


@compiled
def number_entities(
    batch: Batch, tree: Tree, callee: Int32Array, entity: Int32Array
) -> UInt64Array:
    """Fill `entity`: for each row of the tree's order the entity that owns its own time, a number.

    Returns:
        uint64[e, 3], the entities by number: a word of two bits for the kind, service and callee;
        one of operation and peer; one of the protocol; each as its code + 1.
    """
    kind, service, operation = batch.kind, batch.service, batch.operation
    peer, protocol = batch.peer, batch.protocol
    bits = 8
    table = np.full(1 << bits, -1, np.int32)
    known = np.empty((tree.order.size, 3), np.uint64)
    count = 0
    for k in range(tree.order.size):
        i = tree.order[k]
        # a producer that names nobody may have done anything: its time is its service's
        asks = (kind[i] == CLIENT) | ((kind[i] == PRODUCER) & (peer[i] >= 0))
        owner = HOP if callee[i] >= 0 else INFERRED if asks else SELF
        ends = (np.uint64(owner) << np.uint64(2 * CODE_BITS)) | _pair(service[i], callee[i])
        what, how = _pair(operation[i], peer[i]), np.uint64(protocol[i] + 1)
        if owner == SELF:  # only of calls it matters whom and how
            what, how = _pair(operation[i], -1), np.uint64(0)
        at = _slot(ends, what, how, known, table, bits)
        if table[at] < 0:
            table[at] = count
            known[count, 0], known[count, 1], known[count, 2] = ends, what, how
            count += 1
        entity[k] = table[at]
        if 4 * count > table.size:
            bits += 1
            table = np.full(1 << bits, -1, np.int32)
            for e in range(count):
                table[_slot(known[e, 0], known[e, 1], known[e, 2], known, table, bits)] = e
    return known[:count]


@compiled
def sum_by_request(
    batch: Batch, tree: Tree, own_ns: Int64Array, entity: Int32Array, entities: int
) -> tuple[Int64Array, Int32Array, Int64Array, Int32Array]:
    """Sum per request and entity, over those that a request has, in the order of its rows.

    Returns:
        int64[r + 1], where each request's cells begin; int32[q], each cell's entity; int64[q], own
        time on the path in ns; int32[4, q], spans, spans that enter a service, failed spans, failed
        spans that enter one.
    """
    order, offset, parent = tree.order, tree.offset, tree.parent
    service, status = batch.service, batch.status
    begins = np.empty(offset.size, np.int64)
    cell_entity = np.empty(order.size, np.int32)
    own = np.zeros(order.size, np.int64)
    count = np.zeros((4, order.size), np.int32)
    cell_of = np.full(entities, -1, np.int64)
    cells = 0
    begins[0] = 0
    for r in range(offset.size - 1):
        for k in range(offset[r], offset[r + 1]):
            cell = cell_of[entity[k]]
            if cell < begins[r]:
                cell = cells
                cells += 1
                cell_of[entity[k]] = cell
                cell_entity[cell] = entity[k]
            i = order[k]
            enters = parent[i] < 0 or service[parent[i]] != service[i]
            failed = status[i] == ERROR
            own[cell] += own_ns[i]
            count[0, cell] += 1
            count[1, cell] += enters
            count[2, cell] += failed
            count[3, cell] += enters and failed
        begins[r + 1] = cells
    return begins, cell_entity[:cells], own[:cells], count[:, :cells]


@compiled
def put_runs(column: NDArray[T], offset: Int64Array, begins: Int64Array, moved: NDArray[T]) -> None:
    """Copy runs of a column elsewhere: that from `offset[i]` to `begins[i]`."""
    for i in range(begins.size):
        for k in range(offset[i + 1] - offset[i]):
            moved[begins[i] + k] = column[offset[i] + k]
