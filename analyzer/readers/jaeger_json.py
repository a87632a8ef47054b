"""Jaeger's JSON: downloads of its UI, answers of `/api/traces`, files of its anonymiser.

```
{"data": [{"traceID", "spans": [...], "processes": {"p1": {...}}}]}     UI, API
[{"traceID", "spanID", ..., "process": {...}}]                          anonymiser
```

Bare traces, one or many, are read too. Times are microseconds.
Source: jaeger, internal/uimodel/model.go and cmd/anonymizer.
"""

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import msgspec

from analyzer.model.issue import Issue, IssueKind, Issues
from analyzer.readers import jaeger_json_schema as schema
from analyzer.readers.json_decoding import json_elements
from analyzer.readers.json_elements import ElementSplitter
from analyzer.readers.json_outline import outline
from analyzer.readers.source import Source
from analyzer.records import jaeger
from analyzer.records.foreign_values import microseconds
from analyzer.records.ids import SPAN_ID_BYTES, TRACE_ID_BYTES, parse_short_hex
from analyzer.records.record import Event, SpanRecord, Value
from analyzer.records.typed_json import DECODE_ERRORS, decode

_TRACE = msgspec.json.Decoder(schema.Trace)
_SPAN = msgspec.json.Decoder(schema.Span)
_LOGS = msgspec.json.Decoder(list[schema.Log] | None)

_NO_PROCESS: Mapping[str, Value] = {}

_SIGNS = (
    *({f"{trace}.spans", f"{trace}.processes"} for trace in ("data[]", "[]")),
    {"data[].traceID"},
    {"data", "total", "errors"},
    {"[].traceID", "[].spanID"},
    {"traceID", "spans", "processes"},
    {"traceID", "spans[].operationName"},
)
"""Fields of which all of one set are there."""


@dataclass(frozen=True, slots=True)
class JaegerJson:
    """Jaeger's JSON, trace by trace or span by span."""

    name: ClassVar[str] = "jaeger"

    def recognizes(self, head: bytes) -> bool:
        """Traces with spans, in Jaeger's spelling (`traceID`)."""
        fields = outline(head)
        return any(fields.issuperset(sign) for sign in _SIGNS)

    def records(self, source: Source, issues: Issues, *, whole: bool) -> Iterator[SpanRecord]:
        """Every span; a bad one costs no other, and a trace that cannot be read no other trace."""
        bare = "spans" in outline(source.head)
        for element in json_elements(source, issues, ElementSplitter(whole=bare)):
            if not bare and element.path not in ((), ("data",)):
                continue
            where = f"{source.label}:{element.line}"
            try:
                trace = decode(_TRACE, element.text)
            except DECODE_ERRORS as error:
                detail = f"trace {element.number} cannot be read: {error}"
                kind = IssueKind.UNDECODABLE_RECORD
                issues.add(Issue(kind=kind, where=where, detail=detail))
                continue
            raws = trace.spans if trace.spans is not None else [msgspec.Raw(element.text)]
            known = {name: _resource(process) for name, process in (trace.processes or {}).items()}
            yield from _Trace(where=where, known=known, whole=whole).records(raws, issues)


@dataclass(slots=True, kw_only=True)
class _Trace:
    """The spans that stand together."""

    where: str
    known: Mapping[str, Mapping[str, Value]]
    whole: bool
    _inline: dict[bytes, Mapping[str, Value]] = field(default_factory=dict)

    def records(self, raws: Iterable[msgspec.Raw], issues: Issues) -> Iterator[SpanRecord]:
        for raw in raws:
            try:
                yield self._record(decode(_SPAN, raw))
            except DECODE_ERRORS as error:
                detail = f"span that cannot be read: {error}"
                kind = IssueKind.UNDECODABLE_RECORD
                issues.add(Issue(kind=kind, where=self.where, detail=detail, spans=1))

    def _record(self, span: schema.Span) -> SpanRecord:
        trace_id = parse_short_hex(span.trace_id or "", TRACE_ID_BYTES)
        return jaeger.JaegerSpan(
            where=self.where,
            trace_id=trace_id,
            span_id=parse_short_hex(span.span_id or "", SPAN_ID_BYTES),
            relations=_relations(span, trace_id),
            start=microseconds(span.start_time),
            duration=microseconds(span.duration),
            name=span.operation_name or "",
            tags=_values(span.tags),
            events=_events(span.logs) if self.whole else (),
            resource=self._process(span),
        ).record()

    def _process(self, span: schema.Span) -> Mapping[str, Value]:
        if span.process is None:
            return self.known.get(span.process_id or "", _NO_PROCESS)
        # Spans of one process share one object, as they do where a trace lists its processes.
        key = msgspec.msgpack.encode(span.process)
        return self._inline.setdefault(key, _resource(span.process))


def _relations(span: schema.Span, trace_id: int | None) -> jaeger.Relations:
    """The parent's id, and the spans that are referred to besides.

    Old files have `parentSpanID` in place of references.
    """
    written = span.references or ()
    if len(written) == 1 and not span.parent_span_id:
        # The usual case, told without a look at anything else.
        (only,) = written
        if only.ref_type == jaeger.CHILD_OF and only.trace_id == span.trace_id and only.span_id:
            return jaeger.Relations(parse_short_hex(only.span_id, SPAN_ID_BYTES))
    references = [
        jaeger.Reference(
            reference.ref_type or jaeger.CHILD_OF,
            parse_short_hex(reference.trace_id or "", TRACE_ID_BYTES),
            span_id,
        )
        for reference in written
        if (span_id := parse_short_hex(reference.span_id or "", SPAN_ID_BYTES))
    ]
    alone = parse_short_hex(span.parent_span_id, SPAN_ID_BYTES) if span.parent_span_id else 0
    return jaeger.relations(references, alone, trace_id)


def _resource(process: schema.Process) -> Mapping[str, Value]:
    return jaeger.resource(process.service_name, _values(process.tags))


def _values(tags: schema.Tags) -> dict[str, Value]:
    if isinstance(tags, dict):
        return dict(tags)
    return {
        tag.key: tag.value
        if tag.type == "string" and type(tag.value) is str
        else _value(tag.value, tag.type)
        for tag in tags or ()
        if tag.key is not None
    }


def _value(value: Any, type_name: str | None) -> Value:  # noqa: ANN401  any JSON
    """A tag's value; what is written as text though its type is another is read as that."""
    if type_name == "string" or type_name is None or value is None:
        return value if isinstance(value, str | bool | int | float | None) else _as_text(value)
    if not isinstance(value, str):
        whole = type_name == "int64" and isinstance(value, float) and value.is_integer()
        return int(value) if whole else value
    try:
        match type_name:
            case "int64":
                return int(value)
            case "float64":
                return float(value)
            case "bool":
                return value.lower() == "true"
            case "binary":
                return base64.b64decode(value, validate=True)
    except (ValueError, binascii.Error):
        pass
    return value


def _as_text(value: Any) -> str:  # noqa: ANN401  any JSON
    return msgspec.json.encode(value).decode()


def _events(logs: msgspec.Raw) -> tuple[Event, ...]:
    if not bytes(logs):
        return ()
    return tuple(
        jaeger.event(microseconds(log.timestamp) or 0, _values(log.fields))
        for log in decode(_LOGS, logs) or ()
    )
