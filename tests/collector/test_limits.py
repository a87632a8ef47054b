"""However much is sent, memory stays bounded and nothing is dropped without a word."""

import asyncio
import threading
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest

from collector.examine import Undecodable
from collector.examiner import BUSY_BYTES, LARGE_BYTES, Examiner
from collector.exports import TRACES
from collector.http_door import HttpDoor
from collector.http_routes import OtlpRoute
from collector.intake import Intake
from collector.limits import Limits
from collector.room import Room
from tests.collector.otlp import batch, frames, span, trace_request

GROUP = b"\xfb\x3f\x08\x05\xfc\x3f"
"""An unknown field in an encoding that only the protobuf library reads."""


def length_delimited(tag: int, value: bytes) -> bytes:
    length, written = len(value), bytearray([tag])
    while length > 0x7F:
        written.append(length & 0x7F | 0x80)
        length >>= 7
    written.append(length)
    return bytes(written) + value


def test_a_large_request_keeps_its_named_spans() -> None:
    nobody = span(2, name="x" * LARGE_BYTES)
    nobody.span_id = b""
    body = trace_request(span(1), nobody, span(3)).SerializeToString()
    examined = Examiner().examine(TRACES, body)
    assert (examined.items, examined.refused) == (3, 1)
    assert examined.body == trace_request(span(1), span(3)).SerializeToString()


def test_a_large_request_of_empty_spans_is_counted_without_building_them() -> None:
    spans = 3 * 1024 * 1024
    body = length_delimited(0x0A, length_delimited(0x12, b"\x12\x00" * spans))
    examined = Examiner().examine(TRACES, body)
    assert (examined.items, examined.refused, examined.body) == (spans, spans, b"")


def test_a_large_request_that_only_the_library_could_read_is_refused() -> None:
    large = trace_request(span(1, name="x" * LARGE_BYTES)).SerializeToString()
    assert Examiner().examine(TRACES, large).items == 1
    with pytest.raises(Undecodable):
        Examiner().examine(TRACES, large + GROUP)
    assert Examiner().examine(TRACES, batch(1, 1) + GROUP).items == 1


def test_answers_stay_the_same_when_the_collector_gets_busy() -> None:
    examiner = Examiner()
    nobody = span(2)
    nobody.trace_id = b""
    mixed = trace_request(span(1), nobody).SerializeToString()
    before = examiner.examine(TRACES, mixed)
    ballast = trace_request(span(1, name="x" * (LARGE_BYTES // 2))).SerializeToString()
    for _ in range(BUSY_BYTES // len(ballast) + 1):
        assert examiner.examine(TRACES, ballast).body is ballast
    for thread in threading.enumerate():
        if thread.name == "load-walk":
            thread.join()
    assert examiner.examine(TRACES, mixed) == before
    with pytest.raises(Undecodable):
        examiner.examine(TRACES, mixed[:-1])


def test_more_bodies_than_memory_is_for_are_told_to_come_back(tmp_path: Path) -> None:
    intake = Intake(tmp_path)
    room = Room(Limits(max_held_bytes=1000))
    door = HttpDoor({TRACES.path: OtlpRoute(intake, TRACES)}, room=room)
    body = batch(1, 10)
    assert 500 < len(body) < 1000

    async def three_at_one_time() -> list[int]:
        others_hold = asyncio.Event()
        answers: list[int] = []

        async def post(*, waits: bool) -> None:
            parts = iter([(body, True), (b"", False)])

            async def receive() -> MutableMapping[str, Any]:
                part, more = next(parts)
                if not more and waits:
                    await others_hold.wait()
                return {"type": "http.request", "body": part, "more_body": more}

            async def send(event: MutableMapping[str, Any]) -> None:
                if event["type"] == "http.response.start":
                    answers.append(event["status"])

            headers = [(b"content-type", b"application/x-protobuf")]
            scope = {"path": "/v1/traces", "method": "POST", "headers": headers}
            await door(scope, receive, send)

        first = asyncio.create_task(post(waits=True))
        await asyncio.sleep(0)
        await post(waits=False)
        others_hold.set()
        await first
        await post(waits=False)
        return answers

    assert asyncio.run(three_at_one_time()) == [503, 200, 200]
    room.close()
    intake.close()
    assert frames(tmp_path / "spans.otlp") == [body, body]
