"""Files larger than memory: what a reader holds does not grow with the file."""

import gc
import io
import tracemalloc
from collections.abc import Iterator

import pytest

from analyzer.model.issue import Issues
from analyzer.readers.formats import format_names
from analyzer.readers.json_outline import outline
from analyzer.readers.otlp_json import OtlpJsonReader
from analyzer.readers.reader import Reader
from analyzer.readers.record_reader import RecordReader
from analyzer.readers.source import Source, open_stream
from samples.make_samples import SHOP, shop_in
from tests.readers import wire
from tests.readers.damage import READERS

MIB = 1 << 20

ON_DISK = ("parquet",)
"""Read from disk by Arrow, whose memory is not Python's."""


class Endless(io.RawIOBase):
    """A file that is made while it is read."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        super().__init__()
        self._parts = parts
        self._part = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while not self._part:
            self._part = next(self._parts, b"")
            if not self._part:
                return b""
        given, self._part = self._part[:size], self._part[size:]
        return given


def repeated(begin: bytes, again: bytes, end: bytes, size: int) -> Iterator[bytes]:
    """A beginning, then the same again and again, then an end."""
    yield begin
    for _ in range(size // len(again)):
        yield again
    yield end


def large_file(name: str, size: int) -> Iterator[bytes]:
    """A file of a format and about a size."""
    content = shop_in(name)
    match name:
        case "jaeger" | "tempo" | "otlp-json":
            begin, _, rest = content.partition(b"[")
            element = rest[: rest.rindex(b"]")]
            return repeated(begin + b"[" + element, b"," + element, b"]}", size)
        case "zipkin":
            element = content[1:-1]
            return repeated(b"[" + element, b"," + element, b"]", size)
        case "otlp-proto":
            # Most of it is a field that nobody reads, so that the test does not take long.
            return repeated(content, wire.frames(wire.part(99, bytes(MIB))), b"", size)
    return repeated(b"", content, b"", size)


@pytest.mark.parametrize("name", [name for name in format_names() if name not in ON_DISK])
def test_memory_does_not_grow_with_the_file(name: str) -> None:
    """Measured as what the second, larger file takes beyond what the first one took."""
    small, large = (6, 18) if name != "otlp-proto" else (100, 300)
    assert peak(name, large * MIB) < peak(name, small * MIB) + (large - small) * MIB // 4


def found_in(source: Source, reader: Reader) -> Iterator[object]:
    """What a reader finds before it becomes columns, which do grow."""
    if isinstance(reader, RecordReader):
        return reader.format.records(source, Issues(), whole=False)
    if isinstance(reader, OtlpJsonReader):
        return reader.format.resource_spans(source, Issues())
    return reader.requests(source, Issues())


def peak(name: str, size: int) -> int:
    """The most memory that was in use while a file was read and nothing of it kept."""
    outline.cache_clear()
    gc.collect()
    tracemalloc.start()
    try:
        with open_stream(Endless(large_file(name, size)), "large") as source:  # type: ignore[arg-type]  # it reads, which is all that is asked of it
            assert READERS[name].recognizes(source.head)
            assert sum(1 for _ in found_in(source, READERS[name])) > 0
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_bomb_is_decompressed_piece_by_piece() -> None:
    """A gigabyte of zeros in a few kilobytes costs no gigabyte."""
    import zstandard

    compressor = zstandard.ZstdCompressor().compressobj()
    bomb = b"".join(compressor.compress(bytes(16 * MIB)) for _ in range(64)) + compressor.flush()
    assert len(bomb) < MIB
    tracemalloc.start()
    try:
        with open_stream(io.BytesIO(bomb), "bomb") as source:
            assert source.stream.read(MIB) == bytes(MIB)
            total = MIB
            while piece := source.stream.read(MIB):
                total += len(piece)
        assert total == 64 * 16 * MIB
        assert tracemalloc.get_traced_memory()[1] < 300 * MIB
    finally:
        tracemalloc.stop()


def test_shop_is_there_in_every_format_that_is_not_on_disk() -> None:
    assert set(SHOP) | set(ON_DISK) == set(format_names())
