"""Requests over gRPC, and OTLP's three Export services: bytes in and bytes out.

The handlers are registered without message classes, so a request reaches the file as the bytes
that came over the wire. Only the collector's own process imports this module.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NoReturn

import grpc  # noqa: TID253  imported by the collector's process alone
from google.protobuf.any_pb2 import Any as PackedAny
from google.protobuf.duration_pb2 import Duration
from google.rpc.code_pb2 import INVALID_ARGUMENT, UNAVAILABLE
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status

from collector.examine import Undecodable
from collector.exports import EXPORTS, Export
from collector.intake import Intake
from collector.signals import MAX_MESSAGE_BYTES
from collector.spool import NotStoredError

WORKERS: Final = 4
"""More threads than this bring nothing: transport and append leave the interpreter lock, and a
request waits in its connection's flow control window, not in memory, until a thread is free."""

RETRY_AFTER_S: Final = 2
"""How long a client is asked to wait before it sends again."""

OPTIONS: Final = (
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    # without this a second server binds the same port without an error and the traffic splits
    ("grpc.so_reuseport", 0),
    # large batches arrive in few reads; together worth a third of the rate
    ("grpc.http2.lookahead_bytes", 8 * 1024 * 1024),
    ("grpc.http2.bdp_probe", 0),
    ("grpc.http2.max_frame_size", 1024 * 1024),
    # exporters are quiet between batches and ping to keep the connection
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_ping_strikes", 0),
)


class GrpcDoor:
    """The gRPC server, bound to its port and not yet serving.

    Args:
        services: what is served.
        address: `host:port`; port 0 takes a free one.

    Raises:
        OSError: the address cannot be bound.
    """

    def __init__(self, services: Sequence[grpc.GenericRpcHandler], address: str) -> None:
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="grpc")
        self._server = grpc.server(self._workers, handlers=services, options=OPTIONS)
        try:
            self.port: int = self._server.add_insecure_port(address)
        except RuntimeError as error:
            self._workers.shutdown()
            raise OSError(str(error)) from error

    def start(self) -> None:
        """Begin to take requests."""
        self._server.start()

    def stop(self, grace_s: float) -> None:
        """Take no new request, and wait until those under way are answered, `grace_s` at most."""
        self._server.stop(grace_s).wait()
        self._workers.shutdown()


def otlp_services(intake: Intake) -> list[grpc.GenericRpcHandler]:
    """The three services of OTLP."""
    return [service(export.service, "Export", _export(intake, export)) for export in EXPORTS]


def service(name: str, method: str, take: Callable[[bytes], bytes]) -> grpc.GenericRpcHandler:
    """A service of one method, which takes a request's bytes and gives the answer's.

    Args:
        name: the service's full name.
        method: the method's name.
        take: stores a request, from any thread; raises Undecodable where that will never be
            possible, and NotStoredError where it is not now.
    """

    def handle(body: bytes, context: grpc.ServicerContext) -> bytes:
        try:
            return take(body)
        except Undecodable as error:
            _abort(context, Status(code=INVALID_ARGUMENT, message=str(error)))
        except NotStoredError as error:
            _abort(context, _try_again(error.why))

    handler = grpc.unary_unary_rpc_method_handler(handle)
    return grpc.method_handlers_generic_handler(name, {method: handler})


def _export(intake: Intake, export: Export) -> Callable[[bytes], bytes]:
    def take(body: bytes) -> bytes:
        receipt = intake.take(export, body)
        return export.answer(receipt.refused, receipt.reason).SerializeToString()

    return take


def _try_again(why: str) -> Status:
    """A status that tells the client to send the same request again.

    Source: OTLP specification, "OTLP/gRPC throttling".
    """
    delay = PackedAny()
    delay.Pack(RetryInfo(retry_delay=Duration(seconds=RETRY_AFTER_S)))
    return Status(code=UNAVAILABLE, message=f"not stored: {why}", details=[delay])


def _abort(context: grpc.ServicerContext, status: Status) -> NoReturn:
    context.abort_with_status(rpc_status.to_status(status))
    raise AssertionError("abort_with_status raises")
