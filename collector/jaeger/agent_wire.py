"""What Jaeger's agent took over UDP: calls in Thrift, one a datagram.

Nobody can be told what becomes of a datagram, so it is counted (`datagrams` in `collector.json`).
"""

import asyncio
import contextlib
import logging
import select
import socket
import struct
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from collector.endpoint import address, datagram_socket
from collector.intake import Intake
from collector.jaeger.taking import take_spans
from collector.jaeger.thrift import Malformed, Reader
from collector.jaeger.thrift_batch import call
from collector.limits import SOCKET_BYTES
from collector.room import Held
from collector.spool import NotStoredError
from collector.wires import GRACE_S

MAX_DATAGRAM: Final = 65_535
"""No datagram of IP is longer."""

BESIDE_BYTES: Final = 64
"""What a datagram takes beside its bytes, as an object in a queue: the empty ones take it too."""

READS_AT_ONCE: Final = 256
"""Datagrams read before one is decoded, for a sender that is faster than reading."""

_MEMORY: Final = 55
"""Linux's SO_MEMINFO, which the socket module does not name."""

_MEMORY_VALUES: Final = struct.Struct("=9I")
"""What it tells; the last is how many datagrams found no room."""

_COUNT_MASK: Final = 0xFFFFFFFF

logger = logging.getLogger(__name__)


class AgentWire:
    """One of the agent's two ports, bound, and the thread that serves it.

    The thread reads all there is before it decodes one datagram, for the operating system's buffer
    is small. Two threads would be slower: whoever reads gives up the interpreter lock for each
    datagram, and waits milliseconds for one who decodes to give it back.

    Args:
        name: as `Wire` has it.
        encoding: the protocol of its calls.
        host: where to listen.
        port: 0 for a free one.
        intake: where spans go.
        held: counts the datagrams that wait, with those of the other port.

    Raises:
        InputError: the port cannot be had.
    """

    def __init__(
        self,
        name: str,
        encoding: Callable[[bytes], Reader],
        host: str,
        port: int,
        intake: Intake,
        held: Held,
    ) -> None:
        self.name = name
        self._encoding = encoding
        self._intake = intake
        self._socket = datagram_socket(host, port, option="--jaeger-ports")
        with contextlib.suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SOCKET_BYTES)
        self.address = address(host, self._socket.getsockname()[1])
        self._waker, self._wake = socket.socketpair()
        self._stop_at: float | None = None
        self._waiting: deque[bytes] = deque()
        self._held = held
        self._dropped = 0
        self._complained = False
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)

    async def start(self) -> None:
        """Begin to take datagrams."""
        self._thread.start()

    async def stop(self) -> None:
        """Decode all that has arrived, as far as there is time for it."""
        self._stop_at = time.monotonic() + GRACE_S
        self._waker.send(b"\0")
        await asyncio.to_thread(self._thread.join)
        self.close()

    def close(self) -> None:
        """Give the port back."""
        for each in (self._socket, self._waker, self._wake):
            each.close()

    def _serve(self) -> None:
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        poll.register(self._wake, select.POLLIN)
        while True:
            stop_at = self._stop_at  # first: what came before the end is read once more
            self._read()
            if stop_at is not None and (not self._waiting or time.monotonic() > stop_at):
                break
            if self._waiting:
                self._take(self._waiting.popleft())
            else:
                poll.poll()
        if self._waiting:
            logger.warning("%s: there was no time to decode all that has arrived", self.name)
            self._intake.count_datagrams(lost=len(self._waiting))

    def _read(self) -> None:
        """Take what is in the socket."""
        for _ in range(READS_AT_ONCE):
            try:
                datagram = self._socket.recv(MAX_DATAGRAM)
            except BlockingIOError:
                break
            size = len(datagram) + BESIDE_BYTES
            fits = self._held.add(size)
            if fits:
                self._waiting.append(datagram)
            else:
                self._held.add(-size)
            self._intake.count_datagrams(received=1, lost=0 if fits else 1)
        dropped = self._dropped_by_system()
        if new := (dropped - self._dropped) & _COUNT_MASK:
            self._dropped = dropped
            self._intake.count_datagrams(received=new, lost=new)

    def _dropped_by_system(self) -> int:
        """Datagrams that found no room in the socket so far; 0 where the system does not tell."""
        if sys.platform == "linux":
            with contextlib.suppress(OSError, struct.error):
                told = self._socket.getsockopt(socket.SOL_SOCKET, _MEMORY, _MEMORY_VALUES.size)
                dropped: int = _MEMORY_VALUES.unpack(told)[-1]
                return dropped
        return 0

    def _take(self, datagram: bytes) -> None:
        self._held.add(-len(datagram) - BESIDE_BYTES)
        try:
            take_spans(self._intake, [call(self._encoding(datagram))])
        except Malformed as error:
            self._intake.count_datagrams(malformed=1)
            if not self._complained:
                self._complained = True
                logger.warning("%s: a datagram is no batch of spans: %s", self.name, error)
        except NotStoredError:
            self._intake.count_datagrams(lost=1)
        except Exception:
            # a bug; as in any server, what one client sent must not end receiving for the others
            self._intake.count_datagrams(lost=1)
            logger.exception("%s: a datagram could not be taken", self.name)
