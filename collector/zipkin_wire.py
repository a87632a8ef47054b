"""Zipkin over HTTP, on a port of its own."""

from typing import Final

from collector.endpoint import address, listening_socket
from collector.exports import TRACES
from collector.http_door import HttpDoor
from collector.http_listener import HttpListener
from collector.intake import Intake
from collector.options import Receiving
from collector.wires import GRACE_S
from collector.zipkin_route import PATH, ZipkinRoute


class ZipkinWire:
    """A door for Zipkin's spans, bound to its port.

    Raises:
        InputError: the port is in use.
    """

    name: Final = "Zipkin"

    def __init__(self, receiving: Receiving, port: int, intake: Intake) -> None:
        self._socket = listening_socket(receiving.host, port, option="--zipkin-port")
        self._door = HttpDoor(
            {PATH: ZipkinRoute(intake, TRACES)}, allowed_origins=receiving.allowed_origins
        )
        self._http = HttpListener(
            self._socket, self._door, grace_s=GRACE_S, security=receiving.security
        )
        self.address = address(receiving.host, self._http.port)

    async def start(self) -> None:
        """Begin to take spans, on the running event loop."""
        self._http.start()

    async def stop(self) -> None:
        """Answer the requests under way, within the grace, and close the port."""
        await self._http.stop()

    def close(self) -> None:
        """Give the port back without ever having started."""
        self._door.close()
        self._socket.close()
