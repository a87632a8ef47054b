"""Traces after repair: requests, parents before children, every child inside its parent.

Tables of columns are named tuples here, because kernels take those as they are: columns that belong
together stay together.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from analyzer.model.spans import (
    BoolArray,
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


class Batch(NamedTuple):
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
        """How many spans, not how many columns."""
        return int(self.row.size)


class Joined(NamedTuple):
    """Who is whose parent in a batch of m rows.

    Attributes:
        parent: int32[m], position of the parent in the batch, or a `Parent`.
        remote: bool[m], whether its parent is in another process: it is the far end of a call.
        first_child: int32[m], a child of the row, -1 where it has none.
        next_sibling: int32[m], the next child of the row's parent, -1 after the last one.
        adopted: bool[m], rows that were given to a sibling of theirs (rule 6).
        adopter: bool[m], rows that such a row was given to.
    """

    parent: Int32Array
    remote: BoolArray
    first_child: Int32Array
    next_sibling: Int32Array
    adopted: BoolArray
    adopter: BoolArray


class Tree(NamedTuple):
    """Who is whose parent, request by request.

    A request is a root, or a span whose parent nobody sent in a trace without a root, with all that
    descends from it. Rows of subtrees whose parent was lost, of duplicates and of circles are in
    no request.

    Attributes:
        parent: int32[m], position of the parent in the batch, or a `Parent`.
        remote: bool[m], whether its parent is in another process: it is the far end of a call.
        adopted: bool[m], rows that were given to a sibling of theirs (rule 6).
        adopter: bool[m], rows that such a row was given to.
        order: int32[k], positions request by request, parents before children, siblings by (end,
            start, span id), latest first; k <= m.
        offset: int64[r + 1], where each request begins in `order`; its root comes first.
        children: int32[m], where a row's children begin in `order`; they stand side by side.
        child_count: int32[m], how many there are; 0 for rows in no request.
        trace: int32[r], the trace of each request, as an index into the batch's traces.
        met: int64[7], what was met on the way, by `Met`.
    """

    parent: Int32Array
    remote: BoolArray
    adopted: BoolArray
    adopter: BoolArray
    order: Int32Array
    offset: Int64Array
    children: Int32Array
    child_count: Int32Array
    trace: Int32Array
    met: Int64Array

    @property
    def requests(self) -> int:
        """How many requests."""
        return int(self.offset.size) - 1

    @property
    def roots(self) -> Int32Array:
        """int32[r], the position of each request's root."""
        return self.order[self.offset[:-1]]

    @property
    def counts(self) -> "TreeCounts":
        """What was met, by name."""
        met = self.met.tolist()
        return TreeCounts(
            spans=int(self.parent.size),
            duplicates=met[Met.DUPLICATES],
            lost_subtrees=met[Met.LOST_SUBTREES],
            lost_spans=met[Met.LOST_SPANS],
            adopted=int(self.adopted.sum()),
            traces=met[Met.WHOLE] + met[Met.PARTIAL] + met[Met.ROOTLESS],
            whole=met[Met.WHOLE],
            partial=met[Met.PARTIAL],
            rootless=met[Met.ROOTLESS],
            multi_root=met[Met.MULTI_ROOT],
        )


class Met(IntEnum):
    """Places in `Tree.met`; the meaning is that of `TreeCounts`."""

    DUPLICATES = 0
    LOST_SUBTREES = 1
    LOST_SPANS = 2
    WHOLE = 3
    PARTIAL = 4
    ROOTLESS = 5
    MULTI_ROOT = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeCounts:
    """How whole the traces are. Adding two of them gives that of both.

    Attributes:
        spans: how many spans, duplicates included.
        duplicates: spans that were sent more than once.
        lost_subtrees: spans of no request whose parent was not sent; all circles of parents in one
            trace count as one.
        lost_spans: these spans and all below them.
        adopted: spans that were given to a sibling of theirs (rule 6).
        traces: how many traces: whole, partial and rootless ones.
        whole: traces with a root and all parents.
        partial: traces with a root in which parents are missing.
        rootless: traces in which no span is without a parent.
        multi_root: traces of several requests.
    """

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


class Precedence(NamedTuple):
    """Which spans did not wait for siblings that had ended before them, as the whole run shows.

    Attributes:
        unordered: bool[m], whether a span has children of which one did not wait for another.
        bit: uint8[m], place of a child of an unordered span among its siblings; below 64.
        disregards: uint64[m], for a child of an unordered span the bits of the siblings whose end
            it did not wait for, though they had ended when it began.
        overtakes: uint64[m], the bits of those whose start it did not wait for either.
    """

    unordered: BoolArray
    bit: UInt8Array
    disregards: UInt64Array
    overtakes: UInt64Array

    @classmethod
    def as_seen(cls, m: int) -> "Precedence":
        """Every span waited for the siblings that had ended: all that one trace alone can say."""
        return cls(
            unordered=np.zeros(m, np.bool_),
            bit=np.zeros(m, np.uint8),
            disregards=np.zeros(m, np.uint64),
            overtakes=np.zeros(m, np.uint64),
        )


class Nested(NamedTuple):
    """Times after repair; every waited-for span lies inside its parent.

    Attributes:
        shift_ns: int64[m], by how much a span was moved because of its host's clock.
        low_ns: int64[m], where the part that was waited for begins, on the root's clock.
        high_ns: int64[m], where it ends; never before `low_ns`.
        waited: bool[m], whether the parent waited for it; false also for rows in no request.
        asynchronous: bool[m], whether it is work its parent did not wait for by rule 4.
        precedence: which spans did not wait for siblings that had ended before them (rule 9).
    """

    shift_ns: Int64Array
    low_ns: Int64Array
    high_ns: Int64Array
    waited: BoolArray
    asynchronous: BoolArray
    precedence: Precedence


class Paths(NamedTuple):
    """The critical path of every request of a batch.

    Attributes:
        own_ns: int64[m], how long each span's own work was on its request's critical path.
        signature: uint64[r], equal for requests whose path has the same steps.
    """

    own_ns: Int64Array
    signature: UInt64Array
