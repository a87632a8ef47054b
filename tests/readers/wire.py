"""OTLP messages byte by byte, so that tests can send what no library would write."""

from collections.abc import Iterable
from dataclasses import dataclass

from analyzer.readers.frames import HEADER

TRACE = bytes.fromhex("0af7651916cd43dd8448eb211c80319c")
SPAN = bytes.fromhex("b7ad6b7169203331")
NOON_NS = 1_700_000_000_000_000_000


def varint(number: int) -> bytes:
    number &= (1 << 64) - 1
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def tag(number: int, wire_type: int) -> bytes:
    return varint(number << 3 | wire_type)


def whole(number: int, value: int) -> bytes:
    return tag(number, 0) + varint(value)


def fixed64(number: int, value: int) -> bytes:
    return tag(number, 1) + (value & (1 << 64) - 1).to_bytes(8, "little")


def fixed32(number: int, value: int) -> bytes:
    return tag(number, 5) + value.to_bytes(4, "little")


def part(number: int, content: bytes) -> bytes:
    return tag(number, 2) + varint(len(content)) + content


def group(number: int, content: bytes) -> bytes:
    return tag(number, 3) + content + tag(number, 4)


def text(value: bytes | str) -> bytes:
    """An AnyValue of text."""
    return part(1, value if isinstance(value, bytes) else value.encode())


def attribute(key: str, value: bytes) -> bytes:
    """A KeyValue; `value` is an AnyValue."""
    return part(1, key.encode()) + part(2, value)


@dataclass(frozen=True, slots=True, kw_only=True)
class WireSpan:
    """A span's usual fields, each to be left out with None."""

    trace_id: bytes | None = TRACE
    span_id: bytes | None = SPAN
    parent_id: bytes | None = None
    name: bytes | None = b"GET /"
    kind: int | None = 2
    start: int | None = NOON_NS
    end: int | None = NOON_NS + 5
    extra: tuple[bytes, ...] = ()

    def fields(self) -> list[bytes]:
        ids = ((1, self.trace_id), (2, self.span_id), (4, self.parent_id), (5, self.name))
        times = ((7, self.start), (8, self.end))
        return [
            *(part(number, value) for number, value in ids if value is not None),
            *((whole(6, self.kind),) if self.kind is not None else ()),
            *(fixed64(number, value) for number, value in times if value is not None),
            *self.extra,
        ]

    def encoded(self) -> bytes:
        return b"".join(self.fields())


SHOP = attribute("service.name", text("shop"))


def request(spans: Iterable[bytes], resource: Iterable[bytes] = (SHOP,)) -> bytes:
    """An ExportTraceServiceRequest of encoded spans and resource attributes."""
    scope_spans = b"".join(part(2, span) for span in spans)
    attributes = b"".join(part(1, encoded) for encoded in resource)
    return part(1, part(1, attributes) + part(2, scope_spans))


def frames(*requests: bytes) -> bytes:
    """A file of requests."""
    return b"".join(HEADER.pack(len(content)) + content for content in requests)
