"""Counts what a process sends and receives: no system counts the network for each process.

From `count_traffic` on every new socket adds what goes through it, whoever opens it. What TLS
sends is not seen: the sample services call each other in the clear.
"""

import socket
import threading
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Traffic:
    """Bytes since the process began."""

    received: int = 0
    sent: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, *, received: int = 0, sent: int = 0) -> None:
        """Count some more."""
        with self._lock:
            self.received += received
            self.sent += sent


def count_traffic() -> Traffic:
    """Count what goes through the sockets that are made from now on."""
    traffic = Traffic()

    class CountedSocket(socket.socket):
        """A socket that counts."""

        def recv(self, *args: Any) -> bytes:  # noqa: ANN401  whatever a socket takes
            data = super().recv(*args)
            traffic.add(received=len(data))
            return data

        def recv_into(self, *args: Any) -> int:  # noqa: ANN401  as above
            count = super().recv_into(*args)
            traffic.add(received=count)
            return count

        def send(self, *args: Any) -> int:  # noqa: ANN401  as above
            count = super().send(*args)
            traffic.add(sent=count)
            return count

        def sendall(self, data: Any, *args: Any) -> None:  # noqa: ANN401  as above
            super().sendall(data, *args)
            traffic.add(sent=memoryview(data).nbytes)

    # The standard library makes the sockets of accepted and outgoing connections of this class.
    socket.socket = CountedSocket  # type: ignore[misc]
    return traffic
