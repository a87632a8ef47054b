"""The repair steps in their order: each takes columns and gives columns, and mends one defect.

Adoption (rule 6) comes between `join_parents` and `order_requests`; see `analyzer.repair.adoption`.
"""

from dataclasses import dataclass

import numpy as np

from analyzer.model.spans import COLUMNS, Int64Array, Spans
from analyzer.model.traces import Batch, Grouping, Joined, Met, Nested, Precedence, Tree
from analyzer.repair import order
from analyzer.repair.order import Order

GRAIN_NS = 1_000
"""What clocks are trusted to: a microsecond, the grain of most tracers' timestamps."""

COARSE_GRAIN_NS = 1_000_000
"""The grain of a service all of whose timestamps are whole milliseconds."""

ANY_SHIFT_NS = 2**62
"""The largest shift that is believed when nobody set a limit: any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairOptions:
    """What repair may do.

    Attributes:
        max_clock_shift_ns: no span is moved further because of its host's clock; 0 moves none.
    """

    max_clock_shift_ns: int = ANY_SHIFT_NS


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


_GATHERED = tuple(name for name in Batch._fields if name in COLUMNS)


def gather(spans: Spans, grouping: Grouping, first: int, last: int) -> Batch:
    """The spans of traces `first` to `last` (exclusive), side by side."""
    from analyzer.repair import grouping_kernel

    begin, end = int(grouping.offset[first]), int(grouping.offset[last])
    offset, row = grouping.offset[first : last + 1] - begin, grouping.order[begin:end]
    whole = Batch(offset, grouping.order, *(getattr(spans, name) for name in _GATHERED))
    batch = Batch(offset, row, *(np.empty(row.size, COLUMNS[name]) for name in _GATHERED))
    grouping_kernel.gather(whole, batch)
    return batch


def join_parents(batch: Batch) -> Joined:
    """Who is whose parent (rules 7 and 8)."""
    from analyzer.repair import join_kernel

    m = len(batch)
    joined = Joined(
        parent=np.empty(m, np.int32),
        remote=np.empty(m, np.bool_),
        first_child=np.empty(m, np.int32),
        next_sibling=np.empty(m, np.int32),
        adopted=np.zeros(m, np.bool_),
        adopter=np.zeros(m, np.bool_),
    )
    join_kernel.join_parents(batch, joined)
    join_kernel.mark_remote(batch, joined)
    join_kernel.list_children(joined)
    return joined


def order_requests(batch: Batch, joined: Joined) -> Tree:
    """Requests, parents before children, and how whole the traces are (rule 7)."""
    from analyzer.repair import tree_kernel

    m = len(batch)
    tree = Tree(
        parent=joined.parent,
        remote=joined.remote,
        adopted=joined.adopted,
        adopter=joined.adopter,
        order=np.empty(m, np.int32),
        offset=np.empty(m + 1, np.int64),
        children=np.zeros(m, np.int32),
        child_count=np.zeros(m, np.int32),
        trace=np.empty(m, np.int32),
        met=np.zeros(len(Met), np.int64),
    )
    rows, requests = tree_kernel.order_requests(batch, joined, tree)
    return tree._replace(
        order=tree.order[:rows], offset=tree.offset[: requests + 1], trace=tree.trace[:requests]
    )


def nest(
    batch: Batch,
    tree: Tree,
    grain_ns: Int64Array,
    options: RepairOptions,
    learned: Order | None = None,
) -> Nested:
    """Times on the root's clock, every waited-for span inside its parent (rules 1, 3, 4, 5, 9)."""
    from analyzer.repair import nesting_kernel

    m = len(batch)
    nested = Nested(
        shift_ns=np.zeros(m, np.int64),
        low_ns=np.zeros(m, np.int64),
        high_ns=np.zeros(m, np.int64),
        waited=np.zeros(m, np.bool_),
        asynchronous=np.zeros(m, np.bool_),
        precedence=Precedence.as_seen(m),
    )
    if options.max_clock_shift_ns:
        nesting_kernel.align_clocks(batch, tree, options.max_clock_shift_ns, nested.shift_ns)
    known = learned or order.as_seen()
    nesting_kernel.nest(batch, tree, grain_ns, order.unwaited(batch, tree, known), nested)
    order.fill_precedence(batch, tree, nested, known)
    return nested
