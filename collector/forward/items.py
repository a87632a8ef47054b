"""What a request is counted in, and requests in two halves, without decoding the items.

The messages here know OTLP's three levels (resources, scopes, items) and nothing below: an item
stays bytes, and so does what they do not know, such as the resource itself. That costs a tenth of
decoding. All three signals have the same field numbers on these levels.
"""

from typing import Any, Final

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from collector.examiner import LARGE_BYTES
from collector.exports import Export
from collector.signals import Signal

RESOURCES: Final = 1
SCOPES: Final = 2
ITEMS: Final = 2
"""Field numbers of resource_spans, scope_spans and spans, and of what they are in other signals."""

METRIC_DATA: Final = {"gauge": 5, "sum": 7, "histogram": 9, "exponential": 10, "summary": 11}
"""The kinds of a metric; in each of them field 1 holds the data points."""

MOST_HALVED: Final = 1_000_000
"""Items of a request that is halved: an item costs 16 bytes to hold, and may be two bytes long."""


def _messages() -> tuple[type[Message], type[Message]]:
    file = FileDescriptorProto(name="slowhop/levels.proto", package="slowhop", syntax="proto3")

    def message(name: str, fields: dict[str, int], of: str | None, *, repeated: bool) -> None:
        made = file.message_type.add(name=name)
        many, one = FieldDescriptorProto.LABEL_REPEATED, FieldDescriptorProto.LABEL_OPTIONAL
        for field, number in fields.items():
            made.field.add(
                name=field,
                number=number,
                label=many if repeated else one,
                type=FieldDescriptorProto.TYPE_MESSAGE if of else FieldDescriptorProto.TYPE_BYTES,
                type_name=f".slowhop.{of}" if of else None,
            )

    message("Scope", {"items": ITEMS}, None, repeated=True)
    message("Resource", {"scopes": SCOPES}, "Scope", repeated=True)
    message("Request", {"resources": RESOURCES}, "Resource", repeated=True)
    message("Points", {"points": 1}, None, repeated=True)
    message("Metric", METRIC_DATA, "Points", repeated=False)
    pool = DescriptorPool()
    pool.Add(file)
    request, metric = (pool.FindMessageTypeByName(f"slowhop.{n}") for n in ("Request", "Metric"))
    return GetMessageClass(request), GetMessageClass(metric)


_Request, _Metric = _messages()


def count(export: Export, body: bytes) -> int:
    """Spans, data points or log records in a request that the collector has accepted."""
    if len(body) > LARGE_BYTES:
        from collector.wire_walk import WireWalk

        sighting = WireWalk(export).sight(body)
        if sighting is not None:
            return sighting.items
    request: Any = _Request.FromString(body)
    scopes = [scope for resource in request.resources for scope in resource.scopes]
    if export.signal is Signal.METRICS:
        return sum(_data_points(item) for scope in scopes for item in scope.items)
    return sum(len(scope.items) for scope in scopes)


def halves(export: Export, body: bytes) -> tuple[bytes, bytes] | None:
    """The request as two, each item in one of them and in order; None where it cannot be halved."""
    if count(export, body) > MOST_HALVED:
        return None
    request: Any = _Request.FromString(body)
    total = sum(len(s.items) for r in request.resources for s in r.scopes)
    if total < 2:
        return None
    return _part(request, 0, total // 2), _part(request, total // 2, total)


def _part(request: Any, begin: int, end: int) -> bytes:  # noqa: ANN401  a message made at run time
    part: Any = _Request()
    part.CopyFrom(request)
    position = 0
    for resource in part.resources:
        for scope in resource.scopes:
            size = len(scope.items)
            first, last = max(begin - position, 0), max(end - position, 0)
            position += size
            del scope.items[last:]
            del scope.items[:first]
        _keep(resource.scopes, [bool(len(scope.items)) for scope in resource.scopes])
    _keep(part.resources, [bool(len(resource.scopes)) for resource in part.resources])
    written: bytes = part.SerializeToString()
    return written


def _keep(messages: Any, wanted: list[bool]) -> None:  # noqa: ANN401  a repeated field
    for at in range(len(wanted) - 1, -1, -1):
        if not wanted[at]:
            del messages[at]


def _data_points(metric: bytes) -> int:
    found: Any = _Metric.FromString(metric)
    return sum(len(getattr(found, kind).points) for kind in METRIC_DATA)
