"""Spans of Jaeger's in every way it writes them, by others' code or by hand.

A span is given as Jaeger's JSON has it. Thrift's bytes are made by Apache Thrift from structs that
are described to it here; protobuf's by hand.
"""

import base64
import struct
from collections.abc import Iterable
from typing import Any

from thrift.protocol.TBinaryProtocol import TBinaryProtocol
from thrift.protocol.TCompactProtocol import TCompactProtocol
from thrift.protocol.TProtocol import TProtocolBase
from thrift.Thrift import TMessageType, TType
from thrift.transport.TTransport import TMemoryBuffer

Json = dict[str, Any]

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN, PARENT, OTHER = "f7ad6b7169203331", "a7ad6b7169203332", "00000000000000ff"
NOON_US = 1_700_000_000_000_000


def tag(key: str, value: object, kind: str = "string") -> Json:
    return {"key": key, "type": kind, "value": value}


def span(**fields: object) -> Json:
    return {
        "traceID": TRACE,
        "spanID": SPAN,
        "operationName": "GET /",
        "startTime": NOON_US,
        "duration": 5,
        "processID": "p1",
        **fields,
    }


def reference(span_id: str, *, trace: str = TRACE, kind: str = "CHILD_OF") -> Json:
    return {"refType": kind, "traceID": trace, "spanID": span_id}


PROCESS: Json = {"serviceName": "shop", "tags": [tag("hostname", "h1"), tag("n", 3, "int64")]}

EVERYTHING = span(
    references=[
        reference(PARENT),
        reference(OTHER, kind="FOLLOWS_FROM"),
        reference(PARENT, trace="1" * 32, kind="FOLLOWS_FROM"),
    ],
    tags=[
        tag("span.kind", "client"),
        tag("error", value=True, kind="bool"),
        tag("otel.scope.name", "requests"),
        tag("peer.hostname", "bank"),
        tag("text", "é"),
        tag("no", value=False, kind="bool"),
        tag("whole", -(1 << 63), "int64"),
        tag("part", -0.25, "float64"),
        tag("raw", base64.b64encode(b"\x00\xff").decode(), "binary"),
    ],
    logs=[
        {"timestamp": NOON_US + 2, "fields": [tag("event", "retry"), tag("n", 2, "int64")]},
        {"timestamp": NOON_US + 3, "fields": []},
    ],
)
"""A span with one of each that Jaeger has a place for."""

CASES: dict[str, Json] = {
    "everything": EVERYTHING,
    "bare": span(),
    "64-bit trace id": span(traceID=TRACE[16:], references=[reference(PARENT, trace=TRACE[16:])]),
    "parent by half of the trace id": span(references=[reference(PARENT, trace=TRACE[16:])]),
    "follows from its parent": span(references=[reference(PARENT, kind="FOLLOWS_FROM")]),
    "two parents": span(references=[reference(PARENT), reference(OTHER)]),
    "highest bits": span(traceID="f" * 32, spanID="f" * 16),
    "many values": span(tags=[tag(f"key {n}", n, "int64") for n in range(40)]),
    "long text": span(tags=[tag("long", "x" * 300)]),
    "status": span(tags=[tag("otel.status_code", "ERROR"), tag("otel.status_description", "no")]),
}


def document(*spans: Json, process: Json = PROCESS) -> Json:
    """The JSON of a trace, as Jaeger's UI downloads it."""
    return {"data": [{"traceID": TRACE, "spans": list(spans), "processes": {"p1": process}}]}


def half(text: str) -> int:
    """The i64 of 16 hex digits."""
    number = int(text or "0", 16)
    return number - (1 << 64) if number >> 63 else number


Spec = tuple[Any, ...]


class Struct:
    """A struct as Apache Thrift writes it: values by the names that its description has."""

    thrift_spec: Spec = ()

    def __init__(self, **values: object) -> None:
        for described in self.thrift_spec:
            if described is not None:
                setattr(self, described[2], values.get(described[2]))

    def write(self, protocol: TProtocolBase) -> None:
        protocol.writeStruct(self, self.thrift_spec)


