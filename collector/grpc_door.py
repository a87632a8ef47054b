"""Requests over gRPC, and OTLP's three Export services: bytes in and bytes out.

The handlers are registered without message classes, so a request reaches the file as the bytes
that came over the wire. They are registered as taking a stream, which looks the same on the wire,
so that a message is read when there is room for it and given up when it does not come: a handler
of single messages is called only when its message is there, and until then it would be anyone's
to hold up. Only the collector's own process imports this module.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final, NoReturn

import grpc  # noqa: TID253  imported by the collector's process alone
import grpc.aio  # noqa: TID253
from google.protobuf.any_pb2 import Any as PackedAny
from google.protobuf.duration_pb2 import Duration
from google.rpc.code_pb2 import INVALID_ARGUMENT, RESOURCE_EXHAUSTED, UNAVAILABLE
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status

from collector.examine import Undecodable
from collector.exports import EXPORTS, Export
from collector.grpc_security import bind, guarded
from collector.intake import Intake
from collector.limits import WINDOW_BYTES, Limits
from collector.places import Crowded
from collector.room import Room
from collector.security import Security
from collector.signals import MAX_MESSAGE_BYTES
from collector.spool import NotStoredError

RETRY_AFTER_S: Final = 2
"""How long a client is asked to wait before it sends again."""

PROBE_ANSWER_S: Final = 20
"""A client that does not answer the question whether it is there within this is not."""

OPTIONS: Final = (
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    # without this a second server binds the same port without an error and the traffic splits
    ("grpc.so_reuseport", 0),
    # large batches arrive in few reads; together worth a third of the rate. A connection that
    # waits for its turn holds no more than this
    ("grpc.http2.lookahead_bytes", WINDOW_BYTES),
    ("grpc.http2.bdp_probe", 0),
    ("grpc.http2.max_frame_size", 1024 * 1024),
    # exporters are quiet between batches and ping to keep the connection
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_ping_strikes", 0),
    ("grpc.http2.max_pings_without_data", 0),
)

Handler = Callable[[AsyncIterator[bytes], grpc.aio.ServicerContext], Awaitable[bytes]]


class NoMessage(Exception):  # noqa: N818  reads as what it is: there is no message
    """The call ended without one: the client is gone, or sent none, or gRPC refused it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A method that is served.

    Attributes:
        service: its service's full name; each has one method.
        name: its own.
        export: what its requests are counted as.
        take: stores a request, from any thread, and gives the answer. Raises Undecodable where that
            will never be possible, and NotStoredError where it is not now.
        quick: a small request takes under a millisecond.
    """

    service: str
    name: str
    export: Export
    take: Callable[[bytes], bytes]
    quick: bool


def otlp_methods(intake: Intake) -> tuple[Method, ...]:
    """OTLP's three."""

    def take(export: Export, body: bytes) -> bytes:
        receipt = intake.take(export, body)
        return export.answer(receipt.refused, receipt.reason).SerializeToString()

    return tuple(
        Method(
            service=export.service,
            name="Export",
            export=export,
            take=partial(take, export),
            quick=True,
        )
        for export in EXPORTS
    )


