"""Formats that are read span by span: to columns, or to OTLP's messages."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from analyzer.model.issue import Issues
from analyzer.model.naming import RESOURCE_KEYS, ProcessNames
from analyzer.readers.namer import Namer
from analyzer.readers.otlp_reference import flag
from analyzer.readers.reader import Decoded
from analyzer.readers.record_format import RecordFormat
from analyzer.readers.sink import FoundSpan, SpanSink, SpanTexts
from analyzer.readers.source import Source
from analyzer.records.record import SpanRecord, Value

if TYPE_CHECKING:
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

_PROCESSES_KEPT = 1 << 10


@dataclass(frozen=True, slots=True)
class RecordReader:
    """Reads a format that is told span by span."""

    format: RecordFormat
    namer: Namer = field(default_factory=Namer)

    @property
    def name(self) -> str:
        """The format's name."""
        return self.format.name

    def recognizes(self, head: bytes) -> bool:
        """As the format says."""
        return self.format.recognizes(head)

    def read(self, source: Source) -> Decoded:
        """The spans as columns."""
        issues = Issues()
        sink = SpanSink(self.namer, issues)
        processes = _Processes(self.namer)
        records = 0
        for record in self.format.records(source, issues, whole=False):
            records += 1
            sink.add(_found(record, processes.names(record.resource)), record.where)
        return Decoded(spans=sink.spans(), issues=issues, records=records)

    def requests(self, source: Source, issues: Issues) -> "Iterator[ExportTraceServiceRequest]":
        """The spans as OTLP's messages, with everything that the format tells of them."""
        from analyzer.records.requests import requests

        return requests(self.format.records(source, issues, whole=True), issues)


@dataclass(slots=True)
class _Processes:
    """Names of processes by the object that holds their attributes."""

    namer: Namer
    _known: dict[int, tuple[Mapping[str, Value], ProcessNames]] = field(default_factory=dict)

    def names(self, resource: Mapping[str, Value]) -> ProcessNames:
        """As `Namer.process`."""
        known = self._known.get(id(resource))
        if known is None:
            texts = {
                key: text for key in RESOURCE_KEYS if (text := _text(resource.get(key))) is not None
            }
            if len(self._known) >= _PROCESSES_KEPT:
                self._known.clear()
            # The resource is kept with its names: no other object gets its place in memory.
            known = self._known[id(resource)] = (resource, self.namer.process(texts))
        return known[1]


def _found(record: SpanRecord, process: ProcessNames) -> FoundSpan:
    texts = SpanTexts.of(_pairs(record.attributes))
    return FoundSpan(
        trace_id=record.trace_id,
        span_id=record.span_id,
        parent_id=record.parent_id,
        start=record.start,
        end=record.end,
        name=record.name,
        kind=record.kind,
        status=record.status,
        process=process,
        attributes=texts.names,
        described=texts.described,
        links=tuple((link.trace_id, link.span_id) for link in record.links),
        trace_state=record.trace_state,
    )


def _pairs(attributes: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    for key, value in attributes.items():
        text = value if type(value) is str else _text(value)
        if text is not None:
            yield key, text


def _text(value: Value) -> str | None:
    """Text, a whole number or a flag as text; None for other types."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return flag(value=value)
    return str(value) if isinstance(value, int) else None
