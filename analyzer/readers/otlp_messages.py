"""The OTLP trace messages with text as bytes, so that a bad character costs no span.

The classes published for OTLP refuse a whole request for one name that is not UTF-8. These have the
same field numbers, only the fields that are read, and leave every other one unparsed.
Source: opentelemetry-proto, trace/v1/trace.proto and common/v1/common.proto.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

PACKAGE: Final = "slowhop.otlp"
_FIELD = descriptor_pb2.FieldDescriptorProto

_SCALARS: Mapping[str, "_FIELD.Type.ValueType"] = {
    "bytes": _FIELD.TYPE_BYTES,
    "bool": _FIELD.TYPE_BOOL,
    "int64": _FIELD.TYPE_INT64,
    "int32": _FIELD.TYPE_INT32,
    "double": _FIELD.TYPE_DOUBLE,
    "fixed64": _FIELD.TYPE_FIXED64,
}

SCHEMA: Final[Mapping[str, Mapping[str, tuple[int, str]]]] = {
    "ExportTraceServiceRequest": {"resource_spans": (1, "repeated ResourceSpans")},
    "ResourceSpans": {"resource": (1, "Resource"), "scope_spans": (2, "repeated ScopeSpans")},
    "Resource": {"attributes": (1, "repeated KeyValue")},
    "ScopeSpans": {"spans": (2, "repeated Span")},
    "Span": {
        "trace_id": (1, "bytes"),
        "span_id": (2, "bytes"),
        "trace_state": (3, "bytes"),
        "parent_span_id": (4, "bytes"),
        "name": (5, "bytes"),
        "kind": (6, "int32"),
        "start_time_unix_nano": (7, "fixed64"),
        "end_time_unix_nano": (8, "fixed64"),
        "attributes": (9, "repeated KeyValue"),
        "links": (13, "repeated Link"),
        "status": (15, "Status"),
    },
    "Link": {"trace_id": (1, "bytes"), "span_id": (2, "bytes")},
    "Status": {"code": (3, "int32")},
    "KeyValue": {"key": (1, "bytes"), "value": (2, "AnyValue")},
    "AnyValue": {
        "string_value": (1, "bytes"),
        "bool_value": (2, "bool"),
        "int_value": (3, "int64"),
        "double_value": (4, "double"),
        "array_value": (5, "bytes"),
        "kvlist_value": (6, "bytes"),
        "bytes_value": (7, "bytes"),
    },
}
"""Message -> field -> (number, type)."""

_ONEOF = "AnyValue"
"""The one message whose fields exclude each other."""


@cache
def request_class() -> Any:  # noqa: ANN401  a class that protobuf makes has no static type
    """The ExportTraceServiceRequest with text as bytes; use its `FromString`."""
    pool = descriptor_pool.DescriptorPool()
    pool.Add(_file())
    descriptor = pool.FindMessageTypeByName(f"{PACKAGE}.ExportTraceServiceRequest")
    return message_factory.GetMessageClass(descriptor)


def _file() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(
        name="slowhop/otlp.proto", package=PACKAGE, syntax="proto3"
    )
    for message_name, fields in SCHEMA.items():
        message = file.message_type.add(name=message_name)
        if message_name == _ONEOF:
            message.oneof_decl.add(name="value")
        for name, (number, type_name) in fields.items():
            label, _, base = type_name.rpartition(" ")
            field = message.field.add(name=name, number=number)
            field.label = _FIELD.LABEL_REPEATED if label else _FIELD.LABEL_OPTIONAL
            if base in _SCALARS:
                field.type = _SCALARS[base]
            else:
                field.type = _FIELD.TYPE_MESSAGE
                field.type_name = f".{PACKAGE}.{base}"
            if message_name == _ONEOF:
                field.oneof_index = 0
    return file
