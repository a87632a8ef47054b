"""A batch of spans in protobuf, as collectors of Jaeger take it.

Source: jaeger-idl, proto/api_v2/model.proto and collector.proto. The messages are described here in
part, in a pool of their own: an application's own classes for them may be around. Requests and
batches are walked here, so that spans are decoded one at a time. Texts are described as the bytes
they are on the wire: what is no UTF-8 in one of them costs nothing else.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from google.protobuf.descriptor_pb2 import FieldDescriptorProto as FieldProto
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from analyzer.records import jaeger
from analyzer.records.ids import SPAN_ID_BYTES, TRACE_ID_BYTES
from analyzer.records.record import SpanRecord, Value
from collector.examine import Undecodable
from collector.proto_elements import MAX_ELEMENT_BYTES, elements

NS_PER_S: Final = 1_000_000_000

MAX_SPANS: Final = 1_000_000
"""Spans in one request: some 200 MB of ordinary ones. Empty ones take two bytes each."""

MOST_KNOWN: Final = 1024
"""Processes that are remembered: a collector's batch has spans of a few."""

_BATCH = 1
_SPANS, _PROCESS = 1, 2
"""The fields of a request, and of a batch."""

_PACKAGE: Final = "jaeger.api_v2"
_NAME: Final = f"{_PACKAGE}.PostSpansRequest"

_INT32, _INT64 = FieldProto.TYPE_INT32, FieldProto.TYPE_INT64
_BYTES = FieldProto.TYPE_BYTES
_BOOL, _DOUBLE = FieldProto.TYPE_BOOL, FieldProto.TYPE_DOUBLE

_MANY: Final = "*"
"""After a field's name: it is repeated."""

_MESSAGES: Final[Mapping[str, Mapping[int, tuple[str, "FieldProto.Type.ValueType | str"]]]] = {
    "KeyValue": {
        1: ("key", _BYTES),
        2: ("v_type", _INT32),
        3: ("v_str", _BYTES),
        4: ("v_bool", _BOOL),
        5: ("v_int64", _INT64),
        6: ("v_float64", _DOUBLE),
        7: ("v_binary", _BYTES),
    },
    # google.protobuf.Timestamp and Duration look alike
    "Time": {1: ("seconds", _INT64), 2: ("nanos", _INT32)},
    "Log": {1: ("timestamp", "Time"), 2: ("fields*", "KeyValue")},
    "SpanRef": {1: ("trace_id", _BYTES), 2: ("span_id", _BYTES), 3: ("ref_type", _INT32)},
    "Process": {1: ("service_name", _BYTES), 2: ("tags*", "KeyValue")},
    "Span": {
        1: ("trace_id", _BYTES),
        2: ("span_id", _BYTES),
        3: ("operation_name", _BYTES),
        4: ("references*", "SpanRef"),
        6: ("start_time", "Time"),
        7: ("duration", "Time"),
        8: ("tags*", "KeyValue"),
        9: ("logs*", "Log"),
        10: ("process", "Process"),
    },
}
"""Fields by their numbers: their names, and their types or messages."""


def _described() -> FileDescriptorProto:
    file = FileDescriptorProto(name="slowhop/jaeger.proto", package=_PACKAGE, syntax="proto3")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for number, (field, kind) in fields.items():
            added = message.field.add(name=field.removesuffix(_MANY), number=number)
            many = field.endswith(_MANY)
            added.label = FieldProto.LABEL_REPEATED if many else FieldProto.LABEL_OPTIONAL
            if isinstance(kind, str):
                added.type, added.type_name = FieldProto.TYPE_MESSAGE, f".{_PACKAGE}.{kind}"
            else:
                added.type = kind
    return file


_POOL: Final = DescriptorPool()
_POOL.AddSerializedFile(_described().SerializeToString())


def _class(name: str) -> type[Message]:
    return GetMessageClass(_POOL.FindMessageTypeByName(f"{_PACKAGE}.{name}"))


_PROCESSES, _SPAN = _class("Process"), _class("Span")