def described(*fields: tuple[int, str, Any]) -> Spec:
    """A description of fields 1, 2, ...: their types, names and what is in them."""
    return (None, *((number, *field, None) for number, field in enumerate(fields, 1)))


class Tag(Struct):
    thrift_spec = described(
        (TType.STRING, "key", "UTF8"),
        (TType.I32, "type", None),
        (TType.STRING, "string", "UTF8"),
        (TType.DOUBLE, "float64", None),
        (TType.BOOL, "bool", None),
        (TType.I64, "int64", None),
        (TType.STRING, "binary", "BINARY"),
    )


TAGS = (TType.STRUCT, (Tag, Tag.thrift_spec), False)


class Log(Struct):
    thrift_spec = described((TType.I64, "timestamp", None), (TType.LIST, "fields", TAGS))


class Reference(Struct):
    thrift_spec = described(
        (TType.I32, "kind", None),
        (TType.I64, "low", None),
        (TType.I64, "high", None),
        (TType.I64, "span", None),
    )


class Span(Struct):
    thrift_spec = described(
        (TType.I64, "low", None),
        (TType.I64, "high", None),
        (TType.I64, "span", None),
        (TType.I64, "parent", None),
        (TType.STRING, "name", "UTF8"),
        (TType.LIST, "references", (TType.STRUCT, (Reference, Reference.thrift_spec), False)),
        (TType.I32, "flags", None),
        (TType.I64, "start", None),
        (TType.I64, "duration", None),
        (TType.LIST, "tags", TAGS),
        (TType.LIST, "logs", (TType.STRUCT, (Log, Log.thrift_spec), False)),
        (TType.BOOL, "incomplete", None),
    )


class Process(Struct):
    thrift_spec = described((TType.STRING, "service", "UTF8"), (TType.LIST, "tags", TAGS))


class Stats(Struct):
    """What newer clients add to a batch."""

    thrift_spec = described((TType.I64, "lost", None), (TType.I64, "large", None))


class Batch(Struct):
    thrift_spec = described(
        (TType.STRUCT, "process", (Process, Process.thrift_spec)),
        (TType.LIST, "spans", (TType.STRUCT, (Span, Span.thrift_spec), False)),
        (TType.I64, "number", None),
        (TType.STRUCT, "stats", (Stats, Stats.thrift_spec)),
    )


TAG_TYPES = ("string", "float64", "bool", "int64", "binary")
REFERENCE_TYPES = ("CHILD_OF", "FOLLOWS_FROM")


def thrift_batch(*spans: Json, process: Json = PROCESS) -> Batch:
    """A batch as Apache Thrift's objects."""
    return Batch(
        process=Process(service=process["serviceName"], tags=_thrift_tags(process["tags"])),
        spans=[_thrift_span(each) for each in spans],
        number=7,
        stats=Stats(lost=1, large=2),
    )


def _thrift_tags(tags: Iterable[Json]) -> list[Tag]:
    def value(tag: Json) -> object:
        return base64.b64decode(tag["value"]) if tag["type"] == "binary" else tag["value"]

    return [
        Tag(key=t["key"], type=TAG_TYPES.index(t["type"]), **{t["type"]: value(t)}) for t in tags
    ]


def _halves(trace_id: str) -> tuple[int, int]:
    return half(trace_id[-16:]), half(trace_id[:-16])


def _thrift_span(span: Json) -> Span:
    """References as they are; a parent's id stands by itself, as clients write it."""
    low, high = _halves(span["traceID"])
    references = []
    for each in span.get("references", ()):
        other_low, other_high = _halves(each["traceID"])
        kind = REFERENCE_TYPES.index(each["refType"])
        references.append(
            Reference(kind=kind, low=other_low, high=other_high, span=half(each["spanID"]))
        )
    logs = [
        Log(timestamp=log["timestamp"], fields=_thrift_tags(log["fields"]))
        for log in span.get("logs", ())
    ]
    return Span(
        low=low,
        high=high,
        span=half(span["spanID"]),
        parent=half(span.get("parentSpanID", "")),
        name=span["operationName"],
        references=references or None,
        flags=1,
        start=span["startTime"],
        duration=span["duration"],
        tags=_thrift_tags(span.get("tags", ())),
        logs=logs or None,
        incomplete=False,
    )


