"""Jaeger's four ports."""

import asyncio
from collections.abc import Iterator
from typing import Final

from collector.endpoint import address, check_free, listening_socket, unusable
from collector.examine import Undecodable
from collector.exports import TRACES
from collector.grpc_door import GrpcDoor, service
from collector.http_door import HttpDoor
from collector.http_listener import HttpListener
from collector.intake import Intake
from collector.jaeger import proto_batch
from collector.jaeger.agent_wire import AgentWire
from collector.jaeger.http_route import PATH, ThriftRoute
from collector.jaeger.taking import in_groups, take_spans
from collector.jaeger.thrift_binary import BinaryReader
from collector.jaeger.thrift_compact import CompactReader
from collector.options import JaegerPorts
from collector.wires import GRACE_S, Wire

OPTION: Final = "--jaeger-ports"
SERVICE: Final = "jaeger.api_v2.CollectorService"


def jaeger_wires(host: str, ports: JaegerPorts, intake: Intake) -> Iterator[Wire]:
    """The wires one after the other, each bound to its port when it is given.

    Raises:
        InputError: a port is in use.
    """
    yield AgentWire("jaeger-compact", CompactReader, host, ports.compact, intake)
    yield AgentWire("jaeger-binary", BinaryReader, host, ports.binary, intake)
    yield HttpWire(host, ports.http, intake)
    yield GrpcWire(host, ports.grpc, intake)


class HttpWire:
    """Thrift over HTTP, bound to its port.

    Raises:
        InputError: the port cannot be had.
    """

    name = "jaeger-http"

    def __init__(self, host: str, port: int, intake: Intake) -> None:
        self._socket = listening_socket(host, port, option=OPTION)
        door = HttpDoor({PATH: ThriftRoute(intake)})
        self._listener = HttpListener(self._socket, door, grace_s=GRACE_S)
        self.address = address(host, self._listener.port)

    def start(self) -> None:
        """Begin to take requests."""
        self._listener.start()

    async def stop(self) -> None:
        """Wait for requests under way."""
        await self._listener.stop()

    def close(self) -> None:
        """Give the port back."""
        self._socket.close()


class GrpcWire:
    """Protobuf over gRPC, bound to its port.

    Raises:
        InputError: the port cannot be had.
    """

    name = "jaeger-grpc"

    def __init__(self, host: str, port: int, intake: Intake) -> None:
        def take(body: bytes) -> bytes:
            try:
                spans = proto_batch.request(body)
            except Undecodable:
                intake.count_unusable(TRACES)
                raise
            take_spans(intake, in_groups(spans))
            return b""

        check_free(host, port, option=OPTION)
        try:
            self._door = GrpcDoor([service(SERVICE, "PostSpans", take)], address(host, port))
        except OSError as error:
            raise unusable(host, port, error, option=OPTION) from error
        self.address = address(host, self._door.port)

    def start(self) -> None:
        """Begin to take requests."""
        self._door.start()

    async def stop(self) -> None:
        """Wait for requests under way."""
        await asyncio.to_thread(self._door.stop, GRACE_S)

    def close(self) -> None:
        """Give the port back, which gRPC does of servers that were started only."""
        self._door.start()
        self._door.stop(0)
