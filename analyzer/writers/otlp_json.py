"""OTLP JSON in lines: what the Collector's file exporter writes.

Source: OTLP specification, "JSON Protobuf Encoding": ids in hex, 64-bit numbers as decimal text,
enums as numbers.
"""

import base64
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar

import orjson
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from analyzer.writers.counting import span_count

if TYPE_CHECKING:
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

HEX_FIELDS = frozenset(("trace_id", "span_id", "parent_span_id"))
"""The bytes that OTLP's JSON has in hex; all others are base64."""

_64_BITS = frozenset((FieldDescriptor.CPPTYPE_INT64, FieldDescriptor.CPPTYPE_UINT64))


@dataclass(frozen=True, slots=True)
class OtlpJson:
    """Writes a line for each request."""

    name: ClassVar[str] = "otlp-json"

    def write(self, requests: "Iterable[ExportTraceServiceRequest]", out: BinaryIO) -> int:
        """Write lines; of fields that are not known here nobody knows a name, so they are lost."""
        written = 0
        for request in requests:
            if not request.resource_spans:
                continue
            out.write(orjson.dumps(as_json(request), option=orjson.OPT_APPEND_NEWLINE))
            written += span_count(request)
        return written


def as_json(message: Message) -> dict[str, Any]:
    """A message as OTLP's JSON has it."""
    found: dict[str, Any] = {}
    for field, value in message.ListFields():
        if field.message_type is not None:
            as_value: Callable[[Any], Any] = as_json
        else:
            as_value = _converter(field)
        found[field.json_name] = (
            [as_value(v) for v in value] if field.is_repeated else as_value(value)
        )
    return found


@cache
def _converter(field: FieldDescriptor) -> Callable[[Any], Any]:
    if field.type == FieldDescriptor.TYPE_BYTES:
        return bytes.hex if field.name in HEX_FIELDS else _base64
    if field.cpp_type in _64_BITS:
        return str
    return _double if field.cpp_type == FieldDescriptor.CPPTYPE_DOUBLE else _same


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _double(value: float) -> float | str:
    """A number; JSON has no word for what is none, so protobuf's JSON writes text."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _same(value: Any) -> Any:  # noqa: ANN401  text, a flag or a small number
    return value
