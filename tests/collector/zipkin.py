"""Zipkin's spans to send: JSON as it is, and protobuf written byte by byte."""

import ipaddress
import json
from collections.abc import Iterable, Iterator
from typing import Any

from samples.make_samples import shop_in

KINDS = {"CLIENT": 1, "SERVER": 2, "PRODUCER": 3, "CONSUMER": 4}

TRACE, SPAN = "5b8efff798038103d269b633813fc60c", "eee19b7ec3c1b174"
NOON_US = 1_750_000_000_000_000

Spans = list[dict[str, Any]]


def zipkin_span(**fields: object) -> dict[str, Any]:
    """A span of a millisecond."""
    usual = {"traceId": TRACE, "id": SPAN, "name": "get /", "timestamp": NOON_US, "duration": 1_000}
    return usual | {"localEndpoint": {"serviceName": "shop"}} | fields


def shop_spans() -> Spans:
    """The sample shop's spans, with those kinds alone that Zipkin has."""
    spans: Spans = json.loads(shop_in("zipkin"))
    for span in spans:
        if span["kind"] not in KINDS:
            del span["kind"]
    return spans


def with_shared_ids(spans: Spans) -> Spans:
    """The same calls as B3 propagation has them: one id for the client's and the server's half."""
    callers = {span["id"]: span for span in spans if span.get("kind") == "CLIENT"}
    shared = {
        span["id"]: callers[span["parentId"]]
        for span in spans
        if span.get("kind") == "SERVER" and span.get("parentId") in callers
    }
    found = []
    for span in spans:
        caller = shared.get(span["id"])
        if caller is not None:
            above = {"parentId": caller["parentId"]} if "parentId" in caller else {}
            kept = {key: value for key, value in span.items() if key != "parentId"}
            found.append(kept | above | {"id": caller["id"], "shared": True})
        elif span.get("parentId") in shared:
            found.append(span | {"parentId": shared[span["parentId"]]["id"]})
        else:
            found.append(span)
    return found


def list_of_spans(spans: Iterable[dict[str, Any]]) -> bytes:
    """A ListOfSpans. Source: zipkin-api, zipkin.proto."""
    return b"".join(length_delimited(1, protobuf(span)) for span in spans)


def protobuf(span: dict[str, Any]) -> bytes:
    """One Span."""
    return b"".join(_fields(span))


def length_delimited(number: int, content: bytes) -> bytes:
    """A field of bytes, a text or a message."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def number_field(number: int, value: int) -> bytes:
    """A field with a number of variable length."""
    return varint(number << 3) + varint(value)


def varint(value: int) -> bytes:
    """A number of variable length."""
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*written, value])


def _fixed64(number: int, value: int) -> bytes:
    return varint(number << 3 | 1) + value.to_bytes(8, "little")


def _fields(span: dict[str, Any]) -> Iterator[bytes]:
    for number, name in ((1, "traceId"), (2, "parentId"), (3, "id")):
        if span.get(name):
            yield length_delimited(number, bytes.fromhex(span[name]))
    if "kind" in span:
        yield number_field(4, KINDS[span["kind"]])
    yield length_delimited(5, span.get("name", "").encode())
    if span.get("timestamp"):
        yield _fixed64(6, span["timestamp"])
    if span.get("duration"):
        yield number_field(7, span["duration"])
    for number, name in ((8, "localEndpoint"), (9, "remoteEndpoint")):
        if name in span:
            yield length_delimited(number, b"".join(_endpoint(span[name])))
    for note in span.get("annotations", ()):
        content = _fixed64(1, note["timestamp"]) + length_delimited(2, note["value"].encode())
        yield length_delimited(10, content)
    for key, value in span.get("tags", {}).items():
        entry = length_delimited(1, key.encode()) + length_delimited(2, value.encode())
        yield length_delimited(11, entry)
    if span.get("shared"):
        yield number_field(13, 1)


def _endpoint(endpoint: dict[str, Any]) -> Iterator[bytes]:
    if "serviceName" in endpoint:
        yield length_delimited(1, endpoint["serviceName"].encode())
    for number, name in ((2, "ipv4"), (3, "ipv6")):
        if name in endpoint:
            yield length_delimited(number, ipaddress.ip_address(endpoint[name]).packed)
    if "port" in endpoint:
        yield number_field(4, endpoint["port"])
