"""Give every nanosecond of every critical path to a service, a hop or an inferred callee."""

from dataclasses import dataclass

import numpy as np

from analyzer.attribution.contributions import (
    Cells,
    Contributions,
    Endpoint,
    Entity,
    EntityKind,
    RepairCounts,
    Requests,
)
from analyzer.model.spans import Float64Array, Int32Array, Spans, Status
from analyzer.model.traces import Batch, Nested, Parent, Paths, Tree

KINDS = tuple(EntityKind)

CODE_BITS = 31
"""How many bits of a word `analyzer.attribution.kernel` gives to a name's code + 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Whose the rows of a batch are.

    Attributes:
        of: int32[k], the entity of each row of the tree's order.
        entities: each entity once, in the order in which they were met.
    """

    of: Int32Array
    entities: tuple[Entity, ...]


def callees(batch: Batch, tree: Tree, nested: Nested) -> Int32Array:
    """The service that answered each outgoing call: int32[m], -1 where none is known."""
    from analyzer.attribution.kernel import find_callees

    callee = np.full(len(batch), -1, np.int32)
    find_callees(batch, tree, nested, callee)
    return callee


def name_rows(spans: Spans, batch: Batch, tree: Tree, nested: Nested) -> Named:
    """The entity that owns each row's own time.

    A client span's own time is the hop to the service that answered; without an answer it is that
    of an inferred callee; any other span's own time is that of its service.
    """
    from analyzer.attribution.kernel import number_entities

    of = np.empty(tree.order.size, np.int32)
    ends, what, how = number_entities(batch, tree, callees(batch, tree, nested), of).T
    low = np.uint64((1 << CODE_BITS) - 1)
    codes = (ends >> CODE_BITS & low, what >> CODE_BITS, ends & low, what & low, how)
    names = ("", *spans.names)
    met = [
        Entity(
            kind=KINDS[kind],
            service=names[service],
            operation=names[operation],
            callee=names[callee],
            peer=names[peer],
            protocol=names[protocol],
        )
        for kind, service, operation, callee, peer, protocol in zip(
            (ends >> 2 * CODE_BITS).tolist(), *(c.tolist() for c in codes), strict=True
        )
    ]
    return Named(of=of, entities=tuple(met))


def attribute(
    spans: Spans, batch: Batch, tree: Tree, nested: Nested, paths: Paths
) -> Contributions:
    """The contributions of a batch."""
    from analyzer.attribution.kernel import sum_by_request

    named = name_rows(spans, batch, tree, nested)
    offset, cell_entity, own_ns, counts = sum_by_request(
        batch, tree, paths.own_ns, named.of, len(named.entities)
    )
    endpoint, endpoints = _endpoints(spans.names, batch, tree)
    shifts_ns = nested.shift_ns[nested.shift_ns != 0]
    return Contributions(
        requests=_requests(spans, batch, tree, nested, paths, endpoint),
        cells=Cells(
            offset=offset,
            entity=cell_entity,
            own_ns=own_ns,
            spans=counts[0],
            entries=counts[1],
            errors=counts[2],
            entry_errors=counts[3],
        ),
        entities=named.entities,
        endpoints=endpoints,
        counts=RepairCounts(
            tree=tree.counts,
            shifted_spans=shifts_ns.size,
            largest_shift_ns=int(np.abs(shifts_ns).max(initial=0)),
            async_spans=int(np.count_nonzero(nested.asynchronous)),
        ),
    )


def _endpoints(
    names: tuple[str, ...], batch: Batch, tree: Tree
) -> tuple[Int32Array, tuple[Endpoint, ...]]:
    """The endpoint of each request: int32[r] into the endpoints."""
    from analyzer.repair.grouping_kernel import number_keys

    service, operation = batch.service[tree.roots], batch.operation[tree.roots]
    endpoint, count = number_keys(service.astype(np.uint64), operation.astype(np.uint64))
    first = np.empty(count, np.int64)
    first[endpoint[::-1]] = np.arange(endpoint.size)[::-1]
    return endpoint, tuple(
        Endpoint(service=names[s] if s >= 0 else "", operation=names[o] if o >= 0 else "")
        for s, o in zip(service[first].tolist(), operation[first].tolist(), strict=True)
    )


def _requests(
    spans: Spans, batch: Batch, tree: Tree, nested: Nested, paths: Paths, endpoint: Int32Array
) -> Requests:
    roots = tree.roots
    rows = batch.row[roots]
    return Requests(
        trace_hi=spans.trace_hi[rows],
        trace_lo=spans.trace_lo[rows],
        span_id=batch.span_id[roots],
        start_ns=nested.low_ns[roots],
        duration_ns=nested.high_ns[roots] - nested.low_ns[roots],
        endpoint=endpoint,
        failed=batch.status[roots] == Status.ERROR,
        rootless=tree.parent[roots] == Parent.LOST,
        signature=paths.signature,
        spans=np.diff(tree.offset).astype(np.int32),
        weight=_weights(spans, batch, tree),
    )


def _weights(spans: Spans, batch: Batch, tree: Tree) -> Float64Array:
    """For how many requests each stands: what its root says, else the most any of its spans does.

    A service that keeps fewer traces than its caller has the higher weight, and with it the trace
    shows that service.
    """
    if not spans.sampled.row.size or not tree.requests:
        return np.zeros(tree.requests)
    place = np.searchsorted(spans.sampled.row, batch.row)
    place = np.minimum(place, spans.sampled.row.size - 1)
    told = spans.sampled.row[place] == batch.row
    weight = np.where(told, spans.sampled.weight[place], 0.0)
    of_root = weight[tree.roots]
    highest = np.maximum.reduceat(weight[tree.order], tree.offset[:-1])
    return np.where(of_root > 0, of_root, highest)
