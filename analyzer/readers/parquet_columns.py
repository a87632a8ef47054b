"""From Arrow's columns to ours, a batch of rows at once; imported only where Parquet is read.

What a row means is what a span with the same content means elsewhere: see `sink`.
"""

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa  # noqa: TID253  this module is imported late
import pyarrow.compute as pc  # noqa: TID253  as above

from analyzer.model.attributes import MOST_ATTRIBUTES, Attributes, Keep, keep, settled
from analyzer.model.columns import BoolArray, Int32Array, Int64Array, UInt8Array, UInt64Array
from analyzer.model.issue import EXAMPLES_KEPT, Issue, IssueKind, Issues
from analyzer.model.naming import HTTP_METHODS, RESOURCE_KEYS, SPAN_KEY_USES, KeyUse
from analyzer.model.sampling import SENT, weight_of
from analyzer.model.span_table import Column
from analyzer.model.spans import NO_NAME, Kind, Links, Sampled, Spans, Status
from analyzer.readers.namer import Namer
from analyzer.readers.parquet_texts import Texts, distinct_rows
from analyzer.readers.sink import TIME_FAULT_DETAILS, may_be_described
from analyzer.readers.times import LONGEST_SPAN_NS, TimeFault
from analyzer.records.ids import INVALID_IDS_DETAIL

if TYPE_CHECKING:
    from collections.abc import Mapping

_BAD_IDS = 1 << 4
"""A fault beside those of `TimeFault`."""

_LEFT_OUT = (_BAD_IDS, int(TimeFault.MISSING))


def spans_of(batch: pa.RecordBatch, where: str, namer: Namer, issues: Issues) -> Spans:
    """The usable spans of a batch, in order.

    Args:
        batch: rows of `analyzer.model.span_table`.
        where: how issues name it.
        namer: names, remembered over several batches.
        issues: where odd data is counted.
    """
    trace = _words(batch, Column.TRACE_ID, 2)
    span_id = _words(batch, Column.SPAN_ID, 1)[0]
    start_ns, end_ns, fault = _usable_times(_times(batch, Column.START), _times(batch, Column.END))
    fault[(trace == 0).all(axis=0) | (span_id == 0)] = _BAD_IDS
    kind = _small(batch, Column.KIND, max(Kind))
    names = _Names(namer)
    service, instance, run_of_all = names.of_processes(Texts.of(batch.column(Column.RESOURCE)))
    texts = Texts.of(batch.column(Column.ATTRIBUTES))
    operation, peer, protocol, run = names.of_spans(batch.column(Column.NAME), kind, texts)
    spans = Spans(
        trace_hi=trace[0],
        trace_lo=trace[1],
        span_id=span_id,
        parent_id=_words(batch, Column.PARENT_ID, 1)[0],
        start_ns=start_ns,
        end_ns=end_ns,
        kind=kind,
        status=_small(batch, Column.STATUS, max(Status)),
        service=service,
        instance=instance,
        operation=operation,
        peer=peer,
        protocol=protocol,
        run=np.where(run >= 0, run, run_of_all),
        names=tuple(names.codes),
        links=_links(batch.column(Column.LINKS)),
        sampled=_sampled(batch.column(Column.SPAN_REST)),
        attributes=_attributes(texts),
    )
    if not fault.any():
        return spans
    _count(fault, where, issues)
    return spans.take(~np.isin(fault, _LEFT_OUT))


def _words(batch: pa.RecordBatch, column: str, words: int) -> UInt64Array:
    """uint64[words, n]: ids as numbers, 0 where there is none."""
    return _id_words(batch.column(column), words)


def _id_words(ids: pa.Array, words: int) -> UInt64Array:
    if ids.null_count:
        ids = pc.fill_null(ids, bytes(8 * words))
    start = ids.offset * words
    raw = np.frombuffer(ids.buffers()[1], ">u8")[start : start + len(ids) * words]
    return np.ascontiguousarray(raw.reshape(-1, words).T.astype(np.uint64))


def _times(batch: pa.RecordBatch, column: str) -> Int64Array:
    """int64[n], 0 where there is none."""
    times = pc.fill_null(batch.column(column).cast(pa.int64()), 0)
    return np.asarray(times.to_numpy(zero_copy_only=False), np.int64)


def _small(batch: pa.RecordBatch, column: str, highest: int) -> UInt8Array:
    """uint8[n], 0 for numbers that mean nothing."""
    numbers = pc.fill_null(batch.column(column), 0).to_numpy(zero_copy_only=False)
    return np.where((numbers < 0) | (numbers > highest), 0, numbers).astype(np.uint8)


def _usable_times(start: Int64Array, end: Int64Array) -> tuple[Int64Array, Int64Array, Int64Array]:
    """As `times.usable_times`, for columns; the third gives the `TimeFault` of each row."""
    fault = np.zeros(start.size, np.int64)
    fault[(start < 0) | (end < 0)] = TimeFault.INVALID
    start, end = np.maximum(start, 0), np.maximum(end, 0)
    reversed_ = end < start
    endless = ~reversed_ & (end - start > LONGEST_SPAN_NS)
    fault[reversed_ | endless] = TimeFault.INVALID
    fault[(start == 0) & (end == 0)] = TimeFault.MISSING
    return np.where(endless, end, start), np.where(reversed_, start, end), fault


