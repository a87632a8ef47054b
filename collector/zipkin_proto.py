"""Zipkin's protobuf, version 2: a ListOfSpans, span by span.

The list is walked here and each span is decoded by the protobuf library, with unknown fields
skipped and every length checked; memory is that of one span. Texts are declared as bytes, which
look the same on the wire, so that a character that is no UTF-8 costs no span.
Source: zipkin-api, zipkin.proto.
"""

import ipaddress
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
)
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from analyzer.model.issue import Issue, IssueKind, Issues
from analyzer.records import zipkin_schema as schema
from collector.http_body import TooLarge
from collector.proto_elements import MAX_ELEMENT_BYTES, elements

SPANS: Final = 1
"""The field of a ListOfSpans that holds its spans."""

MAX_VALUES: Final = 1_000_000
"""Spans, tags and annotations in one body: some 40 MB of ordinary spans, and a quarter of a GB
while they are objects. Annotations without any content take two bytes each."""

_KINDS = {1: "CLIENT", 2: "SERVER", 3: "PRODUCER", 4: "CONSUMER"}

_TRACE_ID_SIZES = (8, 16)
_SPAN_ID_SIZE = 8

_BYTES = FieldDescriptorProto.TYPE_BYTES
_FIXED = FieldDescriptorProto.TYPE_FIXED64
_UNSIGNED = FieldDescriptorProto.TYPE_UINT64
_SIGNED = FieldDescriptorProto.TYPE_INT32


def spans_of(body: bytes, issues: Issues) -> Iterator[schema.Span]:
    """The spans of a ListOfSpans; one that cannot be read is an issue and costs no other.

    Raises:
        Undecodable: the body is no ListOfSpans: a length points past its end, say.
        TooLarge: it would take too much memory as objects.
    """
    texts = list(islice(_elements(body), MAX_VALUES + 1))
    values = _bounded(len(texts))
    for number, text in enumerate(texts, start=1):
        try:
            message = _parsed(text)
        except DecodeError as error:
            where, detail = f"span {number}", f"span that cannot be read: {error}"
            kind = IssueKind.UNDECODABLE_RECORD
            issues.add(Issue(kind=kind, where=where, detail=detail, spans=1))
            continue
        values = _bounded(values + len(message.tags) + len(message.annotations))
        yield _span(message)


def _bounded(values: int) -> int:
    if values > MAX_VALUES:
        raise TooLarge(f"the body has over {MAX_VALUES} spans, tags and annotations")
    return values


def _elements(body: bytes) -> Iterator[bytes]:
    """The bytes of each span."""
    for number, text in elements(body, message="ListOfSpans"):
        if number == SPANS:
            yield text


def _parsed(text: bytes) -> Any:  # noqa: ANN401  a message that is declared below
    if len(text) > MAX_ELEMENT_BYTES:
        raise DecodeError(f"it has {len(text)} bytes")
    return _MESSAGE.FromString(text)


def _span(message: Any) -> schema.Span:  # noqa: ANN401  as above
    return schema.Span(
        trace_id=_hex(message.trace_id, *_TRACE_ID_SIZES),
        id=_hex(message.id, _SPAN_ID_SIZE),
        parent_id=message.parent_id.hex() or None,
        name=_text(message.name),
        kind=_KINDS.get(message.kind),
        # 0 is an invalid time and an invalid duration: neither is told
        timestamp=message.timestamp or None,
        duration=message.duration or None,
        local_endpoint=_endpoint(message, "local_endpoint"),
        remote_endpoint=_endpoint(message, "remote_endpoint"),
        annotations=[
            schema.Annotation(timestamp=note.timestamp, value=_text(note.value))
            for note in message.annotations
        ],
        tags={_text(tag.key): _text(tag.value) for tag in message.tags},
        shared=message.shared,
    )


def _endpoint(message: Message, name: str) -> schema.Endpoint | None:
    if not message.HasField(name):
        return None
    endpoint = getattr(message, name)
    return schema.Endpoint(
        service_name=_text(endpoint.service_name) or None,
        ipv4=_address(endpoint.ipv4),
        ipv6=_address(endpoint.ipv6),
        port=endpoint.port or None,
    )


def _address(raw: bytes) -> str | None:
    try:
        return str(ipaddress.ip_address(raw)) if raw else None
    except ValueError:
        return None


def _hex(raw: bytes, *sizes: int) -> str | None:
    return raw.hex() if len(raw) in sizes else None


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _span_class() -> type[Message]:
    """The message of a span; of an enum only its number is looked at."""
    file = FileDescriptorProto(name="slowhop/zipkin.proto", package="slowhop", syntax="proto3")
    endpoint = file.message_type.add(name="Endpoint")
    _add(endpoint, service_name=(1, _BYTES), ipv4=(2, _BYTES), ipv6=(3, _BYTES), port=(4, _SIGNED))
    note = file.message_type.add(name="Annotation")
    _add(note, timestamp=(1, _FIXED), value=(2, _BYTES))
    tag = file.message_type.add(name="Tag")  # what an entry of a map is on the wire
    _add(tag, key=(1, _BYTES), value=(2, _BYTES))
    span = file.message_type.add(name="Span")
    _add(span, trace_id=(1, _BYTES), parent_id=(2, _BYTES), id=(3, _BYTES), kind=(4, _SIGNED))
    _add(span, name=(5, _BYTES), timestamp=(6, _FIXED), duration=(7, _UNSIGNED))
    _add_message(span, "local_endpoint", 8, "Endpoint", repeated=False)
    _add_message(span, "remote_endpoint", 9, "Endpoint", repeated=False)
    _add_message(span, "annotations", 10, "Annotation", repeated=True)
    _add_message(span, "tags", 11, "Tag", repeated=True)
    span.field.add(
        name="shared",
        number=13,
        type=FieldDescriptorProto.TYPE_BOOL,
        label=FieldDescriptorProto.LABEL_OPTIONAL,
    )
    pool = DescriptorPool()  # of its own: nobody else's messages are in the way
    pool.Add(file)
    return GetMessageClass(pool.FindMessageTypeByName("slowhop.Span"))


def _add(
    message: DescriptorProto, **fields: tuple[int, "FieldDescriptorProto.Type.ValueType"]
) -> None:
    for name, (number, kind) in fields.items():
        label = FieldDescriptorProto.LABEL_OPTIONAL
        message.field.add(name=name, number=number, type=kind, label=label)


def _add_message(
    message: DescriptorProto, name: str, number: int, of: str, *, repeated: bool
) -> None:
    kind = FieldDescriptorProto.TYPE_MESSAGE
    label = FieldDescriptorProto.LABEL_REPEATED if repeated else FieldDescriptorProto.LABEL_OPTIONAL
    type_name = f".slowhop.{of}"
    message.field.add(name=name, number=number, type=kind, label=label, type_name=type_name)


_MESSAGE = _span_class()
