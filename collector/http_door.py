"""OTLP over HTTP: an ASGI application for POST /v1/traces, /v1/metrics and /v1/logs.

Source: OTLP specification, "OTLP/HTTP". Every answer has the encoding of its request; errors carry
google.rpc.Status. JSON becomes protobuf before it is stored, so the file holds one format.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message
from google.rpc.code_pb2 import (
    INVALID_ARGUMENT,
    NOT_FOUND,
    RESOURCE_EXHAUSTED,
    UNAVAILABLE,
    UNIMPLEMENTED,
)
from google.rpc.status_pb2 import Status

from collector.examine import Undecodable
from collector.exports import EXPORTS, Export
from collector.http_body import (
    BrokenBody,
    GzipBody,
    MediaType,
    PlainBody,
    TooLarge,
    media_type,
    reader,
)
from collector.intake import Intake, Receipt
from collector.otlp_json import json_to_protobuf
from collector.signals import MAX_MESSAGE_BYTES
from collector.spool import NotStoredError

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = Mapping[bytes, bytes]

MAX_HELD_BYTES: Final = 4 * MAX_MESSAGE_BYTES
"""All bodies in memory at one time; past it clients are told to come back."""

INLINE_BYTES: Final = 256 * 1024
"""Protobuf up to this size takes under a millisecond and is handled at once; all else goes to a
thread, so that other clients are not kept waiting."""

RETRY_AFTER_S: Final = b"2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A response before it is encoded."""

    code: int
    message: Message
    headers: tuple[tuple[bytes, bytes], ...] = ()


class ClientGoneError(Exception):
    """The client closed the connection before its request was complete."""


class HttpDoor:
    """The ASGI application.

    Args:
        intake: where requests go.
        allowed_origins: web pages that may post here (`https://host:port`, or `*` for all).
        max_held_bytes: what all bodies under way may take together.
    """

    def __init__(
        self,
        intake: Intake,
        *,
        allowed_origins: frozenset[str] = frozenset(),
        max_held_bytes: int = MAX_HELD_BYTES,
    ) -> None:
        self._intake = intake
        self._exports = {export.path: export for export in EXPORTS}
        self._origins = allowed_origins
        self._held = 0
        self._max_held = max_held_bytes
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="http")

    def close(self) -> None:
        """Wait for the threads."""
        self._threads.shutdown()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers: Headers = dict(scope["headers"])
        try:
            answer = await self._answer(scope, headers, receive)
        except ClientGoneError:
            return
        as_json = media_type(headers) is not MediaType.PROTOBUF
        body = (
            MessageToJson(answer.message, indent=None).encode()
            if as_json
            else answer.message.SerializeToString()
        )
        kind = MediaType.JSON if as_json else MediaType.PROTOBUF
        fields = [
            (b"content-type", kind.value.encode()),
            (b"content-length", str(len(body)).encode()),
            *answer.headers,
            *self._cors(headers),
        ]
        await send({"type": "http.response.start", "status": answer.code, "headers": fields})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, headers: Headers, receive: Receive) -> Answer:
        export = self._exports.get(scope["path"])
        if export is None:
            return _error(404, NOT_FOUND, f"no such path; there are {', '.join(self._exports)}")
        if scope["method"] == "OPTIONS" and self._is_allowed(headers):
            return _preflight(headers)
        if scope["method"] != "POST":
            return _error(405, UNIMPLEMENTED, "only POST is possible", (b"allow", b"POST"))
        media = media_type(headers)
        if media is None:
            both = " and ".join(kind.value for kind in MediaType)
            return _error(415, INVALID_ARGUMENT, f"the content type is none of {both}")
        body = reader(headers)
        if body is None:
            accepted = (b"accept-encoding", b"gzip")
            return _error(415, INVALID_ARGUMENT, "the content encoding is not gzip", accepted)
        return await self._take(export, media, body, receive)

    async def _take(
        self, export: Export, media: MediaType, body: PlainBody | GzipBody, receive: Receive
    ) -> Answer:
        try:
            content = await self._read(body, receive)
            if content is None:
                return _unavailable("too many requests at one time")
            if media is MediaType.PROTOBUF and len(content) <= INLINE_BYTES:
                receipt = self._intake.take(export, content)
            else:
                loop = asyncio.get_running_loop()
                receipt = await loop.run_in_executor(
                    self._threads, self._take_whole, export, media, content
                )
        except TooLarge:
            self._intake.count_unusable(export)
            limit = f"the body is over {MAX_MESSAGE_BYTES} bytes"
            return _error(413, RESOURCE_EXHAUSTED, limit)
        except BrokenBody as error:
            self._intake.count_unusable(export)
            return _error(400, INVALID_ARGUMENT, str(error))
        except Undecodable as error:
            return _error(400, INVALID_ARGUMENT, str(error))
        except NotStoredError as error:
            return _unavailable(f"not stored: {error.why}")
        finally:
            self._held -= body.size
        return Answer(code=200, message=export.answer(receipt.refused, receipt.reason))

    def _take_whole(self, export: Export, media: MediaType, content: bytes) -> Receipt:
        if media is MediaType.JSON:
            try:
                content = json_to_protobuf(export.request, content)
            except Undecodable:
                self._intake.count_unusable(export)
                raise
        return self._intake.take(export, content)

    async def _read(self, body: PlainBody | GzipBody, receive: Receive) -> bytes | None:
        """The whole body; None where too much is held for other requests already."""
        while True:
            event = await receive()
            if event["type"] == "http.disconnect":
                raise ClientGoneError
            before = body.size
            try:
                body.feed(event.get("body", b""))
            finally:
                self._held += body.size - before
            if self._held > self._max_held:
                return None
            if not event.get("more_body", False):
                return body.finish()

    def _is_allowed(self, headers: Headers) -> bool:
        origin = headers.get(b"origin", b"").decode("latin-1")
        return bool(origin) and (origin in self._origins or "*" in self._origins)

    def _cors(self, headers: Headers) -> tuple[tuple[bytes, bytes], ...]:
        if not self._is_allowed(headers):
            return ()
        return ((b"access-control-allow-origin", headers[b"origin"]), (b"vary", b"origin"))


def _preflight(headers: Headers) -> Answer:
    """What a browser wants to hear before it posts for a page of an allowed origin."""
    wanted = headers.get(b"access-control-request-headers", b"content-type")
    allowed = (
        (b"access-control-allow-methods", b"POST"),
        (b"access-control-allow-headers", wanted),
        (b"access-control-max-age", b"3600"),
    )
    return Answer(code=200, message=Status(), headers=allowed)


def _error(code: int, status: int, message: str, *headers: tuple[bytes, bytes]) -> Answer:
    return Answer(code=code, message=Status(code=status, message=message), headers=headers)


def _unavailable(why: str) -> Answer:
    return _error(503, UNAVAILABLE, why, (b"retry-after", RETRY_AFTER_S))
