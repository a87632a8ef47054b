"""Spans and processes as Jaeger's JSON has them; what it has no field for becomes a tag.

Source: OpenTelemetry specification, "OpenTelemetry to Jaeger Transformation".
"""

import base64
import json
import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from analyzer.writers.otlp_json import as_json

if TYPE_CHECKING:
    from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
    from opentelemetry.proto.trace.v1.trace_pb2 import Span

KINDS = ("", "internal", "server", "client", "producer", "consumer")
CODES = ("", "OK", "ERROR")
_ERROR = 2
_NS_PER_US = 1_000

_SERVICE = "service.name"
_REFERENCE_TYPE = "opentracing.ref_type"
_CHILD_OF = "CHILD_OF"
_FOLLOWS_FROM = "FOLLOWS_FROM"

_LARGEST_SAFE = (1 << 53) - 1
"""A browser rounds what is larger, so Jaeger writes that as text."""


def jaeger_process(attributes: "Iterable[KeyValue]") -> dict[str, Any]:
    """A resource as a process; one without a name has none."""
    pairs = [(attribute.key, attribute.value) for attribute in attributes]
    process: dict[str, Any] = {}
    for key, value in pairs:
        if key == _SERVICE and value.string_value:
            process["serviceName"] = value.string_value
    process["tags"] = [_tag(key, value) for key, value in pairs if key != _SERVICE]
    return process


def jaeger_span(span: "Span", scope: "InstrumentationScope") -> dict[str, Any]:
    """A span without its process."""
    start, end = (t // _NS_PER_US for t in (span.start_time_unix_nano, span.end_time_unix_nano))
    found: dict[str, Any] = {
        "traceID": span.trace_id.hex(),
        "spanID": span.span_id.hex(),
        "operationName": span.name,
        "references": list(_references(span)),
        "tags": [*_tags(span.attributes), *_told(span, scope)],
        "logs": list(_logs(span)),
    }
    # What is missing stays missing.
    if span.start_time_unix_nano:
        found["startTime"] = start
    if span.end_time_unix_nano:
        found["duration"] = end - start
    return found


def _references(span: "Span") -> Iterator[dict[str, str]]:
    if any(span.parent_span_id):
        yield _reference(_CHILD_OF, span.trace_id, span.parent_span_id)
    for link in span.links:
        told = (a.value.string_value for a in link.attributes if a.key == _REFERENCE_TYPE)
        kind = next(told, _FOLLOWS_FROM).upper()
        yield _reference(kind, link.trace_id, link.span_id)


def _reference(kind: str, trace_id: bytes, span_id: bytes) -> dict[str, str]:
    return {"refType": kind, "traceID": trace_id.hex(), "spanID": span_id.hex()}


def _told(span: "Span", scope: "InstrumentationScope") -> Iterator[dict[str, Any]]:
    """What OTLP has fields for."""
    texts = {
        "span.kind": KINDS[span.kind] if 0 <= span.kind < len(KINDS) else "",
        "otel.status_code": CODES[span.status.code] if 0 <= span.status.code < len(CODES) else "",
        "otel.status_description": span.status.message,
        "otel.scope.name": scope.name,
        "otel.scope.version": scope.version,
        "w3c.tracestate": span.trace_state,
    }
    if span.status.code == _ERROR:
        yield {"key": "error", "type": "bool", "value": True}
    for key, text in texts.items():
        if text:
            yield {"key": key, "type": "string", "value": text}


def _logs(span: "Span") -> Iterator[dict[str, Any]]:
    for event in span.events:
        name = [{"key": "event", "type": "string", "value": event.name}] if event.name else []
        fields = name + _tags(event.attributes)
        yield {"timestamp": event.time_unix_nano // _NS_PER_US, "fields": fields}


def _tags(attributes: "Iterable[KeyValue]") -> list[dict[str, Any]]:
    return [_tag(attribute.key, attribute.value) for attribute in attributes]


def _tag(key: str, value: "AnyValue") -> dict[str, Any]:
    kind, plain = _plain(value)
    return {"key": key, "type": kind, "value": plain}


def _plain(value: "AnyValue") -> tuple[str, Any]:
    """Type and value of a tag; lists and maps are JSON in a text."""
    match value.WhichOneof("value"):
        case "string_value":
            return "string", value.string_value
        case "bool_value":
            return "bool", value.bool_value
        case "int_value" if abs(value.int_value) > _LARGEST_SAFE:
            return "int64", str(value.int_value)
        case "int_value":
            return "int64", value.int_value
        case "double_value" if math.isfinite(value.double_value):
            return "float64", value.double_value
        case "double_value":
            return "float64", str(value.double_value)
        case "bytes_value":
            return "binary", base64.b64encode(value.bytes_value).decode()
        case None:
            return "string", ""
    return "string", json.dumps(_untyped(as_json(value)), ensure_ascii=False, separators=(",", ":"))


def _untyped(value: dict[str, Any]) -> Any:  # noqa: ANN401  any JSON
    """An AnyValue in OTLP's JSON as plain JSON."""
    if not value:
        return None
    ((kind, inner),) = value.items()
    match kind:
        case "arrayValue":
            return [_untyped(item) for item in inner.get("values", ())]
        case "kvlistValue":
            pairs = inner.get("values", ())
            return {pair.get("key", ""): _untyped(pair.get("value", {})) for pair in pairs}
        case "intValue":
            return int(inner)
    return inner
