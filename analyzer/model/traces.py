"""Traces after repair: rows grouped by request, parents before children, every child inside its parent."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from analyzer.model.spans import (
    BoolArray,
    Float64Array,
    Int32Array,
    Int64Array,
    UInt8Array,
    UInt64Array,
)


class Parent(IntEnum):
    """What a parent column holds where there is no parent position."""

    ROOT = -1
    LOST = -2
    DUPLICATE = -3


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """Which spans belong to one trace; traces in order of arrival.

    Attributes:
        offset: int64[t + 1], where each trace begins in `order`.
        order: int64[n], rows of the spans, grouped by trace, in order of arrival within one.
    """

    offset: Int64Array
    order: Int64Array

    @property
    def traces(self) -> int:
        """How many traces."""
        return int(self.offset.size) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The spans of some whole traces, gathered side by side; m rows.

    Attributes:
        offset: int64[t + 1], where each trace begins.
        row: int64[m], row in the `Spans` they were gathered from.
        span_id: uint64[m].
        parent_id: uint64[m].
        start_ns: int64[m], as recorded.
        end_ns: int64[m], as recorded.
        kind: uint8[m].
        status: uint8[m].
        service: int32[m].
        instance: int32[m].
        operation: int32[m].
        peer: int32[m].
        protocol: int32[m].
    """

    offset: Int64Array
    row: Int64Array
    span_id: UInt64Array
    parent_id: UInt64Array
    start_ns: Int64Array
    end_ns: Int64Array
    kind: UInt8Array
    status: UInt8Array
    service: Int32Array
    instance: Int32Array
    operation: Int32Array
    peer: Int32Array
    protocol: Int32Array

    def __len__(self) -> int:
        """How many spans."""
        return int(self.row.size)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """Who is whose parent, request by request.

    A request is a root, or a span whose parent nobody sent in a trace without a root, with all that
    descends from it. Rows of subtrees whose parent was lost, of duplicates and of circles are in
    no request.

    Attributes:
        parent: int32[m], position of the parent in the batch, or a `Parent`.
        order: int32[k], positions request by request, parents before children; k <= m.
        offset: int64[r + 1], where each request begins in `order`; its root comes first.
        children: int32[m], where a row's children begin in `order`; they stand side by side.
        child_count: int32[m], how many there are; 0 for rows in no request.
        trace: int32[r], the trace of each request, as an index into the batch's traces.
        adopted: bool[m], rows that were given to a sibling of theirs (rule 6).
        adopter: bool[m], rows that such a row was given to.
        counts: what was met on the way.
    """

    parent: Int32Array
    order: Int32Array
    offset: Int64Array
    children: Int32Array
    child_count: Int32Array
    trace: Int32Array
    adopted: BoolArray
    adopter: BoolArray
    counts: "TreeCounts"

    @property
    def requests(self) -> int:
        """How many requests."""
        return int(self.offset.size) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeCounts:
    """How whole the traces are. Adding two of them gives that of both."""

    spans: int = 0
    duplicates: int = 0
    lost_subtrees: int = 0
    lost_spans: int = 0
    adopted: int = 0
    traces: int = 0
    whole: int = 0
    partial: int = 0
    rootless: int = 0
    multi_root: int = 0

    def __add__(self, other: "TreeCounts") -> "TreeCounts":
        """The counts of both."""
        return TreeCounts(
            **{name: getattr(self, name) + getattr(other, name) for name in self.__slots__}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Nested:
    """Times after repair; every waited-for span lies inside its parent.

    Attributes:
        shift_ns: int64[m], by how much a span was moved because of its host's clock.
        low_ns: int64[m], where the part of the span that was waited for begins, on the root's clock.
        high_ns: int64[m], where it ends; never before `low_ns`.
        waited: bool[m], whether the parent waited for it; false also for rows in no request.
        asynchronous: bool[m], whether it is work its parent did not wait for by rule 4.
    """

    shift_ns: Int64Array
    low_ns: Int64Array
    high_ns: Int64Array
    waited: BoolArray
    asynchronous: BoolArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """The critical path of every request of a batch.

    Attributes:
        own_ns: int64[m], how long each span's own work was on its request's critical path.
        signature: uint64[r], equal for requests whose path has the same steps.
    """

    own_ns: Int64Array
    signature: UInt64Array
