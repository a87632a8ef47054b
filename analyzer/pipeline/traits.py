"""What the spans of slow and of typical requests say of themselves."""

import numpy as np

from analyzer.attribution.contributions import Contributions
from analyzer.model.attributes import Attributes
from analyzer.model.public_text import public_name, without_secrets
from analyzer.model.spans import Int64Array, Spans, Status, UInt64Array
from analyzer.model.traces import Grouping
from analyzer.pipeline.contributions import Prepared, batches
from analyzer.ranking.tail_traits import INSTANCE, Trait, Traits
from analyzer.repair import steps

ERROR, OPERATION = "error", "operation"
"""Traits that are no attributes: that a span failed, that a service did something at all."""

_ATTRIBUTE, _INSTANCE, _OPERATION, _ERROR = range(4)
_KIND_SHIFT, _SERVICE_SHIFT = np.uint64(60), np.uint64(32)
_VALUE = np.uint64((1 << 32) - 1)
_SERVICE = np.uint64((1 << 28) - 1)


def traits_of(prepared: Prepared, found: Contributions, looked_at: Int64Array) -> Traits:
    """The traits of some requests.

    Args:
        prepared: the spans.
        found: the contributions of all requests, sorted.
        looked_at: int64[l], positions of requests, ascending.
    """
    request, row = _members(prepared, found, looked_at)
    request, code = _codes(prepared.spans, request, row)
    distinct, trait = np.unique(code, return_inverse=True)
    pairs = np.unique(request * max(distinct.size, 1) + trait.reshape(-1))
    names = [_name(prepared.spans, int(c)) for c in distinct.tolist()]
    order = sorted(range(len(names)), key=names.__getitem__)
    place = np.empty(len(names), np.int32)
    place[order] = np.arange(len(names), dtype=np.int32)
    return Traits(
        looked_at=looked_at,
        request=pairs // max(distinct.size, 1),
        trait=place[pairs % max(distinct.size, 1)],
        names=tuple(names[i] for i in order),
    )


def _members(
    prepared: Prepared, found: Contributions, looked_at: Int64Array
) -> tuple[Int64Array, Int64Array]:
    """The spans of the requests: int64[m] index into `looked_at`, int64[m] row."""
    spans, requests = prepared.spans, found.requests.take(looked_at)
    wanted = _ids(requests.trace_hi, requests.trace_lo, requests.span_id)
    heads = prepared.grouping.order[prepared.grouping.offset[:-1]]
    traces = _ids(spans.trace_hi[heads], spans.trace_lo[heads])
    mine = np.flatnonzero(np.isin(traces, _ids(requests.trace_hi, requests.trace_lo)))
    grouping = _only(prepared.grouping, mine)
    members: list[Int64Array] = [np.empty(0, np.int64)]
    rows: list[Int64Array] = [np.empty(0, np.int64)]
    for first, last in batches(grouping):
        batch = steps.gather(spans, grouping, first, last)
        tree = steps.order_requests(batch, steps.join_parents(batch))
        roots = batch.row[tree.order[tree.offset[:-1]]]
        ids = _ids(spans.trace_hi[roots], spans.trace_lo[roots], spans.span_id[roots])
        at = np.searchsorted(wanted, ids).clip(max=wanted.size - 1)
        at = np.where(wanted[at] == ids, at, -1)
        member = np.repeat(at, np.diff(tree.offset))
        members.append(member[member >= 0])
        rows.append(batch.row[tree.order][member >= 0])
    return np.concatenate(members), np.concatenate(rows)


def _ids(*parts: UInt64Array) -> np.ndarray:
    """Ids of several words as one value that can be compared; their order is that of the words."""
    words = np.ascontiguousarray(np.stack(parts, axis=1).astype(">u8"))
    return words.view(f"S{8 * len(parts)}").reshape(-1)


def _only(grouping: Grouping, traces: Int64Array) -> Grouping:
    """Some of the traces, in that order."""
    begins, sizes = grouping.offset[traces], np.diff(grouping.offset)[traces]
    offset = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    at = np.repeat(begins - offset[:-1], sizes) + np.arange(int(offset[-1]))
    return Grouping(offset=offset, order=grouping.order[at])


def _codes(spans: Spans, request: Int64Array, row: Int64Array) -> tuple[Int64Array, UInt64Array]:
    """Requests and what they have, as one number a trait; a pair can be there several times."""
    service = spans.service[row].astype(np.uint64) & _SERVICE
    failed = spans.status[row] == Status.ERROR
    parts = [
        (request, _code(_INSTANCE, service, spans.instance[row]), spans.instance[row] >= 0),
        (request, _code(_OPERATION, service, spans.operation[row]), spans.operation[row] >= 0),
        (request, _code(_ERROR, service, np.zeros(row.size, np.int32)), failed),
    ]
    found = [(r[mask], c[mask]) for r, c, mask in parts]
    if spans.attributes is not None:
        found.append(_attribute_codes(spans.attributes, request, service, row))
    return np.concatenate([r for r, _ in found]), np.concatenate([c for _, c in found])


def _attribute_codes(
    attributes: Attributes, request: Int64Array, service: UInt64Array, row: Int64Array
) -> tuple[Int64Array, UInt64Array]:
    of = attributes.set_of[row]
    begins, sizes = attributes.offset[of], np.diff(attributes.offset)[of]
    before = np.cumsum(sizes) - sizes
    at = np.repeat(begins - before, sizes) + np.arange(int(sizes.sum()))
    code = _code(_ATTRIBUTE, np.repeat(service, sizes), attributes.pair[at])
    return np.repeat(request, sizes), code


def _code(kind: int, service: UInt64Array, value: np.ndarray) -> UInt64Array:
    code: UInt64Array = (
        (np.uint64(kind) << _KIND_SHIFT)
        | (service << _SERVICE_SHIFT)
        | (value.astype(np.uint64) & _VALUE)
    )
    return code


def _name(spans: Spans, code: int) -> Trait:
    kind, value = code >> 60, code & 0xFFFFFFFF
    service = spans.names[(code >> 32) & 0xFFFFFFF]
    if kind == _INSTANCE:
        return Trait(service=service, attribute=INSTANCE, value=spans.names[value])
    if kind == _OPERATION:
        return Trait(service=service, attribute=OPERATION, value=spans.names[value])
    if kind == _ERROR or spans.attributes is None:
        return Trait(service=service, attribute=ERROR, value="true")
    key, text = spans.attributes.pairs[value]
    return Trait(service=service, attribute=public_name(key), value=without_secrets(text))
