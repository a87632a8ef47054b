"""Files as they should not be, for tests that break readers."""

import io
import random
from collections.abc import Iterator

from analyzer.model.issue import Issues
from analyzer.readers.formats import readers
from analyzer.readers.namer import Namer
from analyzer.readers.reader import Decoded, Reader
from analyzer.readers.source import open_stream

READERS: dict[str, Reader] = {reader.name: reader for reader in readers(Namer())}

PIECES = (
    b"{", b"}", b"[", b"]", b'"', b"\\", b",", b":", b"null", b"-1", b"1e999", b"\xff", b"\x00",
    b"9" * 30, b'"\\ud800"', b'"data":', b'"traceID":', b'"spans":[', b'"resourceSpans":[', b"\n",
    b"[" * 3_000, b'{"a":' * 3_000, b"1" * 5_000,
)  # fmt: skip
"""What parsers have stumbled over."""


def damaged(content: bytes, chance: random.Random) -> bytes:
    """The content with a few changes: cut, repeated, replaced, put in."""
    data = bytearray(content)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(5):
            case 0:
                del data[at : at + chance.choice((1, 2, 50, len(data)))]
            case 1:
                data[at : at + 1] = bytes([chance.randrange(256)])
            case 2:
                data[at:at] = chance.choice(PIECES)
            case 3:
                other = chance.randrange(len(data) + 1)
                data[at:at] = data[other : other + 80]
            case _:
                data[at : at + 4] = chance.choice(PIECES)
    return bytes(data)


def decode(reader: Reader, data: bytes) -> Decoded:
    """What a reader makes of bytes."""
    with open_stream(io.BytesIO(data), "fuzz") as source:
        return reader.read(source)


def count_requests(reader: Reader, data: bytes) -> int:
    """How many requests a reader makes of bytes, all of them made."""
    with open_stream(io.BytesIO(data), "fuzz") as source:
        return sum(1 for _ in reader.requests(source, Issues()))


def pieces(data: bytes, chance: random.Random) -> Iterator[bytes]:
    """The data in pieces of any size."""
    at = 0
    while at < len(data):
        size = chance.choice((1, 2, 7, 100, len(data)))
        yield data[at : at + size]
        at += size