def thrift_bytes(batch: Struct, *, compact: bool = False) -> bytes:
    """A batch by itself, as it is posted."""
    buffer = TMemoryBuffer()
    batch.write(TCompactProtocol(buffer) if compact else TBinaryProtocol(buffer))
    return bytes(buffer.getvalue())


def call(
    batch: Struct, *, compact: bool = False, strict: bool = True, method: str = "emitBatch"
) -> bytes:
    """An agent's message."""
    buffer = TMemoryBuffer()
    protocol: TProtocolBase = (
        TCompactProtocol(buffer) if compact else TBinaryProtocol(buffer, strictWrite=strict)
    )
    protocol.writeMessageBegin(method, TMessageType.ONEWAY, 3)
    protocol.writeStructBegin(f"{method}_args")
    protocol.writeFieldBegin("batch", TType.STRUCT, 1)
    batch.write(protocol)
    protocol.writeFieldEnd()
    protocol.writeFieldStop()
    protocol.writeStructEnd()
    protocol.writeMessageEnd()
    return bytes(buffer.getvalue())


def varint(number: int) -> bytes:
    number &= (1 << 64) - 1
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)


def proto(number: int, value: str | bytes | int | float) -> bytes:
    """A field of protobuf; ints, flags and enums are varints."""
    if isinstance(value, float):
        return varint(number << 3 | 1) + struct.pack("<d", value)
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    raw = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(raw)) + raw


PROTO_TYPES = ("string", "bool", "int64", "float64", "binary")


def proto_process(process: Json) -> bytes:
    return proto(1, process["serviceName"]) + _proto_tags(2, process["tags"])


def proto_span(span: Json) -> bytes:
    """A span, with the fields in which protobuf differs left out."""
    parts = [
        proto(1, bytes.fromhex(span["traceID"])),
        proto(2, bytes.fromhex(span["spanID"])),
        proto(3, span["operationName"]),
        *(proto(4, _proto_reference(each)) for each in span.get("references", ())),
        proto(5, 1),
        proto(6, _proto_time(span["startTime"])),
        proto(7, _proto_time(span["duration"])),
        _proto_tags(8, span.get("tags", ())),
    ]
    for log in span.get("logs", ()):
        fields = _proto_tags(2, log["fields"])
        parts.append(proto(9, proto(1, _proto_time(log["timestamp"])) + fields))
    return b"".join([*parts, proto(12, "a warning")])


def post_spans(*spans: bytes, process: bytes | None = None) -> bytes:
    """A PostSpansRequest."""
    batch = b"".join(proto(1, each) for each in spans)
    return proto(1, batch + (b"" if process is None else proto(2, process)))


def _proto_tags(number: int, tags: Iterable[Json]) -> bytes:
    found = b""
    for each in tags:
        value = each["value"]
        kind = PROTO_TYPES.index(each["type"])
        raw = base64.b64decode(value) if each["type"] == "binary" else value
        found += proto(number, proto(1, each["key"]) + proto(2, kind) + proto(3 + kind, raw))
    return found


def _proto_reference(reference: Json) -> bytes:
    kind = REFERENCE_TYPES.index(reference["refType"])
    return (
        proto(1, bytes.fromhex(reference["traceID"]))
        + proto(2, bytes.fromhex(reference["spanID"]))
        + proto(3, kind)
    )


def _proto_time(microseconds: int) -> bytes:
    seconds, rest = divmod(microseconds, 1_000_000)
    return proto(1, seconds) + proto(2, rest * 1_000)
