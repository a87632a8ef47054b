"""Reading a request's body: how it is encoded, and never more of it than the limit."""

import zlib
from collections.abc import Mapping
from enum import Enum
from typing import Final

from collector.signals import MAX_MESSAGE_BYTES

GZIP_WINDOW: Final = 31
"""zlib's `wbits` for a gzip header and trailer around the largest window."""


class MediaType(Enum):
    """The two encodings of OTLP over HTTP."""

    PROTOBUF = "application/x-protobuf"
    JSON = "application/json"


class TooLarge(Exception):  # noqa: N818  reads as what it is: this body is too large
    """The body is over a limit, as sent or after decompression; the message says which."""


class BrokenBody(Exception):  # noqa: N818  reads as what it is: this is a broken body
    """The body is not what its content encoding says."""


def media_type(headers: Mapping[bytes, bytes]) -> MediaType | None:
    """The body's encoding, whatever its parameters and letter case; None for any other.

    `text/plain` is among the others on purpose: a web page may post that to a loopback port
    without asking, and JSON it may not.
    """
    value = headers.get(b"content-type", b"").split(b";", 1)[0].strip().lower()
    if value in (b"application/x-protobuf", b"application/protobuf"):
        return MediaType.PROTOBUF
    return MediaType.JSON if value == b"application/json" else None


def reader(headers: Mapping[bytes, bytes]) -> "PlainBody | GzipBody | None":
    """What reads the body's content encoding; None where it is unknown."""
    encoding = headers.get(b"content-encoding", b"identity").strip().lower()
    if encoding in (b"identity", b""):
        return PlainBody()
    return GzipBody() if encoding in (b"gzip", b"x-gzip") else None


class PlainBody:
    """A body that is sent as it is."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._size = 0

    @property
    def size(self) -> int:
        """Bytes taken so far."""
        return self._size

    def feed(self, part: bytes) -> None:
        """Take the next part as it came over the wire.

        Raises:
            TooLarge: the body passes the limit.
        """
        if self._size + len(part) > MAX_MESSAGE_BYTES:
            raise TooLarge(f"the body is over {MAX_MESSAGE_BYTES} bytes")
        self._held += part
        self._size += len(part)

    def finish(self) -> bytes:
        """The whole body, which is the caller's alone from now on."""
        whole = bytes(self._held)
        self._held = bytearray()
        return whole


class GzipBody:
    """A gzip body, decompressed as it arrives and no further than the limit.

    A thousandfold expansion is ordinary for gzip, so the output is bounded, not the input. Several
    gzip members in a row are one body (RFC 1952, section 2.2).
    """

    def __init__(self) -> None:
        self._plain = PlainBody()
        self._member = zlib.decompressobj(GZIP_WINDOW)
        self._fed = False

    @property
    def size(self) -> int:
        """Bytes taken so far, decompressed."""
        return self._plain.size

    def feed(self, part: bytes) -> None:
        """Take the next part as it came over the wire.

        Raises:
            TooLarge: the decompressed body passes the limit.
            BrokenBody: it is not gzip.
        """
        while part:
            if self._member.eof:
                self._member = zlib.decompressobj(GZIP_WINDOW)
            room = MAX_MESSAGE_BYTES - self._plain.size + 1
            try:
                self._plain.feed(self._member.decompress(part, room))
            except zlib.error as error:
                raise BrokenBody(f"the body is not gzip: {error}") from error
            self._fed = True
            part = self._member.unused_data if self._member.eof else self._member.unconsumed_tail

    def finish(self) -> bytes:
        """The whole body, decompressed.

        Raises:
            BrokenBody: its end is missing.
        """
        if not (self._fed and self._member.eof):
            raise BrokenBody("the gzip body ends too early")
        return self._plain.finish()