def request(body: bytes) -> Iterator[tuple[int, SpanRecord]]:
    """The spans of a PostSpansRequest, each with the bytes it took.

    All are decoded before the first is given: of a broken request nothing is wanted. A span that
    is too large to be read (`MAX_ELEMENT_BYTES`) comes without ids, and costs no other.

    Raises:
        Undecodable: it is none, or it would take too much memory.
    """
    # of a message that comes in parts, the parts in a row are the whole
    batch = b"".join(_fields(body, _BATCH))
    for count, span in enumerate(_fields(batch, _SPANS), start=1):
        if count > MAX_SPANS:
            raise Undecodable(f"the body has over {MAX_SPANS} spans")
        if len(span) <= MAX_ELEMENT_BYTES:
            _parsed(_SPAN, span)
    process = _parsed(_PROCESSES, b"".join(_fields(batch, _PROCESS)))
    return _spans(batch, process)


def _fields(body: bytes, wanted: int) -> Iterator[bytes]:
    for number, text in elements(body, message=_NAME):
        if number == wanted:
            yield text


def _parsed(kind: type[Message], body: bytes) -> Any:  # noqa: ANN401  classes without types
    if len(body) > MAX_ELEMENT_BYTES:
        raise Undecodable(f"the process has over {MAX_ELEMENT_BYTES} bytes")
    try:
        return kind.FromString(body)
    except DecodeError as error:
        raise Undecodable(f"the body is no {_NAME} in protobuf") from error


_UNREAD: Final = SpanRecord(
    where="",
    trace_id=None,
    span_id=None,
    parent_id=None,
    start=0,
    end=0,
    name="",
    kind=0,
    status=0,
    resource={},
    attributes={},
)


def _spans(batch: bytes, process: Any) -> Iterator[tuple[int, SpanRecord]]:  # noqa: ANN401  as above
    resources = _Resources()
    shared = resources.of(process)
    for written in _fields(batch, _SPANS):
        if len(written) > MAX_ELEMENT_BYTES:
            yield 0, _UNREAD
            continue
        span: Any = _SPAN.FromString(written)
        own = resources.of(span.process) if span.HasField("process") else shared
        yield len(written), _record(span, own)


class _Resources:
    """The attributes of processes; equal ones are one object, where they are not too many."""

    def __init__(self) -> None:
        self._known: dict[bytes, Mapping[str, Value]] = {}

    def of(self, process: Any) -> Mapping[str, Value]:  # noqa: ANN401  as above
        """Those of a process."""
        key = process.SerializeToString(deterministic=True)
        if key not in self._known:
            if len(self._known) == MOST_KNOWN:
                self._known.clear()
            self._known[key] = jaeger.resource(_text(process.service_name), _tags(process.tags))
        return self._known[key]


def _record(span: Any, resource: Mapping[str, Value]) -> SpanRecord:  # noqa: ANN401  as above
    trace_id = _id(span.trace_id, TRACE_ID_BYTES)
    references = [
        jaeger.Reference(
            jaeger.reference_kind(each.ref_type),
            _id(each.trace_id, TRACE_ID_BYTES) or None,
            span_id,
        )
        for each in span.references
        if (span_id := _id(each.span_id, SPAN_ID_BYTES))
    ]
    return jaeger.JaegerSpan(
        where="",
        trace_id=trace_id,
        span_id=_id(span.span_id, SPAN_ID_BYTES),
        relations=jaeger.relations(references, 0, trace_id),
        start=_nanoseconds(span.start_time),
        duration=_nanoseconds(span.duration),
        name=_text(span.operation_name),
        tags=_tags(span.tags),
        events=tuple(
            jaeger.event(_nanoseconds(log.timestamp), _tags(log.fields)) for log in span.logs
        ),
        resource=resource,
    ).record()


def _id(raw: bytes, size: int) -> int | None:
    """An id; trace ids of 64 bits come in half the bytes."""
    return int.from_bytes(raw, "big") if len(raw) in (size, SPAN_ID_BYTES) else None


def _nanoseconds(time: Any) -> int:  # noqa: ANN401  as above
    whole: int = time.seconds * NS_PER_S + time.nanos
    return whole


def _tags(tags: Iterable[Any]) -> dict[str, Value]:
    return {_text(tag.key): _value(tag) for tag in tags}


_VALUES: Final = ("v_str", "v_bool", "v_int64", "v_float64", "v_binary")
"""The field that holds a tag's value, by its type."""


def _value(tag: Any) -> Value:  # noqa: ANN401  as above
    if not 0 < tag.v_type < len(_VALUES):
        return _text(tag.v_str)
    value: Value = getattr(tag, _VALUES[tag.v_type])
    return value


def _text(text: bytes) -> str:
    return text.decode("utf-8", "replace")
