"""Give every nanosecond of every critical path to a service, a hop or an inferred callee."""

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
from analyzer.model.spans import Int32Array, Spans, Status
from analyzer.model.traces import Batch, Nested, Parent, Paths, Tree


def callees(batch: Batch, tree: Tree, nested: Nested) -> Int32Array:
    """The service that answered each outgoing call: int32[m], -1 where none did or none is known."""
    from analyzer.attribution.kernel import find_callees

    callee = np.full(len(batch), -1, np.int32)
    find_callees(
        tree.order,
        tree.parent,
        batch.kind,
        batch.service,
        batch.instance,
        tree.adopter,
        nested.low_ns,
        nested.high_ns,
        batch.span_id,
        callee,
    )
    return callee


def attribute(
    spans: Spans, batch: Batch, tree: Tree, nested: Nested, paths: Paths
) -> Contributions:
    """The contributions of a batch.

    A client span's own time is the hop to the service that answered; without an answer it is that of
    an inferred callee; any other span's own time is that of its service.
    """
    from analyzer.attribution.kernel import entity_keys, sum_by_request
    from analyzer.repair.grouping_kernel import number_keys

    callee = callees(batch, tree, nested)
    ends, what, how = entity_keys(
        tree.order,
        batch.kind,
        batch.service,
        batch.operation,
        batch.peer,
        batch.protocol,
        tree.adopter,
        callee,
    )
    number, _ = number_keys(ends, what)
    entity, count = number_keys(number.astype(np.uint64), how)
    first = np.empty(count, np.int64)
    first[entity[::-1]] = np.arange(entity.size)[::-1]
    offset, cell_entity, own, n_spans, entries, errors, entry_errors = sum_by_request(
        tree.order,
        tree.offset,
        tree.parent,
        batch.service,
        batch.status,
        entity,
        count,
        paths.own_ns,
    )
    endpoint, endpoints = _endpoints(spans, batch, tree)
    return Contributions(
        requests=_requests(spans, batch, tree, nested, paths, endpoint),
        cells=Cells(
            offset=offset,
            entity=cell_entity,
            own_ns=own,
            spans=n_spans,
            entries=entries,
            errors=errors,
            entry_errors=entry_errors,
        ),
        entities=tuple(
            _entity(spans.names, int(e), int(w), int(h))
            for e, w, h in zip(ends[first], what[first], how[first], strict=True)
        ),
        endpoints=endpoints,
        counts=RepairCounts(
            tree=tree.counts,
            shifted_spans=int(np.count_nonzero(nested.shift_ns)),
            largest_shift_ns=int(np.abs(nested.shift_ns).max(initial=0)),
            async_spans=int(np.count_nonzero(nested.asynchronous)),
        ),
    )


def _entity(names: tuple[str, ...], ends: int, what: int, how: int) -> Entity:
    low31 = (1 << 31) - 1
    return Entity(
        kind=EntityKind(ends >> 62),
        service=_name(names, ((ends >> 31) & low31) - 1),
        callee=_name(names, (ends & low31) - 1),
        operation=_name(names, what - 1),
        peer=_name(names, (how >> 32) - 1),
        protocol=_name(names, (how & 0xFFFFFFFF) - 1),
    )


def _name(names: tuple[str, ...], code: int) -> str:
    return names[code] if code >= 0 else ""


def _endpoints(spans: Spans, batch: Batch, tree: Tree) -> tuple[Int32Array, tuple[Endpoint, ...]]:
    """The endpoint of each request: int32[r] into the endpoints."""
    roots = tree.order[tree.offset[:-1]]
    keys = np.stack([batch.service[roots], batch.operation[roots]], axis=1).reshape(-1, 2)
    distinct, endpoint = np.unique(keys, axis=0, return_inverse=True)
    return endpoint.reshape(-1).astype(np.int32), tuple(
        Endpoint(service=_name(spans.names, service), operation=_name(spans.names, operation))
        for service, operation in distinct.tolist()
    )


def _requests(
    spans: Spans, batch: Batch, tree: Tree, nested: Nested, paths: Paths, endpoint: Int32Array
) -> Requests:
    roots = tree.order[tree.offset[:-1]]
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
    )
