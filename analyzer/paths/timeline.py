"""What happens inside each span of a batch, in order of time: what a replay goes through."""

from typing import NamedTuple

import numpy as np

from analyzer.model.spans import (
    BoolArray,
    Float64Array,
    Int32Array,
    Int64Array,
    UInt8Array,
    UInt64Array,
)
from analyzer.model.traces import Batch, Nested, Tree


class Timeline(NamedTuple):
    """The requests of a batch as kernels replay them: named arrays, which compiled code can take.

    Attributes:
        order: int32[k], see `Tree`.
        offset: int64[r + 1], see `Tree`.
        parent: int32[m], see `Tree`.
        children: int32[m], see `Tree`.
        events: int32[2 * k], position c of a waited-for child for its start, ~c for its end; those
            of span i begin at `2 * children[i]`. Children that took no time are left out.
        event_count: int32[m], how many each span has.
        low_ns: int64[m], see `Nested`.
        high_ns: int64[m], see `Nested`.
        unordered: bool[m], see `Precedence`.
        bit: uint8[m], see `Precedence`.
        disregards: uint64[m], see `Precedence`.
        overtakes: uint64[m], see `Precedence`.
    """

    order: Int32Array
    offset: Int64Array
    parent: Int32Array
    children: Int32Array
    events: Int32Array
    event_count: Int32Array
    low_ns: Int64Array
    high_ns: Int64Array
    unordered: BoolArray
    bit: UInt8Array
    disregards: UInt64Array
    overtakes: UInt64Array


class Lanes(NamedTuple):
    """Replayed times; a lane is one set of factors.

    Attributes:
        began: float64[m, lanes], ns from a parent's start to the child's.
        lasted: float64[m, lanes], ns that each span takes.
    """

    began: Float64Array
    lasted: Float64Array


def timeline(batch: Batch, tree: Tree, nested: Nested) -> Timeline:
    """What happens inside each span, in order of time."""
    from analyzer.paths.replay_kernel import list_events

    events = np.empty(2 * tree.order.size, np.int32)
    event_count = np.zeros(len(batch), np.int32)
    list_events(
        tree.order,
        tree.children,
        tree.child_count,
        batch.span_id,
        nested.low_ns,
        nested.high_ns,
        nested.waited,
        events,
        event_count,
    )
    return Timeline(
        order=tree.order,
        offset=tree.offset,
        parent=tree.parent,
        children=tree.children,
        events=events,
        event_count=event_count,
        low_ns=nested.low_ns,
        high_ns=nested.high_ns,
        unordered=nested.precedence.unordered,
        bit=nested.precedence.bit,
        disregards=nested.precedence.disregards,
        overtakes=nested.precedence.overtakes,
    )
