"""Batches of Jaeger's as bytes: what they mean, and what broken ones do."""

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from analyzer.model.issue import Issues
from analyzer.readers.read_requests import read_requests
from analyzer.records.record import SpanRecord
from analyzer.records.requests import requests
from collector.examine import Undecodable
from collector.jaeger import proto_batch, thrift_batch
from collector.jaeger.taking import VALUES_AT_ONCE, in_groups
from collector.jaeger.thrift import MAX_DEPTH, Malformed, Reader
from collector.jaeger.thrift_binary import BinaryReader
from collector.jaeger.thrift_compact import CompactReader
from collector.proto_elements import MAX_ELEMENT_BYTES
from tests.collector import jaeger_messages as jaeger
from tests.collector.jaeger_messages import CASES, EVERYTHING, Json, span

Spans = Iterator[tuple[int, SpanRecord]]


def called(reader: Reader) -> Spans:
    """The spans of a call; nobody needs to know their size."""
    return iter([(0, record) for record in thrift_batch.call(reader)])


def compact(*spans: Json) -> bytes:
    return jaeger.call(jaeger.thrift_batch(*spans), compact=True)


def binary(*spans: Json) -> bytes:
    return jaeger.call(jaeger.thrift_batch(*spans))


def unversioned(*spans: Json) -> bytes:
    return jaeger.call(jaeger.thrift_batch(*spans), strict=False)


def posted(*spans: Json) -> bytes:
    return jaeger.thrift_bytes(jaeger.thrift_batch(*spans))


def protobuf(*spans: Json) -> bytes:
    process = jaeger.proto_process(jaeger.PROCESS)
    return jaeger.post_spans(*map(jaeger.proto_span, spans), process=process)


WAYS: dict[str, tuple[Callable[..., bytes], Callable[[bytes], Spans]]] = {
    "compact": (compact, lambda body: called(CompactReader(body))),
    "binary": (binary, lambda body: called(BinaryReader(body))),
    "unversioned": (unversioned, lambda body: called(BinaryReader(body))),
    "posted": (posted, lambda body: thrift_batch.batch(BinaryReader(body))),
    "protobuf": (protobuf, proto_batch.request),
}
"""Ways to write spans, and what reads them."""

ways = pytest.mark.parametrize("way", WAYS)
thrift_ways = pytest.mark.parametrize("way", ["compact", "binary", "unversioned", "posted"])


def read(way: str, body: bytes) -> list[SpanRecord]:
    return [record for _, record in WAYS[way][1](body)]


def as_otlp(records: list[SpanRecord]) -> ExportTraceServiceRequest:
    issues = Issues()
    (request,) = requests(records, issues)
    assert not list(issues)
    return request


def of_json(tmp_path: Path, *spans: Json) -> ExportTraceServiceRequest:
    dump = tmp_path / "dump.json"
    dump.write_text(json.dumps(jaeger.document(*spans)))
    (request,) = read_requests([dump], Issues())
    return request


@ways
@pytest.mark.parametrize("case", CASES)
def test_a_span_is_the_same_however_it_comes(way: str, case: str, tmp_path: Path) -> None:
    body = WAYS[way][0](CASES[case])
    assert as_otlp(read(way, body)) == of_json(tmp_path, CASES[case])


@ways
def test_all_that_a_span_tells_is_kept(way: str) -> None:
    (told,) = read(way, WAYS[way][0](EVERYTHING))
    trace_id, parent = int(jaeger.TRACE, 16), int(jaeger.PARENT, 16)
    assert (told.trace_id, told.span_id, told.parent_id) == (trace_id, int(jaeger.SPAN, 16), parent)
    assert (told.start, told.end) == (jaeger.NOON_US * 1_000, jaeger.NOON_US * 1_000 + 5_000)
    assert (told.kind, told.status, told.scope.name) == (3, 2, "requests")
    assert told.attributes == {
        "peer.hostname": "bank",
        "net.peer.name": "bank",
        "text": "é",
        "no": False,
        "whole": -(1 << 63),
        "part": -0.25,
        "raw": b"\x00\xff",
    }
    assert [(event.name, dict(event.attributes)) for event in told.events] == [
        ("retry", {"n": 2}),
        ("", {}),
    ]
    assert {(link.trace_id, link.span_id) for link in told.links} == {
        (int("1" * 32, 16), parent),
        (trace_id, int(jaeger.OTHER, 16)),
    }
    assert told.resource == {
        "service.name": "shop",
        "hostname": "h1",
        "host.name": "h1",
        "n": 3,
    }


