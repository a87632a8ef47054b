"""Whatever is sent to the doors: the right code, a whole answer, and a file of whole frames."""

import asyncio
import gzip
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import grpc  # noqa: TID253  a client of the gRPC door
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from collector.exports import EXPORTS, TRACES, Export
from collector.http_door import HttpDoor
from collector.intake import Intake
from collector.limits import Limits
from tests.collector.doors import grpc_door, http_door
from tests.collector.in_process import Answered, ask
from tests.collector.otlp import TRACES_METHOD, batch, stored_numbers
from tests.collector.refusals import is_taken, is_whole_answer
from tests.readers.strategies import requests as wire_requests
from tests.readers.test_fuzz import OBJECTS

UNHURRIED = settings(deadline=None, max_examples=40)
SMALL = 1 << 16
"""What all bodies together may hold here: a second body must be let in once the first is done."""

EXPORT = st.sampled_from(EXPORTS)
KINDS = st.sampled_from(
    [
        b"application/x-protobuf",
        b"application/json",
        b"Application/JSON; charset=utf-8",
        b"a/b",
        b"",
    ]
)
ENCODINGS = st.sampled_from([b"identity", b"gzip", b"GZIP", b"", b"br", b"gzip, gzip"])
JSON_BODIES = st.lists(OBJECTS, max_size=2).map(
    lambda found: json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": found}]}]}).encode()
)
PLAIN = st.one_of(st.binary(max_size=200), wire_requests(), JSON_BODIES, st.just(batch(1, 3)))
BODIES = st.one_of(PLAIN, PLAIN.map(gzip.compress), PLAIN.map(lambda b: gzip.compress(b)[:-5]))


@pytest.fixture(scope="module")
def intake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Intake]:
    taking = Intake(tmp_path_factory.mktemp("intake"))
    yield taking
    taking.close()


@pytest.fixture(scope="module")
def door(intake: Intake) -> Iterator[HttpDoor]:
    with http_door(intake, limits=Limits(max_held_bytes=SMALL)) as opened:
        yield opened


def post(door: HttpDoor, body: bytes, *headers: tuple[bytes, bytes], **where: str) -> Answered:
    halves = [body[: len(body) // 2], body[len(body) // 2 :]]
    return asyncio.run(ask(door, halves, headers, **where))


@UNHURRIED
@given(export=EXPORT, kind=KINDS, encoding=ENCODINGS, body=BODIES)
@example(export=TRACES, kind=b"application/json", encoding=b"identity", body=b'{"a":"\\ud800"}')
def test_posts_are_taken_or_refused_as_they_must_be(
    door: HttpDoor, export: Export, kind: bytes, encoding: bytes, body: bytes
) -> None:
    headers = ((b"content-type", kind), (b"content-encoding", encoding))
    answer = post(door, body, *headers, path=export.path)
    assert answer.status in (200, 400, 415)
    assert is_whole_answer(answer, export)
    taken = is_taken(export, kind, encoding.lower(), body)
    assert (answer.status == 200) == (taken is not None)
    again = post(door, batch(1, 3), (b"content-type", b"application/x-protobuf"))
    assert again.status == 200  # nothing of the first is still held


@UNHURRIED
@given(
    method=st.sampled_from(["GET", "PUT", "OPTIONS", "HEAD", "post", ""]),
    path=st.sampled_from(["/v1/traces", "/v1/logs", "/", "/v1/traces/", "/v1/\u202e", ""]),
    headers=st.lists(
        st.tuples(
            st.sampled_from([b"content-type", b"content-encoding", b"origin", b"content-length"]),
            st.binary(max_size=30),
        ),
        max_size=4,
    ),
)
def test_odd_methods_paths_and_headers(
    door: HttpDoor, method: str, path: str, headers: list[tuple[bytes, bytes]]
) -> None:
    answer = post(door, b"", *headers, method=method, path=path)
    assert answer.status in (404, 405)
    assert is_whole_answer(answer, TRACES)


@pytest.fixture(scope="module")
def method(intake: Intake) -> Iterator[grpc.UnaryUnaryMultiCallable]:
    logging.getLogger("grpc").setLevel(logging.CRITICAL)
    with grpc_door(intake) as address, grpc.insecure_channel(address) as channel:
        yield channel.unary_unary(TRACES_METHOD)


@UNHURRIED
@given(body=st.one_of(st.binary(max_size=200), wire_requests()))
def test_calls_are_taken_or_refused_as_they_must_be(
    method: grpc.UnaryUnaryMultiCallable, body: bytes
) -> None:
    taken = is_taken(TRACES, b"application/x-protobuf", b"", body) is not None
    code = grpc.StatusCode.OK
    try:
        TRACES.response.FromString(method(body, timeout=30))
    except grpc.RpcError as error:
        code = error.code()
    assert code == (grpc.StatusCode.OK if taken else grpc.StatusCode.INVALID_ARGUMENT)


def test_half_a_character_costs_no_batch(tmp_path: Path) -> None:
    """As programs write that cut an emoji in two to keep to a length."""
    spans = [
        {"traceId": f"{n:032x}", "spanId": f"{n:016x}", "name": "cut \ud83d" if n == 2 else "GET /"}
        for n in (1, 2, 3)
    ]
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}).encode()
    assert b"\\ud83d" in body
    taking = Intake(tmp_path)
    with http_door(taking) as opened:
        assert post(opened, body, (b"content-type", b"application/json")).status == 200
    taking.close()
    assert stored_numbers(tmp_path) == [1, 2, 3]
