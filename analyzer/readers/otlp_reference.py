"""OTLP frames to columns by the protobuf library and a loop: what a decoded span means.

The compiled walk must give the same; this is also what decodes small inputs and every frame that
the walk refuses.
"""

from collections.abc import Iterable
from typing import Any, Protocol

from google.protobuf.message import DecodeError

from analyzer.model.attributes import LONGEST_VALUE, MOST_ATTRIBUTES, has_query
from analyzer.model.issue import Issue, IssueKind, Issues
from analyzer.model.naming import RESOURCE_KEYS, SPAN_KEYS
from analyzer.readers.otlp_messages import request_class
from analyzer.readers.sink import FoundSpan, SpanSink

_SPAN_KEYS = frozenset(key.encode() for key in SPAN_KEYS)
_RESOURCE_KEYS = frozenset(key.encode() for key in RESOURCE_KEYS)

TRACE_ID_BYTES = 16
SPAN_ID_BYTES = 8


class _KeyValue(Protocol):
    key: bytes
    value: Any


def decode_request(frame: bytes, where: str, sink: SpanSink) -> bool:
    """Put the spans of one ExportTraceServiceRequest into the sink; False if it is none."""
    try:
        request = request_class().FromString(frame)
    except DecodeError:
        count_no_request(len(frame), where, sink.issues)
        return False
    for resource_spans in request.resource_spans:
        resource = _texts(resource_spans.resource.attributes, _RESOURCE_KEYS)
        process = sink.namer.process(resource)
        for scope_spans in resource_spans.scope_spans:
            for span in scope_spans.spans:
                parent = span.parent_span_id
                attributes, described = _span_attributes(span.attributes)
                found = FoundSpan(
                    trace_id=_id(span.trace_id, TRACE_ID_BYTES),
                    span_id=_id(span.span_id, SPAN_ID_BYTES),
                    parent_id=_id(parent, SPAN_ID_BYTES) if parent else 0,
                    start=span.start_time_unix_nano,
                    end=span.end_time_unix_nano,
                    name=text(span.name),
                    kind=span.kind,
                    status=span.status.code,
                    process=process,
                    attributes=attributes,
                    described=described,
                    links=_links(span.links),
                    trace_state=text(span.trace_state) if span.trace_state else "",
                )
                sink.add(found, where)
    return True


def count_no_request(size: int, where: str, issues: Issues) -> None:
    """Count a frame of some bytes that is no request."""
    detail = f"{size} bytes that are no ExportTraceServiceRequest"
    issues.add(Issue(kind=IssueKind.UNDECODABLE_RECORD, where=where, detail=detail))


def text(raw: bytes) -> str:
    """Text as sent, with U+FFFD for what is not UTF-8."""
    return raw.decode("utf-8", "replace")


def flag(*, value: bool) -> str:
    """A boolean attribute as text."""
    return "true" if value else "false"


def _id(raw: bytes, size: int) -> int | None:
    return int.from_bytes(raw, "big") if len(raw) == size else None


def _links(links: Iterable[Any]) -> tuple[tuple[int, int], ...]:
    ids = ((_id(k.trace_id, TRACE_ID_BYTES), _id(k.span_id, SPAN_ID_BYTES)) for k in links)
    return tuple((trace_id, span_id) for trace_id, span_id in ids if trace_id and span_id)


def _texts(attributes: Iterable[_KeyValue], keys: frozenset[bytes]) -> dict[str, str]:
    """The attributes of `keys` whose value is text, a whole number or a flag; the last one wins."""
    texts: dict[str, str] = {}
    for attribute in attributes:
        if attribute.key in keys and (value := _value(attribute.value)) is not None:
            texts[attribute.key.decode()] = value
    return texts


def _span_attributes(attributes: Iterable[_KeyValue]) -> tuple[dict[str, str], dict[str, str]]:
    """What a span is named by, and what describes it; of a key sent twice the last one."""
    names: dict[str, str] = {}
    described: dict[str, str] = {}
    looked_at = 0
    for attribute in attributes:
        value = _value(attribute.value)
        if value is None:
            continue
        raw = attribute.key
        key = text(raw)
        if raw in _SPAN_KEYS:
            names[key] = value
        looked_at += 1
        if looked_at > MOST_ATTRIBUTES:
            continue
        if len(attribute.value.string_value) <= LONGEST_VALUE and not has_query(key, value):
            described[key] = value
    return names, described


def _value(value: Any) -> str | None:  # noqa: ANN401  a protobuf message has no static type
    """Text, a whole number or a flag as text; None for other types."""
    match value.WhichOneof("value"):
        case "string_value":
            return text(value.string_value)
        case "int_value":
            return str(value.int_value)
        case "bool_value":
            return flag(value=value.bool_value)
    return None
