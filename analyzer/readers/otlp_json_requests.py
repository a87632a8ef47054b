"""OTLP's JSON to its protobuf messages, with all their fields; imported only by what converts.

By the messages' descriptors, because protobuf's own JSON parser reads ids in hex as base64. As
lenient as the reader: numbers as text, enums by name, ids in base64, unknown fields left out.
Source: OTLP specification, "JSON Protobuf Encoding".
"""

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from analyzer.model.issue import Issues
from analyzer.readers.json_decoding import any_json
from analyzer.readers.otlp_json import ResourceSpansText, count_bad_resource, count_bad_span
from analyzer.records.ids import SPAN_ID_BYTES, TRACE_ID_BYTES, parse_id
from analyzer.records.typed_json import DECODE_ERRORS

SPANS_A_REQUEST = 512
"""What exporters send at once by default; a request grows no further."""

DEEPEST = 100
"""Messages inside messages: the protobuf library reads no deeper."""

_ID_SIZES = {
    "trace_id": TRACE_ID_BYTES,
    "span_id": SPAN_ID_BYTES,
    "parent_span_id": SPAN_ID_BYTES,
}

_SCOPES = ("scopeSpans", "scope_spans", "instrumentationLibrarySpans")
_SCOPE = ("scope", "instrumentationLibrary")
"""By today's name and by the one of the first versions."""

_INTEGERS: Mapping[int, range] = {
    FieldDescriptor.CPPTYPE_INT32: range(-(1 << 31), 1 << 31),
    FieldDescriptor.CPPTYPE_INT64: range(-(1 << 63), 1 << 63),
    FieldDescriptor.CPPTYPE_UINT32: range(1 << 32),
    FieldDescriptor.CPPTYPE_UINT64: range(1 << 64),
    FieldDescriptor.CPPTYPE_ENUM: range(-(1 << 31), 1 << 31),
}


class MisfitError(ValueError):
    """A value that its field cannot hold."""


def requests(
    found: Iterable[ResourceSpansText], issues: Issues
) -> Iterator[ExportTraceServiceRequest]:
    """What came in one request in one again, or in several if it is large.

    A bad ResourceSpans costs no other, nor does a bad span.
    """
    request, document, size = ExportTraceServiceRequest(), 0, 0
    for text in found:
        where = text.where

        def on_bad(error: ValueError, where: str = where) -> None:
            count_bad_span(error, where, issues)

        try:
            message = resource_spans_message(any_json(bytes(text.text)), on_bad)
        except DECODE_ERRORS as error:
            count_bad_resource(error, where, issues)
            continue
        if size and (size >= SPANS_A_REQUEST or text.document != document):
            yield request
            request, size = ExportTraceServiceRequest(), 0
        document = text.document
        size += sum(len(scope_spans.spans) for scope_spans in message.scope_spans)
        request.resource_spans.append(message)
    if request.resource_spans:
        yield request


def resource_spans_message(values: object, on_bad: Callable[[ValueError], None]) -> ResourceSpans:
    """A ResourceSpans, from JSON that was decoded without types.

    Args:
        values: the JSON.
        on_bad: told of every span that cannot be read; it costs no other.

    Raises:
        MisfitError: something else stands where OTLP has its fields, outside of spans.
    """
    fields = dict(_object(values))
    scopes = [scope for name in _SCOPES for scope in _list(fields.pop(name, None))]
    found = ResourceSpans(**_arguments(fields, _descriptor(ResourceSpans), 0))
    for scope in scopes:
        scope_fields = dict(_object(scope))
        spans = _list(scope_fields.pop("spans", None))
        if (old := scope_fields.pop(_SCOPE[1], None)) is not None:
            scope_fields.setdefault(_SCOPE[0], old)
        message = ScopeSpans(**_arguments(scope_fields, _descriptor(ScopeSpans), 0))
        message.spans.extend(_spans(spans, on_bad))
        found.scope_spans.append(message)
    return found


def _spans(values: list[Any], on_bad: Callable[[ValueError], None]) -> Iterator[Span]:
    for value in values:
        try:
            yield Span(**_arguments(value, _descriptor(Span), 0))
        except ValueError as error:
            on_bad(error)


def _descriptor(message: type[ResourceSpans | ScopeSpans | Span]) -> Descriptor:
    return message.DESCRIPTOR


def _arguments(value: object, descriptor: Descriptor, depth: int) -> dict[str, Any]:
    """Arguments for the message's constructor.

    Building a message from nested dicts in one call is several times faster than one by one.
    """
    if depth > DEEPEST:
        raise MisfitError(f"messages inside messages more than {DEEPEST} deep")
    fields = _fields(descriptor)
    arguments: dict[str, Any] = {}
    for key, item in _object(value).items():
        field = fields.get(key)
        if field is None or item is None:
            continue
        if field.is_repeated:
            arguments[field.name] = [_value(element, field, depth) for element in _list(item)]
        else:
            arguments[field.name] = _value(item, field, depth)
    return arguments


@cache
def _fields(descriptor: Descriptor) -> Mapping[str, FieldDescriptor]:
    """The fields of a message by both of their names."""
    named = {field.name: field for field in descriptor.fields}
    return named | {field.json_name: field for field in descriptor.fields}


def _value(value: object, field: FieldDescriptor, depth: int) -> object:
    if field.message_type is not None:
        return _arguments(value, field.message_type, depth + 1)
    if field.cpp_type in _INTEGERS:
        return _integer(value, field)
    match field.cpp_type:
        case FieldDescriptor.CPPTYPE_BOOL if isinstance(value, bool):
            return value
        case FieldDescriptor.CPPTYPE_DOUBLE if isinstance(value, int | float | str):
            return float(value)
        case FieldDescriptor.CPPTYPE_STRING if isinstance(value, str):
            if field.type != FieldDescriptor.TYPE_BYTES:
                # JSON may name halves of characters, which UTF-8 cannot hold.
                return value.encode("utf-8", "replace").decode()
            return _bytes(value, field.name)
    raise MisfitError(f"{field.json_name} cannot be {value!r:.40}")


def _bytes(value: str, name: str) -> bytes:
    size = _ID_SIZES.get(name)
    if size is None:
        return base64.b64decode(value + "=" * (-len(value) % 4))
    number = parse_id(value, size)
    return b"" if number is None else number.to_bytes(size, "big")


def _integer(value: object, field: FieldDescriptor) -> int:
    if isinstance(value, str) and field.enum_type is not None:
        named = field.enum_type.values_by_name.get(value)
        if named is not None:
            return int(named.number)
    if not isinstance(value, int | float | str):
        raise MisfitError(f"{field.json_name} is no number")
    try:
        number = int(value) if not isinstance(value, str) or value.isdigit() else _decimal(value)
    except (ValueError, OverflowError) as error:
        raise MisfitError(f"{field.json_name} is no number: {value!r:.40}") from error
    if number in _INTEGERS[field.cpp_type]:
        return number
    # What no clock and no counter gives is as if it were not there.
    return 0


def _decimal(text: str) -> int:
    if not text:
        return 0
    try:
        return int(text)
    except ValueError:
        return int(float(text))


def _object(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise MisfitError("something else where an object should be")
    return value


def _list(value: object) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise MisfitError("something else where a list should be")
    return value
