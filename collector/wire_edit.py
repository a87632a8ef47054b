"""Taking spans out of a request without touching a byte of the others.

Plain Python on the wire format: it runs only where something is refused, keeps unknown fields in
their place, and needs no more memory than the request itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

SPANS_PATH: Final = (1, 2, 2)
"""The fields from an ExportTraceServiceRequest to its spans: resource_spans, scope_spans, spans."""

VARINT: Final = 0
FIXED64: Final = 1
LENGTH: Final = 2
GROUP: Final = 3
GROUP_END: Final = 4
FIXED32: Final = 5

TRACE_ID: Final = 1
SPAN_ID: Final = 2
NO_TRACE: Final = bytes(16)
NO_SPAN: Final = bytes(8)


@dataclass(frozen=True, slots=True)
class _Field:
    """One field of a message; `data[start:end]` is all of it, `data[value:end]` its value.

    `tag_end` is where its tag ends, and the length of a length-delimited value begins.
    """

    number: int
    wire: int
    start: int
    tag_end: int
    value: int
    end: int


def has_ids(trace_id: bytes, span_id: bytes) -> bool:
    """Whether a span can be placed in a trace. Source: the comments of trace.proto."""
    return (
        len(trace_id) == len(NO_TRACE)
        and len(span_id) == len(NO_SPAN)
        and trace_id != NO_TRACE
        and span_id != NO_SPAN
    )


def without_nameless(body: bytes) -> bytes:
    """A decodable request without the spans that lack a usable trace id or span id."""
    return _kept(body, SPANS_PATH)


def nameless(count: int) -> bytes:
    """A request of so many spans without ids; the library would need a hundred times its size."""
    if not count:
        return b""
    return _length_delimited(0x0A, _length_delimited(0x12, b"\x12\x00" * count))


def _length_delimited(tag: int, value: bytes) -> bytes:
    return bytes([tag]) + _varint_bytes(len(value)) + value


def _kept(data: bytes, path: tuple[int, ...]) -> bytes:
    kept = bytearray()
    for field in _fields(data):
        if field.wire != LENGTH or field.number != path[0]:
            kept += data[field.start : field.end]
        elif len(path) > 1:
            inside = _kept(data[field.value : field.end], path[1:])
            kept += data[field.start : field.tag_end] + _varint_bytes(len(inside)) + inside
        elif _is_named(data[field.value : field.end]):
            kept += data[field.start : field.end]
    return bytes(kept)


def _is_named(span: bytes) -> bool:
    ids = {TRACE_ID: b"", SPAN_ID: b""}
    for field in _fields(span):
        if field.wire == LENGTH and field.number in ids:
            ids[field.number] = span[field.value : field.end]  # the last one counts, as everywhere
    return has_ids(ids[TRACE_ID], ids[SPAN_ID])


def _fields(data: bytes) -> Iterator[_Field]:
    position = 0
    while position < len(data):
        field = _field(data, position)
        yield field
        position = field.end


def _field(data: bytes, start: int) -> _Field:
    tag, tag_end = _varint(data, start)
    wire = tag & 7
    value = end = tag_end
    if wire == VARINT:
        _, end = _varint(data, tag_end)
    elif wire == FIXED64:
        end = tag_end + 8
    elif wire == FIXED32:
        end = tag_end + 4
    elif wire == LENGTH:
        length, value = _varint(data, tag_end)
        end = value + length
    elif wire == GROUP:
        inner = _field(data, tag_end)
        while inner.wire != GROUP_END:
            inner = _field(data, inner.end)
        end = inner.end
    return _Field(tag >> 3, wire, start, tag_end, value, end)


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7


def _varint_bytes(value: int) -> bytes:
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)
