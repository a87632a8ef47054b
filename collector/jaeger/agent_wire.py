"""What Jaeger's agent took over UDP: calls in Thrift, one a datagram.

Nobody can be told what becomes of a datagram, so it is counted (`datagrams` in `collector.json`).
The event loop empties the socket as fast as it can, for the operating system's buffer is small; a
thread decodes.
"""

import asyncio
import logging
import socket
import struct
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from collector.endpoint import address, datagram_socket
from collector.intake import Intake
from collector.jaeger.taking import take_spans
from collector.jaeger.thrift import Malformed, Reader
from collector.jaeger.thrift_batch import call
from collector.spool import NotStoredError
from collector.wires import GRACE_S

BUFFER_BYTES: Final = 4 * 1024 * 1024
"""What is asked of the operating system for what has not been read; it may give less."""

MAX_HELD_BYTES: Final = 16 * 1024 * 1024
"""Datagrams that wait to be decoded: about what can be within the grace at the end."""

MAX_DATAGRAM: Final = 65_535
"""No datagram of IP is longer."""

READS_AT_ONCE: Final = 64
"""Datagrams read before others on the event loop have their turn."""

MOST_READS: Final = 256
"""Rounds of reading at the end, for a sender that never stops: the system's buffer, twice what was
asked, has no room for more datagrams, of which the smallest take half a kilobyte there."""

_OVERFLOWS: Final = 40
"""Linux's SO_RXQ_OVFL, which the socket module does not name: asks to be told, with a datagram, how
many before it found no room."""

_COUNT: Final = struct.Struct("=I")
_COUNT_MASK: Final = 0xFFFFFFFF

logger = logging.getLogger(__name__)


class AgentWire:
    """One of the agent's two ports, bound.

    Args:
        name: as `Wire` has it.
        encoding: the protocol of its calls.
        host: where to listen.
        port: 0 for a free one.
        intake: where spans go.

    Raises:
        InputError: the port cannot be had.
    """

    def __init__(
        self, name: str, encoding: Callable[[bytes], Reader], host: str, port: int, intake: Intake
    ) -> None:
        self.name = name
        self._encoding = encoding
        self._intake = intake
        self._socket = datagram_socket(host, port, option="--jaeger-ports")
        _widen(self._socket)
        self.address = address(host, self._socket.getsockname()[1])
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._lock = threading.Lock()
        self._held = 0
        self._overflows = 0
        self._complained = False

    def start(self) -> None:
        """Begin to read, on the running event loop."""
        asyncio.get_running_loop().add_reader(self._socket, self._read)

    async def stop(self) -> None:
        """Decode all that has arrived, as far as there is time for it."""
        asyncio.get_running_loop().remove_reader(self._socket)
        reads = 0
        while self._read() and reads < MOST_READS:
            reads += 1
        await asyncio.to_thread(self._drain)
        self.close()

    def close(self) -> None:
        """Give the port back."""
        self._socket.close()
        self._thread.shutdown(cancel_futures=True)

    def _drain(self) -> None:
        last = self._thread.submit(int)
        try:
            last.result(GRACE_S)
        except TimeoutError:
            logger.warning("%s: there is no time to decode all that has arrived", self.name)

    def _read(self) -> bool:
        """Take what is in the socket, or some of it; whether there may be more."""
        for _ in range(READS_AT_ONCE):
            try:
                datagram, told, _, _ = self._socket.recvmsg(
                    MAX_DATAGRAM, socket.CMSG_SPACE(_COUNT.size)
                )
            except BlockingIOError:
                return False
            self._count_overflows(told)
            self._hold(datagram)
        return True

    def _count_overflows(self, told: list[tuple[int, int, bytes]]) -> None:
        for level, kind, value in told:
            if (level, kind) == (socket.SOL_SOCKET, _OVERFLOWS):
                (overflows,) = _COUNT.unpack(value)
                new = (overflows - self._overflows) & _COUNT_MASK
                self._overflows = overflows
                self._intake.count_datagrams(received=new, lost=new)

    def _hold(self, datagram: bytes) -> None:
        with self._lock:
            fits = self._held + len(datagram) <= MAX_HELD_BYTES
            self._held += len(datagram) if fits else 0
        self._intake.count_datagrams(received=1, lost=0 if fits else 1)
        if fits:
            taking = self._thread.submit(self._take, datagram)
            taking.add_done_callback(lambda done: self._release(done, len(datagram)))

    def _take(self, datagram: bytes) -> None:
        try:
            take_spans(self._intake, [call(self._encoding(datagram))])
        except Malformed as error:
            self._intake.count_datagrams(malformed=1)
            if not self._complained:
                self._complained = True
                logger.warning("%s: a datagram is no batch of spans: %s", self.name, error)
        except NotStoredError:
            self._intake.count_datagrams(lost=1)

    def _release(self, taking: Future[None], size: int) -> None:
        with self._lock:
            self._held -= size
        if taking.cancelled():
            self._intake.count_datagrams(lost=1)
        elif (error := taking.exception()) is not None:
            self._intake.count_datagrams(lost=1)
            logger.error("%s: a datagram could not be taken", self.name, exc_info=error)


def _widen(bound: socket.socket) -> None:
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
    try:
        bound.setsockopt(socket.SOL_SOCKET, _OVERFLOWS, 1)
    except OSError:
        logger.info("this system does not tell of datagrams that found no room")
