"""What every request spent on whom: the value that analyses are made of, and that merges."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from enum import IntEnum
from typing import NamedTuple, Self

import numpy as np

from analyzer.model.spans import BoolArray, Float64Array, Int32Array, Int64Array, UInt64Array
from analyzer.model.traces import TreeCounts


class EntityKind(IntEnum):
    """Who owns own time: the span's service, the hop to a callee, or a callee nobody traced."""

    SELF = 0
    HOP = 1
    INFERRED = 2


class Entity(NamedTuple):
    """The finest thing that time is given to; a named tuple, as every batch makes and hashes all.

    Attributes:
        kind: who owns the time.
        service: the service that recorded the span.
        operation: the span's operation.
        callee: for a hop, the service that answered; else ''.
        peer: for a call, whom the caller's own attributes name; '' where they name nobody.
        protocol: for a call, how it talks; '' where it is not known.
    """

    kind: EntityKind
    service: str
    operation: str
    callee: str = ""
    peer: str = ""
    protocol: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Endpoint:
    """What a request begins with."""

    service: str
    operation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """r requests in columns.

    Attributes:
        trace_hi: uint64[r].
        trace_lo: uint64[r].
        span_id: uint64[r], of the root.
        start_ns: int64[r].
        duration_ns: int64[r].
        endpoint: int32[r], index into the endpoints.
        failed: bool[r], the root span's status is an error.
        rootless: bool[r], the root's parent was not seen.
        signature: uint64[r], equal for requests with the same critical path.
        spans: int32[r], how many spans it has.
        weight: float64[r], for how many requests it stands; 0 where its spans do not tell.
    """

    trace_hi: UInt64Array
    trace_lo: UInt64Array
    span_id: UInt64Array
    start_ns: Int64Array
    duration_ns: Int64Array
    endpoint: Int32Array
    failed: BoolArray
    rootless: BoolArray
    signature: UInt64Array
    spans: Int32Array
    weight: Float64Array

    def __len__(self) -> int:
        """How many requests."""
        return int(self.span_id.size)

    def take(self, rows: Int64Array) -> Self:
        """The requests at these positions, in that order."""
        return type(self)(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """What each request spent on each entity it has; q cells, request by request.

    Those of one request are in the order in which its tree first has their entities.

    Attributes:
        offset: int64[r + 1], where each request's cells begin.
        entity: int32[q], index into the entities.
        own_ns: int64[q], time on the request's critical path.
        spans: int32[q], how many spans.
        entries: int32[q], how many of them enter the service from elsewhere.
        errors: int32[q], how many of the spans failed.
        entry_errors: int32[q], how many of the entering spans failed.
    """

    offset: Int64Array
    entity: Int32Array
    own_ns: Int64Array
    spans: Int32Array
    entries: Int32Array
    errors: Int32Array
    entry_errors: Int32Array

    @property
    def request(self) -> Int64Array:
        """int64[q], the request of each cell."""
        return np.repeat(np.arange(self.offset.size - 1), np.diff(self.offset))

    def take(self, rows: Int64Array) -> Self:
        """The cells of these requests, in that order."""
        begins, sizes = self.offset[rows], np.diff(self.offset)[rows]
        offset = np.zeros(rows.size + 1, np.int64)
        np.cumsum(sizes, out=offset[1:])
        at = np.repeat(begins - offset[:-1], sizes) + np.arange(offset[-1])
        columns = {f.name: getattr(self, f.name)[at] for f in fields(self) if f.name != "offset"}
        return type(self)(offset=offset, **columns)

    def moved(self, request_place: Int32Array, entity_place: Int32Array) -> Self:
        """The cells with requests and entities renumbered, in the new order of requests.

        Args:
            request_place: int32[r], the new number of each request.
            entity_place: int32[e], the new number of each entity.
        """
        from analyzer.attribution.kernel import put_runs

        offset = np.zeros_like(self.offset)
        offset[1:][request_place] = np.diff(self.offset)
        np.cumsum(offset, out=offset)
        columns = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "offset"}
        columns["entity"] = entity_place[self.entity]
        moved = {name: np.empty_like(column) for name, column in columns.items()}
        for name, column in columns.items():
            put_runs(column, self.offset, offset[request_place], moved[name])
        return type(self)(offset=offset, **moved)


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairCounts:
    """What repair changed. Adding two of them gives that of both."""

    tree: TreeCounts = field(default_factory=TreeCounts)
    shifted_spans: int = 0
    largest_shift_ns: int = 0
    async_spans: int = 0
    linked_traces: int = 0

    def __add__(self, other: "RepairCounts") -> "RepairCounts":
        """The counts of both; of the shifts the larger."""
        return RepairCounts(
            tree=self.tree + other.tree,
            shifted_spans=self.shifted_spans + other.shifted_spans,
            largest_shift_ns=max(self.largest_shift_ns, other.largest_shift_ns),
            async_spans=self.async_spans + other.async_spans,
            linked_traces=self.linked_traces + other.linked_traces,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Contributions:
    """An analysis of some whole traces. Merging is associative, and after `sorted` commutative."""

    requests: Requests
    cells: Cells
    entities: tuple[Entity, ...]
    endpoints: tuple[Endpoint, ...]
    counts: RepairCounts

    @classmethod
    def merge(cls, parts: Sequence["Contributions"]) -> "Contributions":
        """The analysis of all their traces; no trace may be in two parts."""
        if len(parts) == 1:
            return parts[0]
        entities: dict[Entity, int] = {}
        endpoints: dict[Endpoint, int] = {}
        requests: dict[str, list[np.ndarray]] = {f.name: [] for f in fields(Requests)}
        cells: dict[str, list[np.ndarray]] = {f.name: [] for f in fields(Cells)}
        begin = 0
        counts = RepairCounts()
        for part in parts:
            counts = counts + part.counts
            entity = np.array([entities.setdefault(e, len(entities)) for e in part.entities], "i4")
            endpoint = np.array(
                [endpoints.setdefault(e, len(endpoints)) for e in part.endpoints], "i4"
            )
            for name, collected in requests.items():
                column = getattr(part.requests, name)
                collected.append(endpoint[column] if name == "endpoint" else column)
            for name, collected in cells.items():
                column = getattr(part.cells, name)
                if name == "offset":
                    collected.append(column[:-1] + begin)
                else:
                    collected.append(entity[column] if name == "entity" else column)
            begin += int(part.cells.offset[-1])
        cells["offset"].append(np.array([begin], np.int64))
        return cls(
            requests=Requests(**{n: np.concatenate(c) for n, c in requests.items()}),
            cells=Cells(**{n: np.concatenate(c) for n, c in cells.items()}),
            entities=tuple(entities),
            endpoints=tuple(endpoints),
            counts=counts,
        )

    @classmethod
    def merge_sorted(cls, parts: Sequence["Contributions"]) -> "Contributions":
        """`merge(parts).sorted()`, with each cell moved once instead of twice."""
        from analyzer.attribution.kernel import put_runs

        entities = sorted({e for part in parts for e in part.entities})
        endpoints = sorted({e for part in parts for e in part.endpoints})
        entity_number = {e: i for i, e in enumerate(entities)}
        endpoint_number = {e: i for i, e in enumerate(endpoints)}
        columns: dict[str, list[np.ndarray]] = {f.name: [] for f in fields(Requests)}
        for part in parts:
            endpoint = np.array([endpoint_number[e] for e in part.endpoints], np.int32)
            for name, collected in columns.items():
                column = getattr(part.requests, name)
                collected.append(endpoint[column] if name == "endpoint" else column)
        requests = Requests(**{n: np.concatenate(c) for n, c in columns.items()})
        rows = np.lexsort((requests.span_id, requests.trace_lo, requests.trace_hi))
        place = np.empty(rows.size, np.int64)
        place[rows] = np.arange(rows.size)
        offset = np.zeros(rows.size + 1, np.int64)
        offset[1:][place] = np.concatenate([np.diff(part.cells.offset) for part in parts])
        np.cumsum(offset, out=offset)
        cells = {
            f.name: np.empty(int(offset[-1]), getattr(parts[0].cells, f.name).dtype)
            for f in fields(Cells)
            if f.name != "offset"
        }
        first = 0
        counts = RepairCounts()
        for part in parts:
            begins = offset[place[first : first + len(part.requests)]]
            entity = np.array([entity_number[e] for e in part.entities], np.int32)
            for name, whole in cells.items():
                column = getattr(part.cells, name)
                moved = entity[column] if name == "entity" else column
                put_runs(moved, part.cells.offset, begins, whole)
            first += len(part.requests)
            counts = counts + part.counts
        return cls(
            requests=requests.take(rows),
            cells=Cells(offset=offset, **cells),
            entities=tuple(entities),
            endpoints=tuple(endpoints),
            counts=counts,
        )

    def take(self, rows: Int64Array) -> "Contributions":
        """The same analysis of these requests alone; the counts stay those of all."""
        return Contributions(
            requests=self.requests.take(rows),
            cells=self.cells.take(rows),
            entities=self.entities,
            endpoints=self.endpoints,
            counts=self.counts,
        )

    def sorted(self) -> "Contributions":
        """Requests by trace id and root; names in order: what no order of arrival can change."""
        rows = np.lexsort((self.requests.span_id, self.requests.trace_lo, self.requests.trace_hi))
        place = np.empty(rows.size, np.int32)
        place[rows] = np.arange(rows.size, dtype=np.int32)
        entity_order, entity_place = _order(self.entities)
        endpoint_order, endpoint_place = _order(self.endpoints)
        requests = self.requests.take(rows)
        return Contributions(
            requests=replace(requests, endpoint=endpoint_place[requests.endpoint]),
            cells=self.cells.moved(place, entity_place),
            entities=tuple(self.entities[i] for i in entity_order),
            endpoints=tuple(self.endpoints[i] for i in endpoint_order),
            counts=self.counts,
        )


def _order(items: Sequence[Entity] | Sequence[Endpoint]) -> tuple[list[int], Int32Array]:
    """The positions of the items in order, and the place of each item in that order."""
    order = sorted(range(len(items)), key=items.__getitem__)
    place = np.empty(len(items), np.int32)
    place[order] = np.arange(len(items), dtype=np.int32)
    return order, place
