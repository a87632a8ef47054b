"""OTLP's JSON, whatever it is wrapped in: the spans of one resource after another.

Source: the OTLP specification, "JSON Protobuf Encoding": ids in hex, 64-bit numbers as decimal
strings, enums as numbers, unknown fields ignored. Numbers, enum names and base64 ids that other
writers use are read too.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import msgspec

from analyzer.model.issue import Issue, IssueKind, Issues
from analyzer.model.naming import RESOURCE_KEYS, ProcessNames
from analyzer.model.spans import Kind, Status
from analyzer.readers import otlp_json_schema as schema
from analyzer.readers.namer import Namer
from analyzer.readers.otlp_reference import flag
from analyzer.readers.reader import Decoded
from analyzer.readers.sink import FoundSpan, SpanSink, SpanTexts
from analyzer.readers.source import Source
from analyzer.records.ids import SPAN_ID_BYTES, TRACE_ID_BYTES, parse_id
from analyzer.records.typed_json import DECODE_ERRORS, decode

if TYPE_CHECKING:
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

_KINDS: Mapping[str, int] = {f"SPAN_KIND_{kind.name}": int(kind) for kind in Kind}
_STATUSES: Mapping[str, int] = {f"STATUS_CODE_{status.name}": int(status) for status in Status}
_NO_NAMES: Mapping[str, int] = {}

_NO_NUMBER = -1
"""Stands for what is no number: no kind, status or clock gives it."""

_RESOURCE_KEYS = frozenset(RESOURCE_KEYS)

_RESOURCE_SPANS = msgspec.json.Decoder(schema.ResourceSpans)
_SPAN = msgspec.json.Decoder(schema.Span)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceSpansText:
    """The spans of one resource, as OTLP's JSON has them.

    Attributes:
        text: a ResourceSpans.
        where: the place in the file, as issues name it.
        document: what it was sent with: others with the same number came in the same request.
    """

    text: bytes | msgspec.Raw
    where: str
    document: int = 0


class OtlpJsonFormat(Protocol):
    """OTLP's JSON in an envelope."""

    @property
    def name(self) -> str:
        """What `--input-format` and reports call it."""
        ...

    def recognizes(self, head: bytes) -> bool:
        """Whether a file that begins with these bytes (up to `HEAD_BYTES`) is in this format."""
        ...

    def resource_spans(self, source: Source, issues: Issues) -> Iterator[ResourceSpansText]:
        """What is in the envelope; what cannot be read is an issue."""
        ...


@dataclass(frozen=True, slots=True)
class OtlpJsonReader:
    """Reads a format that has OTLP's JSON in it."""

    format: OtlpJsonFormat
    namer: Namer = field(default_factory=Namer)

    @property
    def name(self) -> str:
        """The format's name."""
        return self.format.name

    def recognizes(self, head: bytes) -> bool:
        """As the format says."""
        return self.format.recognizes(head)

    def read(self, source: Source) -> Decoded:
        """The spans as columns; a bad one costs no other."""
        issues = Issues()
        sink = SpanSink(self.namer, issues)
        records = 0
        for found in self.format.resource_spans(source, issues):
            try:
                _decode_resource_spans(decode(_RESOURCE_SPANS, found.text), found.where, sink)
                records += 1
            except DECODE_ERRORS as error:
                count_bad_resource(error, found.where, issues)
        return Decoded(spans=sink.spans(), issues=issues, records=records)

    def requests(self, source: Source, issues: Issues) -> "Iterator[ExportTraceServiceRequest]":
        """The spans as OTLP's messages, with every field that is known here."""
        from analyzer.readers.otlp_json_requests import requests

        return requests(self.format.resource_spans(source, issues), issues)


def count_bad_resource(error: Exception, where: str, issues: Issues) -> None:
    """Count a ResourceSpans that cannot be read."""
    detail = f"no OTLP JSON: {error}"
    issues.add(Issue(kind=IssueKind.UNDECODABLE_RECORD, where=where, detail=detail))


def count_bad_span(error: Exception, where: str, issues: Issues) -> None:
    """Count a span that cannot be read."""
    detail = f"span that cannot be read: {error}"
    issues.add(Issue(kind=IssueKind.UNDECODABLE_RECORD, where=where, detail=detail, spans=1))


def _decode_resource_spans(found: schema.ResourceSpans, where: str, sink: SpanSink) -> None:
    attributes = found.resource.attributes if found.resource else None
    process = sink.namer.process(_texts(attributes, _RESOURCE_KEYS))
    for scopes in (found.scope_spans, found.instrumentation_library_spans):
        for scope in scopes or ():
            _decode_spans(scope.spans or (), process, where, sink)


def _decode_spans(
    spans: Iterable[msgspec.Raw], process: ProcessNames, where: str, sink: SpanSink
) -> None:
    for raw in spans:
        try:
            span = decode(_SPAN, raw)
        except DECODE_ERRORS as error:
            count_bad_span(error, where, sink.issues)
            continue
        texts = SpanTexts.of(_pairs(span.attributes))
        found = FoundSpan(
            trace_id=parse_id(span.trace_id or "", TRACE_ID_BYTES),
            span_id=parse_id(span.span_id or "", SPAN_ID_BYTES),
            parent_id=parse_id(span.parent_span_id, SPAN_ID_BYTES) if span.parent_span_id else 0,
            start=_whole(span.start_time_unix_nano),
            end=_whole(span.end_time_unix_nano),
            name=span.name or "",
            kind=_whole(span.kind, _KINDS),
            status=_whole(span.status.code, _STATUSES) if span.status else 0,
            process=process,
            attributes=texts.names,
            described=texts.described,
            links=_links(span.links),
            trace_state=span.trace_state or "",
        )
        sink.add(found, where)


def _links(links: Iterable[schema.SpanLink] | None) -> tuple[tuple[int, int], ...]:
    if not links:
        return ()
    ids = (
        (parse_id(link.trace_id or "", TRACE_ID_BYTES), parse_id(link.span_id or "", SPAN_ID_BYTES))
        for link in links
    )
    return tuple((trace_id, span_id) for trace_id, span_id in ids if trace_id and span_id)


def _texts(attributes: Iterable[schema.KeyValue] | None, keys: frozenset[str]) -> dict[str, str]:
    """The attributes of `keys` whose value is text, a whole number or a flag; the last one wins."""
    texts: dict[str, str] = {}
    for attribute in attributes or ():
        key = attribute.key
        if key is not None and key in keys and (value := _value(attribute.value)) is not None:
            texts[key] = value
    return texts


def _pairs(attributes: Iterable[schema.KeyValue] | None) -> Iterator[tuple[str, str]]:
    for attribute in attributes or ():
        if (value := _value(attribute.value)) is not None:
            yield attribute.key or "", value


def _value(value: schema.AnyValue | None) -> str | None:
    """Text, a whole number or a flag as text; None for other types."""
    if value is None:
        return None
    if value.string_value is not None:
        return value.string_value
    if value.int_value is not None:
        return str(_whole(value.int_value))
    return flag(value=value.bool_value) if value.bool_value is not None else None


def _whole(number: schema.Number, names: Mapping[str, int] = _NO_NAMES) -> int:
    """A whole number, however it was written; 0 where nothing was."""
    if isinstance(number, int):
        return number
    if number is None or number == "":
        return 0
    if isinstance(number, str) and number in names:
        return names[number]
    try:
        return int(number) if isinstance(number, float) or "." not in number else int(float(number))
    except (ValueError, OverflowError):
        return _NO_NUMBER
