"""Requests over HTTP: an ASGI application that reads bodies within limits and hands them to routes.

A body is read no further than its limit, all bodies under way together have one too, and what takes
longer than a moment is done beside the event loop.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

from google.rpc.code_pb2 import (
    INVALID_ARGUMENT,
    NOT_FOUND,
    RESOURCE_EXHAUSTED,
    UNAVAILABLE,
    UNIMPLEMENTED,
)
from google.rpc.status_pb2 import Status

from collector.examine import Undecodable
from collector.http_body import BrokenBody, GzipBody, PlainBody, TooLarge, reader
from collector.http_routes import Answer, Headers, Route
from collector.places import Crowded
from collector.room import Room
from collector.spool import NotStoredError

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

RETRY_AFTER_S: Final = b"2"


class ClientGoneError(Exception):
    """The client closed the connection before its request was complete."""


class HttpDoor:
    """The ASGI application.

    Args:
        routes: what may be posted, by path; not empty.
        allowed_origins: web pages that may post here (`https://host:port`, or `*` for all).
        room: what it shares with the other doors.
    """

    def __init__(
        self,
        routes: Mapping[str, Route],
        *,
        allowed_origins: frozenset[str] = frozenset(),
        room: Room,
    ) -> None:
        self._routes = routes
        self._first = next(iter(routes.values()))
        self._origins = allowed_origins
        self._room = room
        self.limits = room.limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers: Headers = dict(scope["headers"])
        try:
            answer = await self._answer(scope, headers, receive)
        except ClientGoneError:
            return
        await self._reply(headers, answer, send)

    async def refuse(
        self,
        scope: Scope,
        send: Send,
        *,
        code: int,
        status: Status,
        headers: tuple[tuple[bytes, bytes], ...] = (),
    ) -> None:
        """Answer a request that is not to be looked at, as its path answers what it refuses."""
        sent: Headers = dict(scope["headers"])
        refused = self._routes.get(scope["path"], self._first).refuse(sent, code, status)
        answer = replace(refused, headers=(*refused.headers, *headers))
        await self._reply(sent, answer, send)

    async def _reply(self, headers: Headers, answer: Answer, send: Send) -> None:
        fields = [
            (b"content-type", answer.media.encode()),
            (b"content-length", str(len(answer.body)).encode()),
            *answer.headers,
            *self._cors(headers),
        ]
        await send({"type": "http.response.start", "status": answer.code, "headers": fields})
        await send({"type": "http.response.body", "body": answer.body})

    async def _answer(self, scope: Scope, headers: Headers, receive: Receive) -> Answer:
        route = self._routes.get(scope["path"])
        if route is None:
            paths = ", ".join(self._routes)
            return _error(self._first, headers, 404, NOT_FOUND, f"no such path; there are {paths}")
        if scope["method"] == "OPTIONS" and self._is_allowed(headers):
            return _preflight(headers)
        if scope["method"] != "POST":
            refused = _error(route, headers, 405, UNIMPLEMENTED, "only POST is possible")
            return _with_header(refused, b"allow", b"POST")
        media = route.media_type(headers)
        if media is None:
            message = f"the content type is none of {route.accepted}"
            return _error(route, headers, 415, INVALID_ARGUMENT, message)
        body = reader(headers)
        if body is None:
            message = "the content encoding is not gzip"
            refused = _error(route, headers, 415, INVALID_ARGUMENT, message)
            return _with_header(refused, b"accept-encoding", b"gzip")
        try:
            async with asyncio.timeout(self.limits.body_s):
                content = await self._read(body, receive)
            take = partial(route.take, media, content)
            quick = route.is_quick(media)
            return await self._room.handling.run(take, size=len(content), quick=quick)
        except Crowded:
            return _come_back(route, headers, "too many requests at one time")
        except TimeoutError:
            return _come_back(route, headers, "the body took too long to arrive")
        except TooLarge as error:
            route.count_unusable()
            return _error(route, headers, 413, RESOURCE_EXHAUSTED, str(error))
        except BrokenBody as error:
            route.count_unusable()
            return _error(route, headers, 400, INVALID_ARGUMENT, str(error))
        except Undecodable as error:
            return _error(route, headers, 400, INVALID_ARGUMENT, str(error))
        except NotStoredError as error:
            return _unavailable(route, headers, f"not stored: {error.why}")
        finally:
            self._room.bodies.add(-body.size)

    async def _read(self, body: PlainBody | GzipBody, receive: Receive) -> bytes:
        """The whole body.

        Raises:
            Crowded: too much is held for other requests already.
        """
        while True:
            event = await receive()
            if event["type"] == "http.disconnect":
                raise ClientGoneError
            before = body.size
            try:
                body.feed(event.get("body", b""))
            finally:
                fits = self._room.bodies.add(body.size - before)
            if not fits:
                raise Crowded
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
    return Answer(code=200, headers=allowed)


def _error(route: Route, headers: Headers, code: int, status: int, message: str) -> Answer:
    return route.refuse(headers, code, Status(code=status, message=message))


def _unavailable(route: Route, headers: Headers, why: str) -> Answer:
    refused = _error(route, headers, 503, UNAVAILABLE, why)
    return _with_header(refused, b"retry-after", RETRY_AFTER_S)


def _come_back(route: Route, headers: Headers, why: str) -> Answer:
    """The answer to a body that is not whole, and the end of its connection.

    What is still to come of a body that nobody waits for must not be read for ever.
    """
    route.count_turned_away()
    return _with_header(_unavailable(route, headers, why), b"connection", b"close")


def _with_header(answer: Answer, name: bytes, value: bytes) -> Answer:
    return replace(answer, headers=(*answer.headers, (name, value)))
