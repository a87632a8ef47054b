"""A gRPC client of one call that says exactly the bytes it is told to, so that it can misbehave."""

import socket
import struct
from types import TracebackType
from typing import Final, Self

from tests.collector.otlp import TRACES_METHOD

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
END_STREAM, ACK, END_HEADERS = 1, 1, 4
FRAME_HEAD: Final = struct.Struct(">BHBBI")
"""A length of 24 bits, kind, flags and stream (RFC 9113, section 4.1)."""

INITIAL_WINDOW_SIZE: Final = 4
FIRST_WINDOW: Final = 65_535
MAX_FRAME: Final = 16_384
CALL: Final = 1
"""The stream that the call is."""


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """One frame as it goes over the wire."""
    size = len(payload)
    return FRAME_HEAD.pack(size >> 16, size & 0xFFFF, kind, flags, stream) + payload


def message_head(size: int, *, compressed: bool = False) -> bytes:
    """What precedes a gRPC message of `size` bytes."""
    return struct.pack(">BI", compressed, size)


class RawGrpc:
    """One connection; save for agreeing to settings it says nothing by itself."""

    def __init__(self, address: str, *, timeout_s: float = 30.0) -> None:
        host, _, port = address.rpartition(":")
        self.socket = socket.create_connection((host, int(port)), timeout=timeout_s)
        self.socket.sendall(PREFACE + frame(SETTINGS, 0, 0))
        self._first_window = FIRST_WINDOW
        self._sent = 0
        self._granted_to_all = FIRST_WINDOW
        self._granted_to_call = 0
        self._status: int | None = None
        self._reset = False

    def __enter__(self) -> Self:
        """The open connection."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it."""
        self.socket.close()

    def begin(self, *, encoding: str = "identity") -> None:
        """Send the headers of the call."""
        fields = {
            ":method": "POST",
            ":scheme": "http",
            ":path": TRACES_METHOD,
            ":authority": "collector",
            "te": "trailers",
            "content-type": "application/grpc",
            "grpc-encoding": encoding,
        }
        # each a literal without indexing and with a new name (RFC 7541, section 6.2.2)
        block = b"".join(
            b"\0" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()
            for name, value in fields.items()
        )
        self.socket.sendall(frame(HEADERS, END_HEADERS, CALL, block))

    def send(self, part: bytes, *, last: bool = False) -> None:
        """Send some bytes of the call's message, whether the other side has room or not."""
        self.socket.sendall(frame(DATA, END_STREAM if last else 0, CALL, part))
        self._sent += len(part)

    def send_all(self, message: bytes) -> None:
        """Send the call's message as fast as the other side lets it, until it is refused."""
        position = 0
        while position < len(message) and self._status is None and not self._reset:
            room = min(self._room(), MAX_FRAME)
            if room <= 0:
                if self.next_frame() is None:
                    return
                continue
            try:
                self.send(message[position : position + room])
            except (BrokenPipeError, ConnectionResetError):
                return
            position += room

    def ping(self, payload: bytes) -> bool:
        """Ask whether the other side is there; whether it answered before it closed."""
        self.socket.sendall(frame(PING, 0, 0, payload))
        while (received := self.next_frame()) is not None:
            if received == (PING, payload):
                return True
        return False

    def status_of_call(self) -> int | None:
        """The gRPC status of the call; None where the connection ends without one."""
        while self._status is None and self.next_frame() is not None:
            pass
        return self._status

    def frames_until_closed(self) -> list[int]:
        """The kinds of all frames until the other side closes."""
        found = []
        while (received := self.next_frame()) is not None:
            found.append(received[0])
        return found

    def next_frame(self) -> tuple[int, bytes] | None:
        """Kind and payload of the next frame; None where the connection was closed."""
        head = self._read(FRAME_HEAD.size)
        if head is None:
            return None
        high, low, kind, flags, stream = FRAME_HEAD.unpack(head)
        payload = self._read(high << 16 | low)
        if payload is None:
            return None
        self._take_note(kind, flags, stream, payload)
        return kind, payload

    def _room(self) -> int:
        mine = self._first_window + self._granted_to_call
        return min(self._granted_to_all, mine) - self._sent

    def _take_note(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        if kind == WINDOW_UPDATE:
            (more,) = struct.unpack(">I", payload)
            if stream:
                self._granted_to_call += more
            else:
                self._granted_to_all += more
        elif kind == SETTINGS and not flags & ACK:
            said = dict(struct.iter_unpack(">HI", payload))
            self._first_window = said.get(INITIAL_WINDOW_SIZE, FIRST_WINDOW)
            self.socket.sendall(frame(SETTINGS, ACK, 0))  # until then the windows are small
        elif kind == HEADERS:
            _, found, after = payload.partition(b"grpc-status")
            if found:  # gRPC writes it as a plain literal
                self._status = int(after[1 : 1 + after[0]])
        elif kind == RST_STREAM:
            self._reset = True

    def _read(self, size: int) -> bytes | None:
        received = b""
        while len(received) < size:
            try:
                part = self.socket.recv(size - len(received))
            except ConnectionResetError:
                return None
            if not part:
                return None
            received += part
        return received
