"""What Python's ConsoleSpanExporter prints: JSON objects, between whatever else was printed.

Source: opentelemetry-python, `ReadableSpan.to_json`: ids in hex behind `0x`, times as ISO 8601.
"""

import codecs
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import msgspec

from analyzer.model.issue import Issue, IssueKind, Issues
from analyzer.readers import python_console_schema as schema
from analyzer.readers.source import Source
from analyzer.records.foreign_values import KINDS, STATUSES
from analyzer.records.ids import SPAN_ID_BYTES, TRACE_ID_BYTES, parse_short_hex
from analyzer.records.record import Event, Link, SpanRecord, Value
from analyzer.records.typed_json import DECODE_ERRORS

LARGEST_SPAN = 1 << 24
"""Characters; a longer object is none: its end was lost, and other text follows."""

_PIECE_BYTES = 1 << 18

_LONGEST_BEGINNING = 1 << 16
"""How much may have to be kept to see that an object begins: its name stands first."""

_BEGINNING = re.compile(r'\{\s*+"name":\s*+(?:null|"(?:[^"\\]|\\.)*+")\s*+,\s*+"context":')
"""Events begin with a name too, but no context follows it."""

_BEGUN = re.compile(r'\{\s*+"name":[^{}]*+\Z')
"""As far as it may be seen where a file is cut."""

_PREFIX = re.compile(r"^[^\s|{}\"]++[ \t]*+\|[ ]?", re.MULTILINE)
"""What `docker compose logs` writes before every line."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NS_PER_US = 1_000

_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class PythonConsole:
    """Python's console output, object by object."""

    name: ClassVar[str] = "python-console"

    def recognizes(self, head: bytes) -> bool:
        """An object that begins with a name and a context, anywhere in the text."""
        text = head.decode("utf-8", "replace")
        found = _BEGINNING.search(text) or _BEGINNING.search(_PREFIX.sub("", text))
        return found is not None and '"trace_id": "0x' in text

    def records(self, source: Source, issues: Issues, *, whole: bool) -> Iterator[SpanRecord]:
        """Every span; what is no span is passed over, and a damaged one costs no other."""
        resources = _Resources()
        for found in _objects(source, issues):
            where = f"{source.label}:{found.line}"
            try:
                span = msgspec.convert(found.values, schema.Span)
                yield _record(span, resources.shared(span.resource), where, whole=whole)
            except DECODE_ERRORS as error:
                detail = f"span that cannot be read: {error}"
                kind = IssueKind.UNDECODABLE_RECORD
                issues.add(Issue(kind=kind, where=where, detail=detail, spans=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Object:
    values: Any
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    text: str
    is_last: bool


@dataclass(slots=True)
class _Resources:
    """One object for all spans of one process."""

    _known: dict[str, Mapping[str, Value]] = field(default_factory=dict)

    def shared(self, resource: dict[str, Any] | None) -> Mapping[str, Value]:
        attributes = (resource or {}).get("attributes")
        # Old versions print the attributes themselves.
        found = attributes if isinstance(attributes, dict) else resource or {}
        return self._known.setdefault(repr(found), found)


def _objects(source: Source, issues: Issues) -> Iterator[_Object]:
    """Every object that begins like a span."""
    text, line = "", 1
    for piece in _pieces(source):
        text += piece.text
        at, seen = 0, 0
        while found := _BEGINNING.search(text, at):
            start = found.start()
            line += text.count("\n", seen, start)
            seen = start
            try:
                values, at = _DECODER.raw_decode(text, start)
            except DECODE_ERRORS as error:
                following = _BEGINNING.search(text, found.end())
                if following is None and not piece.is_last and len(text) - start < LARGEST_SPAN:
                    at = start
                    break
                issues.add(_lost(f"{source.label}:{line}", error, text))
                at = following.start() if following else found.end()
            else:
                yield _Object(values=values, line=line)
        else:
            if piece.is_last and (begun := _BEGUN.search(text, at)):
                where = f"{source.label}:{line + text.count(chr(10), seen, begun.start())}"
                issues.add(_cut(where))
            at = max(at, len(text) - _LONGEST_BEGINNING)
        line += text.count("\n", seen, at)
        text = text[at:]


def _is_cut(error: Exception, text: str) -> bool:
    """Whether an object is sound as far as it goes, but the text ends in it."""
    if not isinstance(error, json.JSONDecodeError):
        return False
    return error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated")


def _lost(where: str, error: Exception, text: str) -> Issue:
    """A span that cannot be decoded."""
    if _is_cut(error, text):
        return _cut(where)
    detail = f"span that cannot be read: {error}"
    return Issue(kind=IssueKind.UNDECODABLE_RECORD, where=where, detail=detail, spans=1)


def _cut(where: str) -> Issue:
    detail = "the last span is cut: left out"
    return Issue(kind=IssueKind.TRUNCATED_FILE, where=where, detail=detail, spans=1)


def _pieces(source: Source) -> Iterator[_Piece]:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    prefixed = _BEGINNING.search(source.head.decode("utf-8", "replace")) is None
    while raw := source.stream.read(_PIECE_BYTES):
        # A prefix is told by standing at the beginning of a line, so lines are not cut.
        text = decoder.decode(raw + source.stream.readline(_LONGEST_BEGINNING))
        yield _Piece(text=_PREFIX.sub("", text) if prefixed else text, is_last=False)
    yield _Piece(text="", is_last=True)


def _record(
    span: schema.Span, resource: Mapping[str, Value], where: str, *, whole: bool
) -> SpanRecord:
    context = span.context or schema.Context()
    status = span.status or schema.SpanStatus()
    return SpanRecord(
        where=where,
        trace_id=_id(context.trace_id, TRACE_ID_BYTES),
        span_id=_id(context.span_id, SPAN_ID_BYTES),
        parent_id=_id(span.parent_id, SPAN_ID_BYTES) if span.parent_id else 0,
        start=_time(span.start_time),
        end=_time(span.end_time),
        name=span.name or "",
        kind=KINDS.get((span.kind or "").removeprefix("SpanKind.").lower(), 0),
        status=STATUSES.get((status.status_code or "").lower(), 0),
        status_message=status.description or "",
        resource=resource,
        attributes=span.attributes or {},
        events=tuple(_events(span)) if whole else (),
        links=tuple(_links(span)),
    )


def _events(span: schema.Span) -> Iterator[Event]:
    for event in span.events or ():
        time_ns = _time(event.timestamp)
        yield Event(time_ns=time_ns, name=event.name or "", attributes=event.attributes or {})


def _links(span: schema.Span) -> Iterator[Link]:
    for link in span.links or ():
        context = link.context or schema.Context()
        trace_id = _id(context.trace_id, TRACE_ID_BYTES)
        span_id = _id(context.span_id, SPAN_ID_BYTES)
        if trace_id and span_id:
            yield Link(trace_id=trace_id, span_id=span_id, attributes=link.attributes or {})


def _id(text: str | None, size: int) -> int | None:
    return parse_short_hex((text or "").removeprefix("0x"), size)


def _time(text: str | None) -> int:
    """Nanoseconds since the epoch; 0 where there is no time."""
    if not text:
        return 0
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // _MICROSECOND * _NS_PER_US