@thrift_ways
def test_a_parent_that_stands_by_itself_is_the_parent(way: str) -> None:
    alone = span(parentSpanID=jaeger.PARENT)
    named = span(parentSpanID=jaeger.PARENT, references=[jaeger.reference(jaeger.PARENT)])
    linked = span(
        parentSpanID=jaeger.PARENT,
        references=[jaeger.reference(jaeger.OTHER, kind="FOLLOWS_FROM")],
    )
    told = read(way, WAYS[way][0](alone, named, linked))
    assert {record.parent_id for record in told} == {int(jaeger.PARENT, 16)}
    assert [[link.span_id for link in record.links] for record in told] == [
        [],
        [],
        [int(jaeger.OTHER, 16)],
    ]


def test_a_span_of_protobuf_may_have_a_process_of_its_own() -> None:
    own = jaeger.proto(10, jaeger.proto_process({"serviceName": "bank", "tags": []}))
    spans = [jaeger.proto_span(span()), jaeger.proto_span(span()) + own] * 2
    body = jaeger.post_spans(*spans, process=jaeger.proto_process(jaeger.PROCESS))
    services = [record.resource["service.name"] for record in read("protobuf", body)]
    assert services == ["shop", "bank"] * 2
    assert len(as_otlp(read("protobuf", body)).resource_spans) == 2


def test_text_that_is_no_utf_8_costs_nothing_else() -> None:
    broken = jaeger.proto_span(span()).replace(b"GET /", b"GET \xff")
    (record,) = read("protobuf", jaeger.post_spans(broken))
    assert record.name == "GET \ufffd"
    (record,) = read("compact", compact(span()).replace(b"GET /", b"GET \xff"))
    assert record.name == "GET \ufffd"


@pytest.mark.parametrize("strict", [True, False])
def test_a_call_of_anything_else_is_refused(*, strict: bool) -> None:
    batch = jaeger.thrift_batch(span())
    other = jaeger.call(batch, strict=strict, method="emitZipkinBatch")
    with pytest.raises(Malformed, match="emitZipkinBatch"):
        thrift_batch.call(BinaryReader(other))
    with pytest.raises(Malformed, match="no call"):
        thrift_batch.call(CompactReader(jaeger.call(batch, strict=strict)))


@ways
def test_what_is_cut_anywhere_is_refused_whole(way: str) -> None:
    # without a byte it is an empty message of protobuf, without its last a call has all its batch
    body = WAYS[way][0](EVERYTHING, span())
    for size in range(1, len(body) - 1):
        with pytest.raises((Malformed, Undecodable)):
            WAYS[way][1](body[:size])


