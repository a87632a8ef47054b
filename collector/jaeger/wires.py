"""Jaeger's four ports."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from collector.endpoint import address, check_free, unusable
from collector.examine import Undecodable
from collector.exports import TRACES
from collector.grpc_door import GrpcDoor, Method
from collector.http_door import HttpDoor
from collector.http_wire import HttpWire
from collector.intake import Intake
from collector.jaeger import proto_batch
from collector.jaeger.agent_wire import AgentWire
from collector.jaeger.http_route import PATH, ThriftRoute
from collector.jaeger.ports import JaegerPorts
from collector.jaeger.taking import in_groups, take_spans
from collector.jaeger.thrift_binary import BinaryReader
from collector.jaeger.thrift_compact import CompactReader
from collector.options import Receiving
from collector.room import Room
from collector.wires import GRACE_S, Wire

if TYPE_CHECKING:
    from collector.jaeger.thrift import Reader

OPTION: Final = "--jaeger-ports"
UDP_OPTION: Final = "Jaeger's UDP ports (--jaeger-ports compact=off,binary=off)"
SERVICE: Final = "jaeger.api_v2.CollectorService"


def jaeger_wires(
    receiving: Receiving, ports: JaegerPorts, intake: Intake, room: Room
) -> Iterator[Wire]:
    """The wires one after the other, each bound to its port when it is given.

    Raises:
        InputError: a port is in use, or clients are asked for what UDP has no place for.
    """
    agents: tuple[tuple[str, Callable[[bytes], Reader], int | None], ...] = (
        ("jaeger-compact", CompactReader, ports.compact),
        ("jaeger-binary", BinaryReader, ports.binary),
    )
    for name, encoding, port in agents:
        if port is not None:
            receiving.security.check_datagrams("Jaeger's Thrift", option=UDP_OPTION)
            yield AgentWire(name, encoding, receiving.host, port, intake, room.datagrams)
    if ports.http is not None:
        door = HttpDoor({PATH: ThriftRoute(intake)}, room=room)
        yield HttpWire("jaeger-http", receiving, ports.http, option=OPTION, door=door)
    if ports.grpc is not None:
        yield GrpcWire(receiving, ports.grpc, intake, room)


class GrpcWire:
    """Protobuf over gRPC, bound to its port.

    Raises:
        InputError: the port cannot be had.
    """

    name: Final = "jaeger-grpc"

    def __init__(self, receiving: Receiving, port: int, intake: Intake, room: Room) -> None:
        def take(body: bytes) -> bytes:
            try:
                spans = proto_batch.request(body)
            except Undecodable:
                intake.count_unusable(TRACES)
                raise
            take_spans(intake, in_groups(spans))
            return b""

        host = receiving.host
        post = Method(service=SERVICE, name="PostSpans", export=TRACES, take=take, quick=False)
        check_free(host, port, option=OPTION)
        try:
            self._door = GrpcDoor(
                intake,
                address(host, port),
                methods=[post],
                room=room,
                security=receiving.security,
            )
        except OSError as error:
            raise unusable(host, port, error, option=OPTION) from error
        self.address = address(host, self._door.port)

    async def start(self) -> None:
        """Begin to take spans, on the running event loop."""
        await self._door.start()

    async def stop(self) -> None:
        """Answer the requests under way, within the grace, and close the port."""
        await self._door.stop(GRACE_S)

    def close(self) -> None:
        """Nothing: the port of a gRPC server that never started is free when the process ends."""