class GrpcDoor:
    """The gRPC server, bound to its port and not yet serving.

    Args:
        intake: where requests are counted.
        address: `host:port`; port 0 takes a free one.
        methods: what is served; OTLP's, stored in the intake, if None.
        security: what is asked of clients.
        room: what it shares with the other doors.

    Raises:
        OSError: the address cannot be bound.
    """

    def __init__(
        self,
        intake: Intake,
        address: str,
        *,
        methods: Sequence[Method] | None = None,
        room: Room,
        security: Security,
    ) -> None:
        self._intake = intake
        self._room = room
        self._ending: set[asyncio.Task[None]] = set()
        self._server = grpc.aio.server(
            handlers=guarded([self._service(m) for m in methods or otlp_methods(intake)], security),
            options=(*OPTIONS, *_patience(room.limits)),
        )
        try:
            self.port: int = bind(self._server, address, security)
        except RuntimeError as error:
            raise OSError(str(error)) from error

    async def start(self) -> None:
        """Begin to take requests."""
        await self._server.start()

    async def stop(self, grace_s: float) -> None:
        """Take no new request, and wait until those under way are answered, `grace_s` at most."""
        await self._server.stop(grace_s)

    def _service(self, method: Method) -> grpc.GenericRpcHandler:
        handler = grpc.stream_unary_rpc_method_handler(self._handler(method))
        return grpc.method_handlers_generic_handler(method.service, {method.name: handler})

    def _handler(self, method: Method) -> Handler:
        async def handle(_: AsyncIterator[bytes], context: grpc.aio.ServicerContext) -> bytes:
            try:
                await self._room.places.take()
            except Crowded:
                self._intake.count_turned_away(method.export)
                await _abort(context, _try_again("too many requests at one time"))
            try:
                return await self._answer(method, context)
            finally:
                self._room.places.leave()

        return handle

    async def _answer(self, method: Method, context: grpc.aio.ServicerContext) -> bytes:
        try:
            body = await self._message(method.export, context)
            take = partial(method.take, body)
            return await self._room.handling.run(take, size=len(body), quick=method.quick)
        except NoMessage:
            # gRPC refuses a message that is too large in the same moment, with the same code
            why = f"the message is over {MAX_MESSAGE_BYTES} bytes, or there is none"
            await _abort(context, Status(code=RESOURCE_EXHAUSTED, message=why))
        except Undecodable as error:
            await _abort(context, Status(code=INVALID_ARGUMENT, message=str(error)))
        except NotStoredError as error:
            await _abort(context, _try_again(f"not stored: {error.why}"))

    async def _message(self, export: Export, context: grpc.aio.ServicerContext) -> bytes:
        """The call's message; if it takes too long, the call ends with that.

        Raises:
            NoMessage: there is none, and never will be.
        """
        loop = asyncio.get_running_loop()

        # a read cannot be cancelled while gRPC fills it: the call is ended, which ends the read
        def give_up() -> None:
            ending = loop.create_task(self._end_slow(export, context))
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)

        place = self._room.places.begin_reading(give_up)
        timer = loop.call_later(self._room.limits.body_s, give_up)
        try:
            body = await context.read()
        finally:
            timer.cancel()
            self._room.places.end_reading(place)
        if body is grpc.aio.EOF:
            raise NoMessage
        return bytes(body)

    async def _end_slow(self, export: Export, context: grpc.aio.ServicerContext) -> None:
        if context.done():
            return
        self._intake.count_turned_away(export)
        with suppress(grpc.aio.AbortError):  # it is for the call, which is waiting for its message
            await _abort(context, _try_again("the request took too long to arrive"))


def _patience(limits: Limits) -> tuple[tuple[str, int], ...]:
    """Options that end connections which say nothing, or whose client is no longer there."""
    probe_ms = int(limits.probe_s * 1000)
    answer_ms = min(probe_ms, PROBE_ANSWER_S * 1000)
    return (
        ("grpc.server_handshake_timeout_ms", int(limits.head_s * 1000)),
        ("grpc.keepalive_time_ms", probe_ms),
        # the first would do by its name; without the second an unanswered ping is found late
        ("grpc.keepalive_timeout_ms", answer_ms),
        ("grpc.http2.ping_timeout_ms", answer_ms),
    )


def _try_again(why: str) -> Status:
    """A status that tells the client to send the same request again.

    Source: OTLP specification, "OTLP/gRPC throttling".
    """
    delay = PackedAny()
    delay.Pack(RetryInfo(retry_delay=Duration(seconds=RETRY_AFTER_S)))
    return Status(code=UNAVAILABLE, message=why, details=[delay])


async def _abort(context: grpc.aio.ServicerContext, status: Status) -> NoReturn:
    await context.abort_with_status(rpc_status.to_status(status))
    raise AssertionError("abort_with_status raises")
