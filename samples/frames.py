"""OTLP's JSON as frames of the Collector's protobuf files."""

import base64
from typing import Any

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

_IDS = frozenset(("traceId", "spanId", "parentSpanId"))


def frame(document: dict[str, Any]) -> bytes:
    """A document as a frame: a 4-byte big-endian length, then the message."""
    return framed(message(document))


def framed(content: bytes) -> bytes:
    """A message behind its length."""
    return len(content).to_bytes(4, "big") + content


def message(document: dict[str, Any]) -> bytes:
    """A document as an ExportTraceServiceRequest."""
    request = json_format.ParseDict(_with_base64(document), ExportTraceServiceRequest())
    return request.SerializeToString(deterministic=True)


def _with_base64(value: Any) -> Any:  # noqa: ANN401  any part of a JSON document
    """The same with ids in base64, as protobuf's own JSON wants them where OTLP's has hex."""
    if isinstance(value, list):
        return [_with_base64(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: base64.b64encode(bytes.fromhex(item)).decode() if name in _IDS else _with_base64(item)
        for name, item in value.items()
    }
