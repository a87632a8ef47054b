"""Ways in which files are compressed, told by their first bytes."""

import gzip
import io
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Protocol

from analyzer.readers.frames import HEADER, LARGEST_FRAME

_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"

_ZSTD_PIECE_BYTES = 1 << 12
"""How much is decompressed at once: a piece of hostile data becomes at most some 32,000 times as
much, which memory holds."""

_MESSAGE_BEGINS = b"\x0a"
"""The first byte of an ExportTraceServiceRequest: its first field."""


class DamagedError(Exception):
    """Compressed bytes that are no longer what was written."""


BROKEN = (EOFError, zlib.error, gzip.BadGzipFile, DamagedError)
"""What decompressing raises where the compressed bytes are cut or damaged."""


class Compression(Protocol):
    """A way in which whole files are compressed."""

    def recognizes(self, head: bytes) -> bool:
        """Whether a file that begins with these bytes is compressed this way."""
        ...

    def decompressed(self, stream: BinaryIO) -> io.BufferedIOBase:
        """What is inside; ends with one of `BROKEN` where the stream is cut or damaged."""
        ...


class Gzip:
    """.gz, also of several members one after another."""

    def recognizes(self, head: bytes) -> bool:
        """Whether a file begins as RFC 1952 says."""
        return head.startswith(b"\x1f\x8b\x08")

    def decompressed(self, stream: BinaryIO) -> io.BufferedIOBase:
        """What is inside."""
        return gzip.GzipFile(fileobj=stream)


class Zstd:
    """.zst, also of several frames one after another."""

    def recognizes(self, head: bytes) -> bool:
        """Whether a file begins as RFC 8878 says."""
        return head.startswith(_ZSTD_MAGIC)

    def decompressed(self, stream: BinaryIO) -> io.BufferedIOBase:
        """What is inside."""
        return io.BufferedReader(_Pieces(_decompressed_frames(stream)))


class ZstdMessages:
    """What the Collector's file exporter wrote once: each message compressed by itself.

    A 4-byte big-endian length stands before each, also where the messages are JSON. They are given
    as if nothing had been compressed: protobuf behind lengths, JSON in lines.
    Source: opentelemetry-collector-contrib, exporter/fileexporter, `compression: zstd` before it
    became a stream.
    """

    def recognizes(self, head: bytes) -> bool:
        """Whether a file begins with a length and a zstd frame."""
        if not head.startswith(_ZSTD_MAGIC, HEADER.size):
            return False
        return bool(HEADER.unpack_from(head)[0] <= LARGEST_FRAME)

    def decompressed(self, stream: BinaryIO) -> io.BufferedIOBase:
        """The messages."""
        return io.BufferedReader(_Pieces(_decompressed_messages(stream)))


COMPRESSIONS: tuple[Compression, ...] = (Gzip(), Zstd(), ZstdMessages())


def _decompressed_frames(stream: BinaryIO) -> Iterator[bytes]:
    import zstandard

    frame: zstandard.ZstdDecompressionObj | None = None
    piece = b""
    try:
        while piece := piece or stream.read(_ZSTD_PIECE_BYTES):
            if frame is None:
                frame = zstandard.ZstdDecompressor().decompressobj()
            yield frame.decompress(piece)
            piece = frame.unused_data
            if frame.eof:
                frame = None
    except zstandard.ZstdError as error:
        raise DamagedError(str(error)) from error
    if frame is not None:
        raise EOFError("Compressed file ended before the end-of-stream marker was reached")


def _decompressed_messages(stream: BinaryIO) -> Iterator[bytes]:
    as_lines: bool | None = None
    while header := stream.read(HEADER.size):
        length = HEADER.unpack(header)[0] if len(header) == HEADER.size else LARGEST_FRAME + 1
        if length > LARGEST_FRAME:
            raise DamagedError("a length that no message has")
        compressed = stream.read(length)
        if len(compressed) < length:
            raise EOFError("Compressed file ended within a message")
        message = _message(compressed)
        if as_lines is None:
            as_lines = not message.startswith(_MESSAGE_BEGINS)
        if as_lines:
            yield message.replace(b"\n", b" ") + b"\n"
        else:
            yield HEADER.pack(len(message)) + message


def _message(compressed: bytes) -> bytes:
    """A message; as it is where it cannot be decompressed, so that its decoder counts it as bad."""
    parts, size = [], 0
    try:
        for part in _decompressed_frames(io.BytesIO(compressed)):
            parts.append(part)
            size += len(part)
            if size > LARGEST_FRAME:
                return compressed
    except BROKEN:
        return compressed
    return b"".join(parts)


class _Pieces(io.RawIOBase):
    """Bytes that come in pieces of any size, as a file."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces = pieces
        self._piece = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # narrower than any buffer, which is all that BufferedReader passes
        while not self._piece:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._piece = memoryview(piece)
        count = min(len(buffer), len(self._piece))
        buffer[:count] = self._piece[:count]
        self._piece = self._piece[count:]
        return count
