"""The collector's doors: whatever is posted, the right answer and a whole file."""

import asyncio
import gzip
import random
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import grpc  # noqa: TID253  a client of the gRPC door

from collector.examine import EXAMINE, Undecodable
from collector.exports import EXPORTS, TRACES
from collector.intake import Intake
from collector.otlp_json import json_to_protobuf
from tests.collector.doors import grpc_door, http_door
from tests.collector.in_process import ask
from tests.collector.otlp import TRACES_METHOD, frames
from tests.collector.refusals import is_taken, is_whole_answer
from tests.fuzz import seeds
from tests.fuzz.target import Shape, Target
from tests.readers.damage import pieces

CODES = frozenset((200, 400, 413, 415))

KINDS = (b"application/json", b"application/x-protobuf", b"Application/JSON; charset=utf-8", b"a/b")
ENCODINGS = (b"identity", b"gzip", b"", b"br")


def json_taken_whole(inputs: Sequence[bytes]) -> None:
    """What is taken as OTLP/JSON is a request that protobuf takes too."""
    for body in inputs:
        for export in EXPORTS:
            try:
                encoded = json_to_protobuf(export.request, body)
            except Undecodable:
                continue
            EXAMINE[export.signal](encoded)


def posted(inputs: Sequence[bytes]) -> None:
    """Posted to the HTTP door; the first two bytes say with which headers."""
    asyncio.run(_posted(inputs))


async def _posted(inputs: Sequence[bytes]) -> None:
    with TemporaryDirectory() as directory:
        intake = Intake(Path(directory))
        stored = []
        with http_door(intake) as door:
            for data in inputs:
                first, second = (data + b"\0\0")[:2]
                kind, encoding = KINDS[first % 4], ENCODINGS[second % 4]
                export = EXPORTS[first // 4 % 3]
                headers = [(b"content-type", kind), (b"content-encoding", encoding)]
                body = data[2:]
                parts = pieces(body, random.Random(len(body)))
                answer = await ask(door, parts, headers, path=export.path)
                assert answer.status in CODES
                assert is_whole_answer(answer, export)
                taken = is_taken(export, kind, encoding, body)
                assert (answer.status == 200) == (taken is not None), answer
                if export is TRACES and taken is not None and taken.body:
                    stored.append(taken.body)
        intake.close()
        assert frames(Path(directory) / "spans.otlp") == stored


def called(inputs: Sequence[bytes]) -> None:
    """Sent to the gRPC door: INVALID_ARGUMENT where the library refuses it, else taken."""
    with TemporaryDirectory() as directory:
        intake = Intake(Path(directory))
        with grpc_door(intake) as address, grpc.insecure_channel(address) as channel:
            method = channel.unary_unary(TRACES_METHOD)
            for body in inputs:
                assert _call(method, body) == _expected(body)
        intake.close()


def _call(method: Callable[..., bytes], body: bytes) -> grpc.StatusCode:
    try:
        TRACES.response.FromString(method(body, timeout=30))
    except grpc.RpcError as error:
        code: grpc.StatusCode = error.code()
        return code
    return grpc.StatusCode.OK


def _expected(body: bytes) -> grpc.StatusCode:
    try:
        EXAMINE[TRACES.signal](body)
    except Undecodable:
        return grpc.StatusCode.INVALID_ARGUMENT
    return grpc.StatusCode.OK


@cache
def _posts() -> tuple[bytes, ...]:
    found = []
    for number, made in enumerate((seeds.requests, seeds.metrics, seeds.logs)):
        for body in made():
            found.append(bytes((1 + 4 * number, 0)) + body)
            found.append(bytes((1 + 4 * number, 1)) + gzip.compress(body))
    for body in seeds.json_bodies():
        found += [bytes((4 * number, 0)) + body for number in range(3)]
        found.append(b"\0\1" + gzip.compress(body[:9]) + gzip.compress(body[9:]))
    return tuple(found)


TARGETS = (
    Target(
        name="json-body",
        seeds=seeds.json_bodies,
        check=json_taken_whole,
        shape=Shape.JSON,
        batch=500,
    ),
    Target(
        name="http", seeds=lambda: [*_posts()], check=posted, shape=Shape.JSON, batch=500,
        guided=False,
    ),
    Target(
        name="grpc", seeds=seeds.requests, check=called, shape=Shape.MESSAGE, batch=500,
        guided=False,
    ),
)  # fmt: skip
