"""Frames to OTLP's messages, with all their fields; imported only by what converts.

The published classes refuse a request for one text that is not UTF-8. Such a request is mended
first: by classes that are the same but for having bytes where those have text.
"""

from functools import cache
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1 import common_pb2
from opentelemetry.proto.resource.v1 import resource_pb2
from opentelemetry.proto.trace.v1 import trace_pb2

_FILES = (common_pb2, resource_pb2, trace_pb2, trace_service_pb2)


def request_of(frame: bytes) -> ExportTraceServiceRequest:
    """The request in a frame.

    Raises:
        DecodeError: the frame is none.
    """
    try:
        return ExportTraceServiceRequest.FromString(frame)
    except DecodeError:
        request = _with_bytes().FromString(frame)
        _mend(request)
        return ExportTraceServiceRequest.FromString(request.SerializeToString())


@cache
def _with_bytes() -> Any:  # noqa: ANN401  a class that protobuf makes has no static type
    """The class of requests that has bytes for text."""
    pool = descriptor_pool.DescriptorPool()
    for module in _FILES:
        file = descriptor_pb2.FileDescriptorProto()
        module.DESCRIPTOR.CopyToProto(file)
        for message in file.message_type:
            _without_text(message)
        pool.Add(file)
    name = ExportTraceServiceRequest.DESCRIPTOR.full_name
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(name))


def _without_text(message: descriptor_pb2.DescriptorProto) -> None:
    for field in message.field:
        if field.type == descriptor_pb2.FieldDescriptorProto.TYPE_STRING:
            field.type = descriptor_pb2.FieldDescriptorProto.TYPE_BYTES
    for nested in message.nested_type:
        _without_text(nested)


def _mend(message: Message) -> None:
    """Put U+FFFD for what is not UTF-8 into every field that is meant to be text."""
    published = _text_fields(message.DESCRIPTOR.full_name)
    for field, value in message.ListFields():
        if field.message_type is not None:
            for item in value if field.is_repeated else (value,):
                _mend(item)
        elif field.name in published:
            if field.is_repeated:
                value[:] = [_as_text(item) for item in value]
            else:
                setattr(message, field.name, _as_text(value))


@cache
def _text_fields(message_name: str) -> frozenset[str]:
    descriptor = descriptor_pool.Default().FindMessageTypeByName(message_name)
    return frozenset(f.name for f in descriptor.fields if f.type == FieldDescriptor.TYPE_STRING)


def _as_text(raw: bytes) -> bytes:
    return raw.decode("utf-8", "replace").encode()