@ways
@settings(deadline=None)
@given(data=st.data())
def test_damaged_bytes_are_spans_or_refused(way: str, data: st.DataObject) -> None:
    body = bytearray(WAYS[way][0](EVERYTHING, span()))
    for _ in range(data.draw(st.integers(1, 6))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    read_or_refuse(way, bytes(body))


@ways
@settings(deadline=None)
@given(body=st.binary(max_size=200))
def test_random_bytes_are_spans_or_refused(way: str, body: bytes) -> None:
    read_or_refuse(way, body)
    # as they would be, after a head that is all right
    head = WAYS[way][0]()
    read_or_refuse(way, head[: len(head) // 2] + body)


def read_or_refuse(way: str, body: bytes) -> None:
    try:
        records = read(way, body)
    except (Malformed, Undecodable):
        return
    list(requests(records, Issues()))


def nested(depth: int, *, compact: bool) -> bytes:
    """A batch of nothing but structs in a field numbered 9, inside each other."""
    begin, end = (b"\x9c", b"\x00") if compact else (b"\x0c\x00\x09", b"\x00")
    return begin * depth + end * (depth + 1)


@pytest.mark.parametrize(("reader", "is_compact"), [(CompactReader, True), (BinaryReader, False)])
def test_depth_is_limited(reader: Callable[[bytes], Reader], *, is_compact: bool) -> None:
    allowed = nested(MAX_DEPTH - 1, compact=is_compact)
    assert list(thrift_batch.batch(reader(allowed))) == []
    with pytest.raises(Malformed, match="inside each other"):
        thrift_batch.batch(reader(nested(100_000, compact=is_compact)))


@pytest.mark.parametrize(
    ("reader", "lies"),
    [
        # a list, a text, a map of two thousand million, and of less than nothing
        (BinaryReader, [b"\x0f\x00\x02\x0c\x7f\xff\xff\xff", b"\x0b\x00\x09\x7f\xff\xff\xff"]),
        (BinaryReader, [b"\x0d\x00\x09\x02\x02\x7f\xff\xff\xff", b"\x0b\x00\x09\xff\xff\xff\xff"]),
        (BinaryReader, [b"\x0f\x00\x02\x0c\xff\xff\xff\xff"]),
        (CompactReader, [b"\x29\xfc\xff\xff\xff\xff\x07", b"\x98\xff\xff\xff\xff\x07"]),
        (CompactReader, [b"\x9b\xff\xff\xff\xff\x07\x11"]),
    ],
)
def test_sizes_that_are_not_there_cost_nothing(
    reader: Callable[[bytes], Reader], lies: list[bytes]
) -> None:
    for lie in lies:
        with pytest.raises(Malformed):
            thrift_batch.batch(reader(lie + bytes(20)))


def test_numbers_of_more_than_64_bits_are_refused() -> None:
    with pytest.raises(Malformed, match="64 bits"):
        thrift_batch.batch(CompactReader(b"\x36" + b"\xff" * 12 + bytes(4)))


def test_a_span_of_a_million_values_is_refused() -> None:
    empty_tags = b"\xa9\xfc" + jaeger.varint(1_000_000) + bytes(1_000_000)
    batch = b"\x29\x1c" + empty_tags + b"\x00\x00"
    with pytest.raises(Malformed, match="values in one span"):
        list(thrift_batch.batch(CompactReader(batch)))


def test_spans_come_one_at_a_time() -> None:
    spans = thrift_batch.batch(
        CompactReader(jaeger.thrift_bytes(jaeger.thrift_batch(*[span()] * 1_000), compact=True))
    )
    sizes = [size for size, _ in spans]
    assert len(sizes) == 1_000
    assert len(set(sizes)) == 1


def test_a_span_that_is_too_large_in_protobuf_costs_no_other() -> None:
    large = span(operationName="x" * MAX_ELEMENT_BYTES)
    unread, whole = read("protobuf", protobuf(large, span()))
    assert (unread.trace_id, unread.span_id) == (None, None)
    assert [whole] == read("protobuf", protobuf(span()))


def test_requests_in_protobuf_that_would_take_too_much_memory_are_refused() -> None:
    process = jaeger.proto(1, "x" * MAX_ELEMENT_BYTES)
    with pytest.raises(Undecodable, match="the process has over"):
        read("protobuf", jaeger.post_spans(jaeger.proto_span(span()), process=process))
    spans = b"\x0a\x00" * (proto_batch.MAX_SPANS + 1)
    with pytest.raises(Undecodable, match="over 1000000 spans"):
        read("protobuf", jaeger.proto(1, spans))


def test_a_request_in_protobuf_that_comes_in_parts_is_one() -> None:
    first, second = protobuf(span()), protobuf(span(operationName="second"))
    assert [record.name for record in read("protobuf", first + second)] == ["GET /", "second"]


def test_groups_of_spans_hold_only_so_many_values() -> None:
    many = span(tags=[jaeger.tag(f"key {number}", "v") for number in range(100)])
    (record,) = read("protobuf", protobuf(many))
    assert len(record.attributes) == 100
    most = math.ceil(VALUES_AT_ONCE / 100)
    groups = list(in_groups((1, record) for _ in range(2 * most + 1)))
    assert list(map(len, groups)) == [most, most, 1]
