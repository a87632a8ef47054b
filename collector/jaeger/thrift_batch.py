"""A batch of spans in Thrift, as agents and collectors of Jaeger take it.

Source: jaeger-idl, thrift/jaeger.thrift and thrift/agent.thrift.
"""

import struct
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeVar

from analyzer.records import jaeger
from analyzer.records.foreign_values import NS_PER_US
from analyzer.records.record import Event, SpanRecord, Value
from collector.jaeger import thrift
from collector.jaeger.thrift import Field, Malformed, Reader, Shape

T = TypeVar("T")

METHOD: Final = "emitBatch"
"""What is called on an agent with a batch; the batch is its first argument."""

_BATCH_ARGUMENT: Final = 1

_LOW_HALF: Final = (1 << 64) - 1


def call(reader: Reader) -> list[SpanRecord]:
    """The spans of an agent's message, which is as small as a datagram: all at one time.

    Raises:
        Malformed: it is none, or it calls for something else.
    """
    return _whole(lambda: _called(reader))


def _called(reader: Reader) -> list[SpanRecord]:
    method = reader.message()
    if method != METHOD:
        raise Malformed(f"{method!r} is called, only {METHOD} can be")
    kind, number = reader.field(0)
    while (kind, number) != (thrift.STRUCT, _BATCH_ARGUMENT):
        if kind == thrift.STOP:
            raise Malformed(f"{METHOD} is called without a batch")
        reader.skip(kind)
        kind, number = reader.field(number)
    resource, spans = _SMALL_BATCH.read(reader)
    return [_record(span, resource) for span in spans or ()]


def batch(reader: Reader) -> Iterator[tuple[int, SpanRecord]]:
    """The spans of the batch that begins here, each with the bytes it took.

    All of it is looked at before the first span is given: a process may come after its spans, and
    of a batch that is cut nothing is wanted.

    Raises:
        Malformed: it is none.
    """
    resource, spans_at = _whole(lambda: _BATCH.read(reader))
    return _spans(reader, resource, spans_at)


def _whole(read: Callable[[], T]) -> T:
    try:
        return read()
    except (IndexError, struct.error):
        raise Malformed("it ends too early") from None


def _spans(
    reader: Reader, resource: Mapping[str, Value], spans_at: int | None
) -> Iterator[tuple[int, SpanRecord]]:
    if spans_at is None:
        return
    reader.at = spans_at
    kind, size = reader.elements()
    for _ in range(size if kind == thrift.STRUCT else 0):
        start = reader.at
        reader.allowed = thrift.MAX_VALUES_AT_ONCE
        span: dict[int, Any] = _SPAN.read(reader)
        yield reader.at - start, _record(span, resource)


def _record(span: dict[int, Any], resource: Mapping[str, Value]) -> SpanRecord:
    trace_id = _trace_id(span.get(1), span.get(2))
    references = [reference for reference in span.get(6, ()) if reference.span_id]
    return jaeger.JaegerSpan(
        where="",
        trace_id=trace_id,
        span_id=span.get(3, 0) & _LOW_HALF,
        relations=jaeger.relations(references, span.get(4, 0) & _LOW_HALF, trace_id),
        start=_nanoseconds(span.get(8)),
        duration=_nanoseconds(span.get(9)),
        name=_text(span.get(5, b"")),
        tags=dict(span.get(10, ())),
        events=tuple(span.get(11, ())),
        resource=resource,
    ).record()


def _trace_id(low: int | None, high: int | None) -> int:
    return ((high or 0) & _LOW_HALF) << 64 | (low or 0) & _LOW_HALF


def _nanoseconds(microseconds: int | None) -> int | None:
    return None if microseconds is None else microseconds * NS_PER_US


def _text(text: bytes) -> str:
    return text.decode("utf-8", "replace")


_STRING, _DOUBLE, _BOOL, _LONG, _BINARY = range(5)
_VALUES: Final[Mapping[int, tuple[int, bytes | float | bool | int]]] = {
    _STRING: (3, b""),
    _DOUBLE: (4, 0.0),
    _BOOL: (5, False),
    _LONG: (6, 0),
    _BINARY: (7, b""),
}
"""By the type of a tag: the field that holds its value, and what it is if that is missing."""


def _tag(values: dict[int, Any]) -> tuple[str, Value]:
    kind = values.get(2, _STRING)
    if kind not in _VALUES:
        kind = _STRING
    number, missing = _VALUES[kind]
    value = values.get(number, missing)
    return _text(values.get(1, b"")), value if kind != _STRING else _text(value)


def _log(values: dict[int, Any]) -> Event:
    return jaeger.event((_nanoseconds(values.get(1)) or 0), dict(values.get(2, ())))


def _reference(values: dict[int, Any]) -> jaeger.Reference:
    return jaeger.Reference(
        jaeger.reference_kind(values.get(1, 0)),
        _trace_id(values.get(2), values.get(3)) or None,
        values.get(4, 0) & _LOW_HALF,
    )


def _process(values: dict[int, Any]) -> Mapping[str, Value]:
    return jaeger.resource(_text(values.get(1, b"")), dict(values.get(2, ())))


def _batch(values: dict[int, Any]) -> tuple[Mapping[str, Value], Any]:
    """The attributes of the process, and the spans or where they are."""
    return values.get(1, {}), values.get(2)


def _list(shape: Shape) -> Field:
    return Field(kind=thrift.LIST, inner=shape)


_I32, _I64 = Field(kind=thrift.I32), Field(kind=thrift.I64)
_BYTES = Field(kind=thrift.STRING)
_TAG = Shape(
    fields={
        1: _BYTES,
        2: _I32,
        3: _BYTES,
        4: Field(kind=thrift.DOUBLE),
        5: Field(kind=thrift.BOOL),
        6: _I64,
        7: _BYTES,
    },
    made=_tag,
)
_LOG = Shape(fields={1: _I64, 2: _list(_TAG)}, made=_log)
_REFERENCE = Shape(fields={1: _I32, 2: _I64, 3: _I64, 4: _I64}, made=_reference)
_SPAN = Shape(
    fields={
        1: _I64,
        2: _I64,
        3: _I64,
        4: _I64,
        5: _BYTES,
        6: _list(_REFERENCE),
        8: _I64,
        9: _I64,
        10: _list(_TAG),
        11: _list(_LOG),
    },
    made=dict,
)
_PROCESS = Shape(fields={1: _BYTES, 2: _list(_TAG)}, made=_process)
_OF_PROCESS = Field(kind=thrift.STRUCT, inner=_PROCESS)
_BATCH = Shape(fields={1: _OF_PROCESS, 2: Field(kind=thrift.LIST)}, made=_batch)
_SMALL_BATCH = Shape(fields={1: _OF_PROCESS, 2: _list(_SPAN)}, made=_batch)
