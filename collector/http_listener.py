"""An HTTP port: a socket that listens, and uvicorn serving one application on it."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from collector.certificates import server_context
from collector.http_door import HttpDoor
from collector.http_protocol import patient_protocol
from collector.http_security import TokenGate
from collector.security import Security

KEEP_ALIVE_S: Final = 75
"""Idle connections stay open longer than exporters are quiet (60 s for metrics), so that none is
closed under a request that is just being sent."""


class HttpListener:
    """A door on a port that is bound already.

    Args:
        listener: the socket; it is closed at the end.
        door: what answers.
        grace_s: how long requests under way may take to finish at the end.
        security: what is asked of clients.

    Raises:
        InputError: the certificates for TLS are unusable.
    """

    def __init__(
        self, listener: socket.socket, door: HttpDoor, *, grace_s: int, security: Security
    ) -> None:
        self.port: int = listener.getsockname()[1]
        self._listener = listener
        self._server = _Server(_config(door, grace_s, security))
        self._serving: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to take requests, on the running event loop."""
        self._serving = asyncio.create_task(self._server.serve(sockets=[self._listener]))

    async def stop(self) -> None:
        """Take no new request, and wait until those under way are answered or time is up."""
        self._server.should_exit = True
        if self._serving is not None:
            await self._serving
        self._listener.close()


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: the collector stops all its doors itself."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close idle connections over TLS at once, then all others as uvicorn does.

        TLS is closed when both sides have said so, and a client that is idle does not listen: it
        would be waited for as if it had a request under way.
        """
        if self.config.ssl is not None:
            for connection in tuple(self.server_state.connections):
                if isinstance(connection, HttpToolsProtocol) and _is_idle(connection):
                    connection.transport.abort()
        await super().shutdown(sockets)


def _is_idle(connection: HttpToolsProtocol) -> bool:
    # uvicorn declares that there always is a cycle; before the first request there is none
    cycle: RequestResponseCycle | None = connection.cycle
    return cycle is None or cycle.response_complete


def _config(door: HttpDoor, grace_s: int, security: Security) -> uvicorn.Config:
    config = uvicorn.Config(
        door if security.token is None else TokenGate(door, security),
        loop="asyncio",
        http=patient_protocol(door.limits),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=grace_s,
    )
    if security.tls:
        config.load()
        config.ssl = server_context(security)
    return config
