"""The compiled walk gives what the protobuf library gives, and survives every byte."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.model.issue import IssueKind, Issues
from analyzer.readers.frames import FrameSplitter
from analyzer.readers.namer import Namer
from analyzer.readers.otlp_walk import walk
from tests.readers import strategies, wire
from tests.readers.decoding import by_library, by_walk
from tests.readers.wire import NOON_NS, WireSpan

UNHURRIED = settings(deadline=None, max_examples=80)


@UNHURRIED
@given(st.lists(strategies.requests(), min_size=1, max_size=2))
def test_walk_refuses_no_request_and_agrees_with_the_library(requests: list[bytes]) -> None:
    data = wire.frames(*requests)
    assert by_walk(data) == by_library(data)
    # Without this the walk could agree by refusing everything.
    assert walk(FrameSplitter("f").split(data), Namer(), Issues()).refused.size == 0


@UNHURRIED
@given(st.lists(strategies.named_spans(), max_size=10))
def test_walk_and_library_give_the_same_names(spans: list[bytes]) -> None:
    data = wire.frames(wire.request(spans))
    assert by_walk(data) == by_library(data)


@UNHURRIED
@given(strategies.requests(), st.randoms(use_true_random=False), st.integers(1, 5))
def test_walk_and_library_agree_on_damaged_requests(
    request: bytes, chance: random.Random, damages: int
) -> None:
    damaged = bytearray(request)
    for _ in range(damages):
        at = chance.randrange(len(damaged) + 1)
        match chance.randrange(4):
            case 0:
                del damaged[at:]
            case 1:
                damaged[at:at] = chance.randbytes(2)
            case 2:
                damaged[at : at + 1] = b"\xff"
            case _:
                damaged[at : at + 1] = chance.randbytes(1)
    data = wire.frames(request, bytes(damaged), request)
    assert by_walk(data) == by_library(data)


@UNHURRIED
@given(st.binary(max_size=200))
def test_walk_and_library_agree_on_noise(noise: bytes) -> None:
    data = wire.frames(noise)
    assert by_walk(data) == by_library(data)


def test_every_truncation_of_a_request_is_decoded_or_refused_alike() -> None:
    link = wire.part(1, wire.TRACE) + wire.part(2, wire.SPAN)
    extra = (
        wire.part(9, wire.attribute("http.route", wire.text("/users/<id>"))),
        wire.part(13, link),
        wire.part(15, wire.whole(3, 2)),
    )
    request = wire.request([WireSpan(extra=extra).encoded()])
    for length in range(len(request)):
        data = wire.frames(request[:length])
        assert by_walk(data) == by_library(data), length


@pytest.mark.parametrize(
    ("attributes", "operation", "peer"),
    [
        ({"url.path": "/users/17?q=1"}, "GET /users/<id>", ""),
        ({"url.path": "?q=1", "http.target": "/never"}, "GET", ""),
        ({"url.path": "", "http.target": "/users#17"}, "GET /users", ""),
        ({"url.full": "http://a:b@shop:80/users/17?q=1"}, "GET /users/<id>", "shop:80"),
        ({"http.url": "http://shop?q=/1", "http.route": "/r"}, "GET /r", "shop"),
        ({"http.url": "//shop/a://b/1"}, "GET /a://b/<id>", "shop"),
        ({"http.url": "http:////x/1", "url.path": "/p"}, "GET /p", ""),
        ({"http.host": "h", "http.url": "http://shop/1", "url.template": "/t"}, "GET /t", "h"),
        ({"server.address": "cart", "net.peer.port": "80"}, "GET", "cart:80"),
    ],
)
def test_client_is_named_by_what_it_has(
    attributes: dict[str, str], operation: str, peer: str
) -> None:
    pairs = [wire.attribute(key, wire.text(value)) for key, value in attributes.items()]
    extra = tuple(wire.part(9, pair) for pair in pairs)
    span = WireSpan(name=b"GET", kind=3, extra=extra).encoded()
    data = wire.frames(wire.request([span]))
    for decoded in (by_walk(data), by_library(data)):
        assert [(row["operation"], row["peer"]) for row in decoded.rows] == [(operation, peer)]


PARENT = wire.part(4, b"\x01" * 8)
ROUTE = wire.part(1, b"http.route")


@pytest.mark.parametrize(
    ("fields", "column", "value"),
    [
        ((PARENT, wire.part(4, b"")), "parent_id", 0),
        ((wire.part(4, b""), PARENT), "parent_id", 0x0101010101010101),
        ((wire.part(5, b"GET"), wire.part(5, b"two")), "operation", "two"),
        ((wire.whole(6, 3), wire.whole(6, 4)), "kind", 4),
        ((wire.whole(6, 3), wire.whole(6, (1 << 32) + 2)), "kind", 2),
        ((wire.part(15, wire.whole(3, 2)), wire.part(15, b"")), "status", 2),
        ((wire.part(15, wire.whole(3, 2)), wire.part(15, wire.whole(3, 0))), "status", 0),
    ],
)
def test_field_sent_twice_counts_as_the_format_says(
    fields: tuple[bytes, ...], column: str, value: object
) -> None:
    data = wire.frames(wire.request([WireSpan(extra=fields).encoded()]))
    for decoded in (by_walk(data), by_library(data)):
        assert [row[column] for row in decoded.rows] == [value]


@pytest.mark.parametrize(
    ("values", "operation"),
    [
        ((wire.text("/a"), wire.text("/b")), "GET /b"),
        ((wire.text("/a"), b""), "GET /a"),
        ((wire.text("/a") + wire.whole(3, 7),), "GET 7"),
        ((wire.text("/a") + wire.whole(3, -7),), "GET -7"),
        ((wire.text("/a") + wire.whole(2, 1),), "GET true"),
        *(((wire.text("/a"), wire.part(number, b"x")), "GET") for number in (5, 6, 7)),
        ((wire.text("/a"), wire.fixed64(4, 1)), "GET"),
        ((wire.text("/a"), wire.part(8, b"x")), "GET /a"),
    ],
)
def test_last_of_several_values_counts_if_it_is_one(
    values: tuple[bytes, ...], operation: str
) -> None:
    attribute = ROUTE + b"".join(wire.part(2, value) for value in values)
    span = WireSpan(name=b"GET", extra=(wire.part(9, attribute),)).encoded()
    data = wire.frames(wire.request([span]))
    for decoded in (by_walk(data), by_library(data)):
        assert [row["operation"] for row in decoded.rows] == [operation]


def test_group_is_left_to_the_library_and_keeps_its_place() -> None:
    inside = wire.whole(1, 5) + wire.group(2, wire.part(3, b"x"))
    odd = WireSpan(name=b"odd", extra=(wire.group(40, inside),)).encoded()
    plain = [WireSpan(name=name).encoded() for name in (b"first", b"last")]
    data = wire.frames(wire.request(plain[:1]), wire.request([odd]), wire.request(plain[1:]))
    assert [row["operation"] for row in by_walk(data).rows] == ["first", "odd", "last"]
    assert by_walk(data) == by_library(data)


def test_name_that_is_not_utf8_costs_one_character() -> None:
    data = wire.frames(wire.request([WireSpan(name=b"caf\xe9 /menu").encoded()]))
    for decoded in (by_walk(data), by_library(data)):
        assert decoded.rows[0]["operation"] == "caf\ufffd /menu"
        assert not decoded.issues


def test_resource_behind_its_spans_names_them() -> None:
    scope_spans = wire.part(2, wire.part(2, WireSpan().encoded()))
    resource = wire.part(1, wire.part(1, wire.SHOP))
    data = wire.frames(wire.part(1, scope_spans + resource))
    assert by_walk(data).rows[0]["service"] == "shop"


def test_length_that_reaches_beyond_the_frame_is_refused() -> None:
    hostile = wire.tag(1, 2) + wire.varint((1 << 64) - 1) + b"xx"
    for decoded in (by_walk(wire.frames(hostile)), by_library(wire.frames(hostile))):
        assert decoded.issues == {IssueKind.UNDECODABLE_RECORD: (1, 0)}


@pytest.mark.parametrize(
    ("start", "end", "kept", "issue"),
    [
        (NOON_NS, NOON_NS + 7, (NOON_NS, NOON_NS + 7), None),
        (0, 100, (0, 100), None),
        (NOON_NS, None, (NOON_NS, NOON_NS), IssueKind.INVALID_TIMES),
        (NOON_NS, NOON_NS - 1, (NOON_NS, NOON_NS), IssueKind.INVALID_TIMES),
        (None, NOON_NS, (NOON_NS, NOON_NS), IssueKind.INVALID_TIMES),
        (-5, NOON_NS, (NOON_NS, NOON_NS), IssueKind.INVALID_TIMES),
        (NOON_NS, 1 << 63, (NOON_NS, NOON_NS), IssueKind.INVALID_TIMES),
        (None, None, None, IssueKind.MISSING_TIMES),
    ],
)
def test_times_are_made_usable_or_the_span_is_left_out(
    start: int | None, end: int | None, kept: tuple[int, int] | None, issue: IssueKind | None
) -> None:
    data = wire.frames(wire.request([WireSpan(start=start, end=end).encoded()]))
    for decoded in (by_walk(data), by_library(data)):
        times = [(row["start_ns"], row["end_ns"]) for row in decoded.rows]
        assert times == ([kept] if kept else [])
        assert decoded.issues == ({issue: (1, 1)} if issue else {})


@pytest.mark.parametrize(
    "span",
    [
        WireSpan(trace_id=None),
        WireSpan(trace_id=bytes(16)),
        WireSpan(trace_id=wire.TRACE[:8]),
        WireSpan(span_id=None),
        WireSpan(span_id=bytes(8)),
        WireSpan(parent_id=b"\x01" * 7),
    ],
)
def test_span_without_usable_ids_is_left_out_and_counted(span: WireSpan) -> None:
    data = wire.frames(wire.request([WireSpan().encoded(), span.encoded()]))
    for decoded in (by_walk(data), by_library(data)):
        assert len(decoded.rows) == 1
        assert decoded.issues == {IssueKind.INVALID_IDS: (1, 1)}


def test_parent_of_zeros_is_no_parent() -> None:
    data = wire.frames(wire.request([WireSpan(parent_id=bytes(8)).encoded()]))
    for decoded in (by_walk(data), by_library(data)):
        assert [row["parent_id"] for row in decoded.rows] == [0]


def test_tables_grow_with_names_processes_links_and_rows() -> None:
    link = wire.part(13, wire.part(1, wire.TRACE) + wire.part(2, wire.SPAN))
    small = wire.part(1, wire.TRACE) + wire.part(2, wire.SPAN) + wire.fixed64(7, 1)
    requests = []
    for process in range(1_500):
        resource = [wire.attribute("service.name", wire.text(f"service {process}"))]
        names = (f"operation {process} {i}".encode() for i in range(3))
        spans = [WireSpan(name=name, extra=(link,)).encoded() for name in names]
        requests.append(wire.request([*spans, small], resource))
    data = wire.frames(*requests, wire.request([small] * 5_000))
    walked = by_walk(data)
    assert walked == by_library(data)
    assert len(walked.rows) == 11_000
    assert len({row["operation"] for row in walked.rows}) == 4_501


def test_many_faults_are_counted_but_few_are_kept() -> None:
    data = wire.frames(*[wire.request([WireSpan(span_id=None).encoded()])] * 9)
    for decoded in (by_walk(data), by_library(data)):
        assert decoded.issues == {IssueKind.INVALID_IDS: (9, 9)}
        wheres = [issue.where for issue in decoded.examples[IssueKind.INVALID_IDS]]
        assert wheres == [f"spans.otlp:frame {frame}" for frame in range(1, 6)]


def test_paths_and_ports_that_no_name_is_made_from_make_no_names() -> None:
    spans = []
    for i in range(100):
        extra = (
            wire.part(9, wire.attribute("url.path", wire.text(f"/users/{i}"))),
            wire.part(9, wire.attribute("http.url", wire.text(f"http://shop/users/{i}"))),
            wire.part(9, wire.attribute("net.peer.port", wire.whole(3, 40_000 + i))),
        )
        spans.append(WireSpan(name=b"GET /users/<id>", extra=extra).encoded())
    namer = Namer()
    walked = walk(FrameSplitter("f").split(wire.frames(wire.request(spans))), namer, Issues())
    assert len(namer) == 1
    assert np.unique(walked.spans.operation).size == 1
