"""OTLP JSON: lines as the Collector's file exporter writes them, and one body.

Source: the OTLP specification, "JSON Protobuf Encoding": ids in hex, 64-bit numbers as decimal
strings, enums as numbers, unknown fields ignored. Numbers, enum names and base64 ids that other
writers use are read too.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import msgspec

from analyzer.model.attributes import LONGEST_VALUE, MOST_ATTRIBUTES, has_query
from analyzer.model.issue import Issue, IssueKind, Issues
from analyzer.model.naming import RESOURCE_KEYS, SPAN_KEYS, ProcessNames
from analyzer.model.spans import Kind, Status
from analyzer.readers import otlp_json_schema as schema
from analyzer.readers.ids import SPAN_ID_BYTES, TRACE_ID_BYTES, parse_id
from analyzer.readers.namer import Namer
from analyzer.readers.otlp_reference import flag
from analyzer.readers.reader import Decoded
from analyzer.readers.sink import FoundSpan, SpanSink
from analyzer.readers.source import Source

BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_MARK = re.compile(rb'"resource(?:Spans|Metrics|Logs|Profiles)"\s*:')
"""What every OTLP JSON document has near its beginning."""

_KINDS: Mapping[str, int] = {f"SPAN_KIND_{kind.name}": int(kind) for kind in Kind}
_STATUSES: Mapping[str, int] = {f"STATUS_CODE_{status.name}": int(status) for status in Status}
_NO_NAMES: Mapping[str, int] = {}

_NO_NUMBER = -1
"""Stands for what is no number: no kind, status or clock gives it."""

_SPAN_KEYS = frozenset(SPAN_KEYS)
_RESOURCE_KEYS = frozenset(RESOURCE_KEYS)

_DOCUMENT = msgspec.json.Decoder(schema.Document)
_SPAN = msgspec.json.Decoder(schema.Span)


@dataclass(frozen=True, slots=True)
class OtlpJsonLines:
    """Reads the Collector's file exporter: one document a line."""

    name: ClassVar[str] = "otlp-jsonl"

    namer: Namer = field(default_factory=Namer)

    def recognizes(self, head: bytes) -> bool:
        """Any line that is a whole OTLP document, or is one as far as it can be seen."""
        lines = head.removeprefix(BYTE_ORDER_MARK).split(b"\n")
        last = lines.pop()
        return any(_is_document(line) for line in lines) or _begins_document(last)

    def read(self, source: Source) -> Decoded:
        """Every line's spans; metrics and logs in between are passed over."""
        issues = Issues()
        sink = SpanSink(self.namer, issues)
        records = 0
        for number, line in enumerate(source.stream, start=1):
            where = f"{source.label}:{number}"
            text = (line.removeprefix(BYTE_ORDER_MARK) if number == 1 else line).strip()
            if not text:
                continue
            try:
                records += _decode_document(text, where, sink)
            except ValueError as error:
                ended = line.endswith(b"\n")
                kind = IssueKind.UNDECODABLE_RECORD if ended else IssueKind.TRUNCATED_FILE
                issues.add(Issue(kind=kind, where=where, detail=_problem(error, ended=ended)))
        return Decoded(spans=sink.spans(), issues=issues, records=records)


@dataclass(frozen=True, slots=True)
class OtlpJson:
    """Reads one document, however it is laid out: what is posted to `/v1/traces`."""

    name: ClassVar[str] = "otlp-json"

    namer: Namer = field(default_factory=Namer)

    def recognizes(self, head: bytes) -> bool:
        """An object that has OTLP's outermost field near its beginning."""
        return _begins_document(head.removeprefix(BYTE_ORDER_MARK))

    def read(self, source: Source) -> Decoded:
        """The document's spans; none if it is damaged or cut."""
        issues = Issues()
        sink = SpanSink(self.namer, issues)
        records = 0
        text = source.stream.read().removeprefix(BYTE_ORDER_MARK)
        try:
            records += _decode_document(text, source.label, sink)
        except ValueError as error:
            kind, detail = IssueKind.UNDECODABLE_RECORD, _problem(error, ended=True)
            issues.add(Issue(kind=kind, where=source.label, detail=detail))
        return Decoded(spans=sink.spans(), issues=issues, records=records)


def _begins_document(text: bytes) -> bool:
    return text.lstrip().startswith(b"{") and _MARK.search(text) is not None


def _is_document(line: bytes) -> bool:
    if not _begins_document(line):
        return False
    try:
        return _DOCUMENT.decode(line).is_otlp
    except ValueError:
        return False


def _problem(error: ValueError, *, ended: bool) -> str:
    return f"no OTLP JSON: {error}" if ended else "the last line is cut: left out"


def _decode_document(text: bytes, where: str, sink: SpanSink) -> int:
    """Put a document's spans into the sink; 1 if it is OTLP, else 0.

    Raises:
        ValueError: the text is no JSON, or has something else where OTLP has its fields.
    """
    try:
        document = _DOCUMENT.decode(text)
    except UnicodeDecodeError:
        document = _DOCUMENT.decode(text.decode("utf-8", "replace"))
    if not document.is_otlp:
        detail = "JSON that is not OTLP: passed over"
        sink.issues.add(Issue(kind=IssueKind.NOT_TRACES, where=where, detail=detail))
        return 0
    for resource_spans in document.resource_spans or ():
        resource = resource_spans.resource
        attributes = resource.attributes if resource else None
        process = sink.namer.process(_texts(attributes, _RESOURCE_KEYS))
        for scopes in (resource_spans.scope_spans, resource_spans.instrumentation_library_spans):
            for scope in scopes or ():
                _decode_spans(scope.spans or (), process, where, sink)
    return 1


def _decode_spans(
    spans: Iterable[msgspec.Raw], process: ProcessNames, where: str, sink: SpanSink
) -> None:
    for raw in spans:
        try:
            span = _decode_span(raw)
        except ValueError as error:
            detail = f"span that cannot be read: {error}"
            kind = IssueKind.UNDECODABLE_RECORD
            sink.issues.add(Issue(kind=kind, where=where, detail=detail, spans=1))
            continue
        attributes, described = _span_attributes(span.attributes)
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
            attributes=attributes,
            described=described,
            links=_links(span.links),
        )
        sink.add(found, where)


def _decode_span(raw: msgspec.Raw) -> schema.Span:
    try:
        return _SPAN.decode(raw)
    except UnicodeDecodeError:
        return _SPAN.decode(bytes(raw).decode("utf-8", "replace"))


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


def _span_attributes(
    attributes: Iterable[schema.KeyValue] | None,
) -> tuple[dict[str, str], dict[str, str]]:
    """What a span is named by, and what describes it; of a key sent twice the last one."""
    names: dict[str, str] = {}
    described: dict[str, str] = {}
    looked_at = 0
    for attribute in attributes or ():
        value, key = _value(attribute.value), attribute.key or ""
        if value is None:
            continue
        if key in _SPAN_KEYS:
            names[key] = value
        looked_at += 1
        if looked_at > MOST_ATTRIBUTES:
            continue
        if _fits(value) and not has_query(key, value):
            described[key] = value
    return names, described


def _fits(value: str) -> bool:
    return len(value.encode("utf-8", "replace")) <= LONGEST_VALUE


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
