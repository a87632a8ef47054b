"""The repair steps in their order: each takes columns and gives columns, and mends one defect."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analyzer.model.spans import BoolArray, Int32Array, Int64Array, Spans, UInt64Array
from analyzer.model.traces import Batch, Grouping, Nested, Tree, TreeCounts

GRAIN_NS = 1_000
"""What clocks are trusted to: a microsecond, the grain of most tracers' timestamps."""

COARSE_GRAIN_NS = 1_000_000
"""The grain of a service all of whose timestamps are whole milliseconds."""

ANY_SHIFT_NS = 2**62
"""The largest shift that is believed when nobody set a limit: any."""

NEARLY_ALL = 0.9
"""How much of a call site must lie inside its sibling before it is given to it (rule 6)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairOptions:
    """What repair may do.

    Attributes:
        max_clock_shift_ns: no span is moved further because of its host's clock; 0 moves none.
    """

    max_clock_shift_ns: int = ANY_SHIFT_NS


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSite:
    """Where a remote call leaves a service: operation of the parent, and the callee's operation."""

    service: int
    operation: int
    callee: int
    callee_operation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Remote children directly under a span that is no client span.

    Attributes:
        child: int32[k], positions in a batch.
        sibling: int32[k], the sibling that holds each, -1 where none does.
        evidence: how often each (call site, sibling's operation) was met; -1 for no sibling.
    """

    child: Int32Array
    sibling: Int32Array
    evidence: dict[tuple[CallSite, int], int]


def group(spans: Spans) -> Grouping:
    """Group spans by trace."""
    from analyzer.repair.grouping_kernel import group_rows, number_keys

    number, count = number_keys(spans.trace_hi, spans.trace_lo)
    offset, order = group_rows(number, count)
    return Grouping(offset=offset, order=order)


def clock_grain(spans: Spans) -> Int64Array:
    """The grain of each service's clock in ns, int64 by service code (rule 4)."""
    from analyzer.repair.grouping_kernel import coarse_clocks

    coarse = np.ones(max(len(spans.names), 1), np.int64)
    coarse_clocks(spans.service, spans.start_ns, spans.end_ns, coarse)
    return np.where(coarse == 1, COARSE_GRAIN_NS, GRAIN_NS)


def gather(spans: Spans, grouping: Grouping, first: int, last: int) -> Batch:
    """The spans of traces `first` to `last` (exclusive), side by side."""
    begin, end = int(grouping.offset[first]), int(grouping.offset[last])
    row = grouping.order[begin:end]
    return Batch(
        offset=grouping.offset[first : last + 1] - begin,
        row=row,
        span_id=spans.span_id[row],
        parent_id=spans.parent_id[row],
        start_ns=spans.start_ns[row],
        end_ns=spans.end_ns[row],
        kind=spans.kind[row],
        status=spans.status[row],
        service=spans.service[row],
        instance=spans.instance[row],
        operation=spans.operation[row],
        peer=spans.peer[row],
        protocol=spans.protocol[row],
    )


def join_parents(batch: Batch) -> Int32Array:
    """The position of every row's parent, or a `Parent` (rules 7 and 8)."""
    from analyzer.repair.tree_kernel import join_parents as kernel

    parent = np.empty(len(batch), np.int32)
    kernel(
        batch.offset,
        batch.span_id,
        batch.parent_id,
        batch.start_ns,
        batch.end_ns,
        batch.kind,
        batch.service,
        batch.instance,
        parent,
    )
    return parent


def adoption_candidates(batch: Batch, parent: Int32Array) -> Candidates:
    """Remote children that may belong to a sibling of theirs, with the evidence (rule 6)."""
    from analyzer.repair.adoption_kernel import find_candidates
    from analyzer.repair.grouping_kernel import number_keys

    child, sibling = find_candidates(
        batch.offset,
        parent,
        batch.span_id,
        batch.start_ns,
        batch.end_ns,
        batch.kind,
        batch.service,
        batch.instance,
    )
    up = parent[child]
    held_by = np.where(sibling >= 0, batch.operation[sibling], -1)
    caller = _pair(batch.service[up], batch.operation[up])
    callee = _pair(batch.service[child], batch.operation[child])
    site, _ = number_keys(caller, callee)
    number, distinct = number_keys(site.astype(np.uint64), held_by.astype(np.uint64))
    counts = np.bincount(number, minlength=distinct).tolist()
    first = np.empty(distinct, np.int64)
    first[number[::-1]] = np.arange(number.size)[::-1]
    evidence = {
        (_call_site(batch, int(up[at]), int(child[at])), int(held_by[at])): count
        for at, count in zip(first.tolist(), counts, strict=True)
    }
    return Candidates(child=child, sibling=sibling, evidence=evidence)


def _pair(service: Int32Array, operation: Int32Array) -> UInt64Array:
    """Two codes in one word."""
    return (service.astype(np.uint64) << np.uint64(32)) | operation.astype(np.uint32)


def _call_site(batch: Batch, up: int, child: int) -> CallSite:
    return CallSite(
        service=int(batch.service[up]),
        operation=int(batch.operation[up]),
        callee=int(batch.service[child]),
        callee_operation=int(batch.operation[child]),
    )


def adopting_sites(
    evidence: Sequence[dict[tuple[CallSite, int], int]],
) -> frozenset[tuple[CallSite, int]]:
    """Which (call site, sibling's operation) hold for nearly all calls of the site (rule 6)."""
    held: dict[tuple[CallSite, int], int] = {}
    total: dict[CallSite, int] = {}
    for part in evidence:
        for (site, operation), count in part.items():
            held[site, operation] = held.get((site, operation), 0) + count
            total[site] = total.get(site, 0) + count
    return frozenset(
        key for key, count in held.items() if key[1] >= 0 and count >= NEARLY_ALL * total[key[0]]
    )


def adopt(
    batch: Batch,
    parent: Int32Array,
    candidates: Candidates,
    sites: frozenset[tuple[CallSite, int]],
) -> tuple[Int32Array, BoolArray, BoolArray]:
    """Give children of the sites to the sibling that holds them.

    Returns:
        the new parents, bool[m] the adopted children, bool[m] the siblings that got them.
    """
    adopted = np.zeros(len(batch), np.bool_)
    adopter = np.zeros(len(batch), np.bool_)
    if not sites:
        return parent, adopted, adopter
    parent = parent.copy()
    for child, sibling in zip(candidates.child.tolist(), candidates.sibling.tolist(), strict=True):
        if sibling < 0:
            continue
        site = _call_site(batch, int(parent[child]), child)
        if (site, int(batch.operation[sibling])) in sites:
            parent[child] = sibling
            adopted[child] = True
            adopter[sibling] = True
    return parent, adopted, adopter


def order_requests(
    batch: Batch, parent: Int32Array, adopted: BoolArray, adopter: BoolArray
) -> Tree:
    """Requests, parents before children, and how whole the traces are (rule 7)."""
    from analyzer.repair.tree_kernel import order_requests as kernel

    order, offset, trace, children, child_count, counts = kernel(
        batch.offset, parent, batch.span_id, batch.start_ns
    )
    duplicates, lost_subtrees, lost_spans, whole, partial, rootless, multi = counts.tolist()
    return Tree(
        parent=parent,
        order=order,
        offset=offset,
        children=children,
        child_count=child_count,
        trace=trace,
        adopted=adopted,
        adopter=adopter,
        counts=TreeCounts(
            spans=len(batch),
            duplicates=duplicates,
            lost_subtrees=lost_subtrees,
            lost_spans=lost_spans,
            adopted=int(adopted.sum()),
            traces=int(batch.offset.size) - 1,
            whole=whole,
            partial=partial,
            rootless=rootless,
            multi_root=multi,
        ),
    )


def nest(batch: Batch, tree: Tree, grain_ns: Int64Array, options: RepairOptions) -> Nested:
    """Times on the root's clock, every waited-for span inside its parent (rules 1, 3, 4, 5)."""
    from analyzer.repair.nesting_kernel import align_clocks
    from analyzer.repair.nesting_kernel import nest as kernel

    m = len(batch)
    shift_ns = np.zeros(m, np.int64)
    low_ns = np.zeros(m, np.int64)
    high_ns = np.zeros(m, np.int64)
    waited = np.zeros(m, np.bool_)
    asynchronous = np.zeros(m, np.bool_)
    if options.max_clock_shift_ns:
        align_clocks(
            tree.order,
            tree.parent,
            batch.start_ns,
            batch.end_ns,
            batch.kind,
            batch.service,
            batch.instance,
            options.max_clock_shift_ns,
            shift_ns,
        )
    kernel(
        tree.order,
        tree.children,
        tree.child_count,
        tree.parent,
        batch.start_ns,
        batch.end_ns,
        batch.kind,
        batch.service,
        batch.instance,
        shift_ns,
        grain_ns,
        low_ns,
        high_ns,
        waited,
        asynchronous,
    )
    return Nested(
        shift_ns=shift_ns,
        low_ns=low_ns,
        high_ns=high_ns,
        waited=waited,
        asynchronous=asynchronous,
    )
