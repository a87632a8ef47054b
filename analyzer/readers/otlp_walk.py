"""OTLP frames to columns by the compiled walk, with the names worked out once a combination."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from analyzer.model.issue import EXAMPLES_KEPT, Issue, IssueKind, Issues
from analyzer.model.naming import RESOURCE_KEYS, SPAN_KEY_USES, KeyUse
from analyzer.model.spans import NO_NAME, Int32Array, Int64Array, Links, Spans
from analyzer.readers import span_tables_kernel as columns
from analyzer.readers.attribute_kernel import VALUE_TYPES, keys_to_find
from analyzer.readers.combination_kernel import FIRST, Combinations
from analyzer.readers.described import attributes_of, value_text, with_key
from analyzer.readers.described_kernel import NO_KEY
from analyzer.readers.frames import Frames
from analyzer.readers.namer import Namer
from analyzer.readers.otlp_reference import text
from analyzer.readers.otlp_walk_kernel import walk_frames
from analyzer.readers.sink import TIME_FAULT_DETAILS
from analyzer.readers.span_tables_kernel import DONE, Tables, empty_tables, with_room
from analyzer.readers.times import TimeFault
from analyzer.readers.wire_kernel import REFUSED
from analyzer.records.ids import INVALID_IDS_DETAIL

_BYTES_A_SPAN = 256
"""A guess for the first tables; spans with attributes are larger, and tables can grow."""
_FEWEST_ROWS = 1 << 8

_FAULTS: Mapping[int, tuple[IssueKind, str]] = {
    columns.BAD_IDS: (IssueKind.INVALID_IDS, INVALID_IDS_DETAIL),
    **{int(fault): detail for fault, detail in TIME_FAULT_DETAILS.items()},
}
_LEFT_OUT = (columns.BAD_IDS, int(TimeFault.MISSING))


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """What the walk made of some frames.

    Attributes:
        spans: of all frames that it accepted, in order.
        frame: int64[n], the frame of each span.
        refused: int64[r], the frames it left to the protobuf library.
    """

    spans: Spans
    frame: Int64Array
    refused: Int64Array


def walk(frames: Frames, namer: Namer, issues: Issues) -> Walked:
    """Decode frames; the spans are as `otlp_reference.decode_request` gives them."""
    buffer = np.frombuffer(frames.data, np.uint8)
    resource_names, resource_keys = keys_to_find(dict.fromkeys(RESOURCE_KEYS, KeyUse.ALWAYS))
    span_names, span_keys = keys_to_find(SPAN_KEY_USES)
    rows = np.zeros(len(frames), np.int64)
    room = max(_FEWEST_ROWS, buffer.size // _BYTES_A_SPAN)
    tables = empty_tables(room, resource_keys, span_keys)
    frame, outcome = walk_frames(buffer, frames.bounds, 0, rows, tables)
    while outcome != DONE:
        if outcome == NO_KEY:
            tables = with_key(tables, buffer, span_names)
        else:
            tables = with_room(tables, outcome)
        frame, outcome = walk_frames(buffer, frames.bounds, frame, rows, tables)
    refused = np.flatnonzero(rows == REFUSED)
    rows[refused] = 0
    frame_of = np.repeat(np.arange(len(frames)), rows)
    names = _Names(
        data=frames.data,
        namer=namer,
        resource_keys=resource_names,
        span_keys=span_names,
        codes={},
    )
    spans = replace(_spans(tables, names), attributes=attributes_of(tables, frames.data))
    fault = tables.rows[columns.FAULT, : len(spans)]
    if fault.any():
        _count_faults(fault, frame_of, frames, issues)
        kept = ~np.isin(fault, _LEFT_OUT)
        spans, frame_of = spans.take(kept), frame_of[kept]
    return Walked(spans=spans, frame=frame_of, refused=refused)


def _count_faults(fault: Int64Array, frame_of: Int64Array, frames: Frames, issues: Issues) -> None:
    for value, (kind, detail) in _FAULTS.items():
        faulty = np.flatnonzero(fault == value)
        for row in faulty[:EXAMPLES_KEPT]:
            where = frames.where(int(frame_of[row]))
            issues.add(Issue(kind=kind, where=where, detail=detail, spans=1))
        more = faulty.size - EXAMPLES_KEPT
        if more > 0:
            issues.add(Issue(kind=kind, detail=detail, spans=more), times=more)


def _spans(tables: Tables, names: "_Names") -> Spans:
    rows = tables.rows[:, : tables.counts[columns.ROWS]]
    links = tables.links[:, : tables.counts[columns.LINKS]]
    process, naming = rows[columns.PROCESS], rows[columns.NAMING]
    service, instance, run_of_all = names.of_processes(tables.processes, process)
    operation, peer, protocol, run = names.of_spans(tables.namings, naming)
    return Spans(
        trace_hi=rows[columns.TRACE_HI].view(np.uint64),
        trace_lo=rows[columns.TRACE_LO].view(np.uint64),
        span_id=rows[columns.SPAN_ID].view(np.uint64),
        parent_id=rows[columns.PARENT_ID].view(np.uint64),
        start_ns=rows[columns.START],
        end_ns=rows[columns.END],
        kind=rows[columns.KIND].astype(np.uint8),
        status=rows[columns.STATUS].astype(np.uint8),
        service=service[process],
        instance=instance[process],
        operation=operation[naming],
        peer=peer[naming],
        protocol=protocol[naming],
        run=np.where(run[naming] >= 0, run[naming], run_of_all[process]),
        names=tuple(names.codes),
        links=Links(
            row=links[columns.LINK_ROW],
            trace_hi=links[columns.LINK_TRACE_HI].view(np.uint64),
            trace_lo=links[columns.LINK_TRACE_LO].view(np.uint64),
            span_id=links[columns.LINK_SPAN].view(np.uint64),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Names:
    """Codes of names for combinations; the columns get theirs by the combination's number."""

    data: bytes
    namer: Namer
    resource_keys: tuple[str, ...]
    span_keys: tuple[str, ...]
    codes: dict[str, int]

    def of_processes(self, table: Combinations, used: Int64Array) -> Int32Array:
        """int32[3, c]: service, instance and run of each combination, `NO_NAME` for unused ones."""
        codes = np.full((3, table.filled[0]), NO_NAME, np.int32)
        for i in _distinct(used, table):
            parts = _parts(table, i)
            process = self.namer.process(self._attributes(parts, self.resource_keys))
            codes[:, i] = [self._code(n) for n in (process.service, process.instance, process.run)]
        return codes

    def of_spans(self, table: Combinations, used: Int64Array) -> Int32Array:
        """int32[4, c]: operation, peer, protocol and run of each combination."""
        codes = np.full((4, table.filled[0]), NO_NAME, np.int32)
        for i in _distinct(used, table):
            parts = _parts(table, i)
            key, start, stop = parts[:, 0].tolist()
            name = text(self.data[start:stop])
            kind = key // VALUE_TYPES - columns.NAME_PART
            attributes = self._attributes(parts[:, 1:], self.span_keys)
            names = self.namer.span(name, kind, attributes)
            codes[:, i] = [
                self._code(n) for n in (names.operation, names.peer, names.protocol, names.run)
            ]
        return codes

    def _attributes(self, parts: Int64Array, keys: tuple[str, ...]) -> dict[str, str]:
        return {
            keys[key // VALUE_TYPES]: value_text(self.data[start:stop], key % VALUE_TYPES)
            for key, start, stop in parts.T.tolist()
        }

    def _code(self, name: str) -> int:
        return self.codes.setdefault(name, len(self.codes)) if name else NO_NAME


def _parts(table: Combinations, i: int) -> Int64Array:
    first, last = table.entries[FIRST, i : i + 2]
    return table.parts[:, first:last]


def _distinct(used: Int64Array, table: Combinations) -> list[int]:
    """The combinations that occur; those of a frame that was refused later need no names."""
    occurs = np.zeros(table.filled[0], np.bool_)
    occurs[used] = True
    return [int(i) for i in np.flatnonzero(occurs)]
