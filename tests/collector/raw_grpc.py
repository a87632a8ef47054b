"""A gRPC client that says exactly the HTTP/2 frames it is told to, so that it can misbehave."""

import socket
import struct
from types import TracebackType
from typing import Final, Self

from tests.collector.otlp import TRACES_METHOD

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY = 0, 1, 3, 4, 6, 7
END_STREAM, ACK, END_HEADERS = 1, 1, 4
FRAME_HEAD: Final = struct.Struct(">BHBBI")
"""Type, flags and stream behind a length of 24 bits (RFC 9113, section 4.1)."""


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """One frame as it goes over the wire."""
    size = len(payload)
    return FRAME_HEAD.pack(size >> 16, size & 0xFFFF, kind, flags, stream) + payload


def message_head(size: int) -> bytes:
    """What precedes an uncompressed gRPC message of `size` bytes."""
    return struct.pack(">BI", 0, size)


class RawGrpc:
    """One connection; frames go out when a method is called, and never by themselves."""

    def __init__(self, address: str, *, timeout_s: float = 30.0) -> None:
        host, _, port = address.rpartition(":")
        self.socket = socket.create_connection((host, int(port)), timeout=timeout_s)
        self.socket.sendall(PREFACE + frame(SETTINGS, 0, 0))

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

    def begin(self, stream: int = 1, *, method: str = TRACES_METHOD) -> None:
        """Send the headers of a call."""
        fields = {
            ":method": "POST",
            ":scheme": "http",
            ":path": method,
            ":authority": "collector",
            "te": "trailers",
            "content-type": "application/grpc",
        }
        # each a literal without indexing and with a new name (RFC 7541, section 6.2.2)
        block = b"".join(
            b"\0" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()
            for name, value in fields.items()
        )
        self.socket.sendall(frame(HEADERS, END_HEADERS, stream, block))

    def send(self, part: bytes, stream: int = 1, *, last: bool = False) -> None:
        """Send some bytes of a call's message."""
        self.socket.sendall(frame(DATA, END_STREAM if last else 0, stream, part))

    def frames_until_closed(self) -> list[tuple[int, int, bytes]]:
        """Kind, stream and payload of all frames until the other side closes."""
        found = []
        while (received := self.next_frame()) is not None:
            found.append(received)
        return found

    def next_frame(self) -> tuple[int, int, bytes] | None:
        """Kind, stream and payload of the next frame; None where the connection was closed."""
        head = self._read(FRAME_HEAD.size)
        if head is None:
            return None
        high, low, kind, _, stream = FRAME_HEAD.unpack(head)
        payload = self._read(high << 16 | low)
        return None if payload is None else (kind, stream, payload)

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
