"""Spans in columns: one numpy array for each property, one row for each span."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from enum import IntEnum
from typing import TYPE_CHECKING, Self

import numpy as np

from analyzer.model.attributes import Attributes
from analyzer.model.columns import (
    BoolArray,
    Float64Array,
    Int32Array,
    Int64Array,
    UInt8Array,
    UInt64Array,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "CODED",
    "COLUMNS",
    "NO_NAME",
    "Attributes",
    "BoolArray",
    "Float64Array",
    "Int32Array",
    "Int64Array",
    "Kind",
    "Links",
    "Sampled",
    "Spans",
    "Status",
    "UInt8Array",
    "UInt64Array",
    "span_id_hex",
    "trace_id_hex",
]

NO_NAME = -1
"""The code of a name that is not there."""


class Kind(IntEnum):
    """SpanKind as OTLP numbers it."""

    UNSPECIFIED = 0
    INTERNAL = 1
    SERVER = 2
    CLIENT = 3
    PRODUCER = 4
    CONSUMER = 5


class Status(IntEnum):
    """StatusCode as OTLP numbers it."""

    UNSET = 0
    OK = 1
    ERROR = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Span links of the spans that have any; m rows, most spans have none.

    Attributes:
        row: int64[m], row of the linking span in its `Spans`.
        trace_hi: uint64[m], high half of the linked trace id.
        trace_lo: uint64[m], low half of the linked trace id.
        span_id: uint64[m], the linked span.
    """

    row: Int64Array
    trace_hi: UInt64Array
    trace_lo: UInt64Array
    span_id: UInt64Array

    @classmethod
    def none(cls) -> Self:
        """No links at all."""
        empty = np.empty(0, np.uint64)
        return cls(row=np.empty(0, np.int64), trace_hi=empty, trace_lo=empty, span_id=empty)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """Spans that say with which probability they were sampled; m rows, most systems send none.

    Attributes:
        row: int64[m], row of the span in its `Spans`, ascending.
        weight: float64[m], for how many spans it stands, at least 1.
    """

    row: Int64Array
    weight: Float64Array

    @classmethod
    def none(cls) -> Self:
        """No span says so."""
        return cls(row=np.empty(0, np.int64), weight=np.empty(0, np.float64))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spans:
    """n spans, in order of arrival. Names are codes into `names`; `NO_NAME` where there is none.

    Attributes:
        trace_hi: uint64[n], high half of the trace id (0 for 64-bit ids).
        trace_lo: uint64[n], low half of the trace id.
        span_id: uint64[n], never 0.
        parent_id: uint64[n], 0 where the span has no parent.
        start_ns: int64[n], nanoseconds since the Unix epoch.
        end_ns: int64[n], nanoseconds since the Unix epoch, never before `start_ns`.
        kind: uint8[n], see `Kind`.
        status: uint8[n], see `Status`.
        service: int32[n], `service.name`.
        instance: int32[n], what tells processes of one service apart.
        operation: int32[n], see `analyzer.model.naming`.
        peer: int32[n], whom a client or producer span talks to, as its own attributes say.
        protocol: int32[n], how it talks: http, grpc, postgresql, kafka ...
        run: int32[n], the load test it says it belongs to; most spans of services say nothing.
        names: the strings behind the codes, each once.
        links: span links.
        sampled: for how many others sampled spans stand.
        attributes: the spans' attributes, where they were kept.
    """

    trace_hi: UInt64Array
    trace_lo: UInt64Array
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
    run: Int32Array
    names: tuple[str, ...]
    links: Links
    sampled: Sampled = field(default_factory=Sampled.none)
    attributes: Attributes | None = None

    def __len__(self) -> int:
        """How many spans."""
        return int(self.span_id.size)

    def take(self, rows: Int64Array | BoolArray) -> Self:
        """The spans at `rows` (positions or a mask), in that order, with the same names."""
        positions = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows.astype(np.int64)
        new_row = np.full(len(self), -1, np.int64)
        new_row[positions] = np.arange(positions.size)
        moved = new_row[self.links.row] if self.links.row.size else self.links.row
        kept = moved >= 0
        links = Links(
            row=moved[kept],
            trace_hi=self.links.trace_hi[kept],
            trace_lo=self.links.trace_lo[kept],
            span_id=self.links.span_id[kept],
        )
        sampled = self.sampled
        if sampled.row.size:
            moved = new_row[sampled.row]
            order = np.argsort(moved[moved >= 0], kind="stable")
            sampled = Sampled(
                row=moved[moved >= 0][order], weight=sampled.weight[moved >= 0][order]
            )
        columns = {name: getattr(self, name)[positions] for name in COLUMNS}
        attributes = self.attributes.take(positions) if self.attributes is not None else None
        return type(self)(
            **columns, names=self.names, links=links, sampled=sampled, attributes=attributes
        )

    @classmethod
    def empty(cls) -> Self:
        """No spans."""
        return cls(
            **{name: np.empty(0, dtype) for name, dtype in COLUMNS.items()},
            names=(),
            links=Links.none(),
            sampled=Sampled.none(),
            attributes=None,
        )

    @classmethod
    def concat(cls, parts: Sequence["Spans"]) -> "Spans":
        """All parts in order, with one table of names."""
        parts = [part for part in parts if len(part)]
        if not parts:
            return cls.empty()
        if len(parts) == 1:
            return parts[0]
        codes: dict[str, int] = {}
        columns: dict[str, list[NDArray[np.generic]]] = {name: [] for name in COLUMNS}
        link_columns: dict[str, list[NDArray[np.generic]]] = {f.name: [] for f in fields(Links)}
        sampled_rows: list[Int64Array] = []
        offset = 0
        for part in parts:
            recode = np.array(
                [codes.setdefault(name, len(codes)) for name in part.names] + [NO_NAME], np.int32
            )
            for name in COLUMNS:
                column = getattr(part, name)
                columns[name].append(recode[column] if name in CODED else column)
            for name, collected in link_columns.items():
                column = getattr(part.links, name)
                collected.append(column + offset if name == "row" else column)
            sampled_rows.append(part.sampled.row + offset)
            offset += len(part)
        return cls(
            **{name: np.concatenate(parts_of) for name, parts_of in columns.items()},
            names=tuple(codes),
            links=Links(**{name: np.concatenate(of) for name, of in link_columns.items()}),
            sampled=Sampled(
                row=np.concatenate(sampled_rows),
                weight=np.concatenate([part.sampled.weight for part in parts]),
            ),
            attributes=Attributes.concat([part.attributes for part in parts]),
        )


COLUMNS: dict[str, type[np.generic]] = {
    "trace_hi": np.uint64,
    "trace_lo": np.uint64,
    "span_id": np.uint64,
    "parent_id": np.uint64,
    "start_ns": np.int64,
    "end_ns": np.int64,
    "kind": np.uint8,
    "status": np.uint8,
    "service": np.int32,
    "instance": np.int32,
    "operation": np.int32,
    "peer": np.int32,
    "protocol": np.int32,
    "run": np.int32,
}
"""The columns of `Spans` and their dtypes, declared once."""

CODED = frozenset({"service", "instance", "operation", "peer", "protocol", "run"})
"""The columns whose values are codes into `Spans.names`."""


def trace_id_hex(hi: int, lo: int) -> str:
    """A trace id as W3C Trace Context writes it: 32 lower-case hex digits."""
    return f"{int(hi):016x}{int(lo):016x}"


def span_id_hex(span_id: int) -> str:
    """A span id as W3C Trace Context writes it: 16 lower-case hex digits."""
    return f"{int(span_id):016x}"
