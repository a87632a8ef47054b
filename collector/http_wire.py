"""Another protocol over HTTP, on a port of its own."""

from collector.endpoint import address, listening_socket
from collector.http_door import HttpDoor
from collector.http_listener import HttpListener
from collector.options import Receiving
from collector.wires import GRACE_S


class HttpWire:
    """A door on a port, bound to it and not yet serving.

    Args:
        name: what `collector.json` calls it.
        receiving: where to listen, and what is asked of clients.
        port: 0 for a free one.
        option: the option that names the port, for the hint.
        door: what answers.

    Raises:
        InputError: the port cannot be had.
    """

    def __init__(
        self, name: str, receiving: Receiving, port: int, *, option: str, door: HttpDoor
    ) -> None:
        self.name = name
        self._socket = listening_socket(receiving.host, port, option=option)
        self._http = HttpListener(self._socket, door, grace_s=GRACE_S, security=receiving.security)
        self.address = address(receiving.host, self._http.port)

    async def start(self) -> None:
        """Begin to take spans, on the running event loop."""
        self._http.start()

    async def stop(self) -> None:
        """Answer the requests under way, within the grace, and close the port."""
        await self._http.stop()

    def close(self) -> None:
        """Give the port back without ever having started."""
        self._socket.close()