def _count(fault: Int64Array, where: str, issues: Issues) -> None:
    details: Mapping[int, tuple[IssueKind, str]] = {
        _BAD_IDS: (IssueKind.INVALID_IDS, INVALID_IDS_DETAIL),
        **{int(fault): detail for fault, detail in TIME_FAULT_DETAILS.items()},
    }
    for value, (kind, detail) in details.items():
        rows = np.flatnonzero(fault == value)
        for row in rows[:EXAMPLES_KEPT].tolist():
            place = f"{where} row {row + 1}"
            issues.add(Issue(kind=kind, where=place, detail=detail, spans=1))
        if (more := rows.size - EXAMPLES_KEPT) > 0:
            issues.add(Issue(kind=kind, detail=detail, spans=more), times=more)


def _links(links: pa.ListArray) -> Links:
    linked = links.flatten()
    row = np.repeat(np.arange(len(links)), pc.fill_null(links.value_lengths(), 0).to_numpy())
    trace = _id_words(pc.struct_field(linked, [0]), 2)
    span_id = _id_words(pc.struct_field(linked, [1]), 1)[0]
    usable = (trace != 0).any(axis=0) & (span_id != 0)
    return Links(
        row=row[usable].astype(np.int64),
        trace_hi=trace[0][usable],
        trace_lo=trace[1][usable],
        span_id=span_id[usable],
    )


def _sampled(rest: pa.BinaryArray) -> Sampled:
    """The weights of spans that tell how they were sampled, from what no column holds."""
    if not pc.any(pc.match_substring(rest, "ot=")).as_py():
        return Sampled.none()
    from google.protobuf.message import DecodeError
    from opentelemetry.proto.trace.v1.trace_pb2 import Span

    told: dict[int, float] = {}
    for row, raw in enumerate(rest.to_pylist()):
        if raw is None or not SENT.search(raw):
            continue
        try:
            weight = weight_of(Span.FromString(raw).trace_state)
        except DecodeError:
            continue
        if weight:
            told[row] = weight
    return Sampled(
        row=np.array(list(told), np.int64), weight=np.array(list(told.values()), np.float64)
    )


class _Names:
    """Codes of names, worked out once for each distinct combination of what they are made from."""

    def __init__(self, namer: Namer) -> None:
        self.codes: dict[str, int] = {}
        self._namer = namer

    def of_processes(self, texts: Texts) -> Int32Array:
        """int32[3, n]: service, instance and run of each row."""
        chosen = texts.where(np.isin(texts.key, texts.numbers_of(RESOURCE_KEYS))).last_of_each()
        number, first = distinct_rows(chosen)
        found = np.empty((3, first.size), np.int32)
        for i, row in enumerate(first.tolist()):
            process = self._namer.process(chosen.pairs_of(row))
            found[:, i] = [self._code(n) for n in (process.service, process.instance, process.run)]
        codes: Int32Array = found[:, number]
        return codes

    def of_spans(self, names: pa.Array, kind: UInt8Array, texts: Texts) -> Int32Array:
        """int32[4, n]: operation, peer, protocol and run of each row."""
        encoded = pc.fill_null(names, "").dictionary_encode()
        plain = encoded.dictionary.to_pylist()
        code = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        place = np.array([_may_lack_place(name) for name in plain], np.bool_)[code]
        chosen = texts.where(_looked_at(texts, kind, place)).last_of_each()
        number, first = distinct_rows(chosen, code, kind.astype(np.int64))
        found = np.empty((4, first.size), np.int32)
        for i, row in enumerate(first.tolist()):
            its = self._namer.span(plain[code[row]], int(kind[row]), chosen.pairs_of(row))
            found[:, i] = [self._code(n) for n in (its.operation, its.peer, its.protocol, its.run)]
        codes: Int32Array = found[:, number]
        return codes

    def _code(self, name: str) -> int:
        return self.codes.setdefault(name, len(self.codes)) if name else NO_NAME


def _may_lack_place(name: str) -> bool:
    """Whether a name says only how, so that attributes say what."""
    name = name.strip()
    return not name or name in HTTP_METHODS


def _looked_at(texts: Texts, kind: UInt8Array, place: BoolArray) -> BoolArray:
    """bool[k], which attributes a name is made from: see `KeyUse`."""
    outgoing = (kind == Kind.CLIENT) | (kind == Kind.PRODUCER)
    out, at = outgoing[texts.row], place[texts.row]
    when: Mapping[KeyUse, BoolArray] = {
        KeyUse.ALWAYS: np.ones(at.size, np.bool_),
        KeyUse.PLACE: at,
        KeyUse.PATH: at,
        KeyUse.URL: at | out,
        KeyUse.OUTGOING: out,
    }
    found = np.zeros(at.size, np.bool_)
    for use, wanted in when.items():
        keys = [key for key, its in SPAN_KEY_USES.items() if its is use]
        found |= wanted & np.isin(texts.key, texts.numbers_of(keys))
    return found


def _attributes(texts: Texts) -> Attributes | None:
    """What describes each row."""
    texts = texts.where(texts.place < MOST_ATTRIBUTES)
    pairs, pair = texts.pairs()
    kept = np.array(
        [may_be_described(*pair) and keep(pair[0]) is not Keep.NEVER for pair in pairs], np.bool_
    )
    texts = texts.where(kept[pair]).last_of_each()
    pairs, pair = texts.pairs()
    return settled(
        set_of=np.arange(texts.rows, dtype=np.int64),
        offset=texts.offset,
        pair=pair,
        pairs=pairs,
        crowded=frozenset(),
    )
