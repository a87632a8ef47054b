"""One input, decompressed, read from front to back."""

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from analyzer.readers.compressions import BROKEN, COMPRESSIONS

HEAD_BYTES = 1 << 16
"""How much of a file a reader sees to recognise its format."""

_CHUNK_BYTES = 1 << 20

STDIN = "-"
"""The path that means standard input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a reader reads.

    Attributes:
        label: what issues and reports call it.
        head: its first `HEAD_BYTES` bytes, decompressed; the stream gives them again.
        stream: its bytes, decompressed.
        file: where these bytes lie on disk, for formats that are not read from front to back; None
            where they are compressed or come from standard input.
    """

    label: str
    head: bytes
    stream: BinaryIO
    file: Path | None
    _content: "_Content"
    _counted: "_Counted"

    @property
    def cut(self) -> str:
        """Why the compressed bytes ended before their end; '' if they did not."""
        return self._content.cut

    @property
    def size(self) -> int:
        """How many bytes came from the disk or from standard input so far."""
        return self._counted.count

    def count(self, size: int) -> None:
        """Count bytes that were read from `file`, not from the stream."""
        self._counted.add(size)


@contextmanager
def open_source(
    path: Path | str, label: str, on_read: Callable[[int], None] | None = None
) -> Iterator[Source]:
    """Open a file, or standard input for `-`.

    Args:
        path: the file.
        label: what to call it.
        on_read: told how many more bytes were taken, as they are.

    Raises:
        OSError: it cannot be opened or read.
    """
    if str(path) == STDIN:
        with open_stream(sys.stdin.buffer, label, on_read) as source:
            yield source
        return
    with (
        Path(path).open("rb", buffering=0) as file,
        open_stream(file, label, on_read, path=Path(path)) as source,
    ):
        yield source


@contextmanager
def open_stream(
    file: BinaryIO,
    label: str,
    on_read: Callable[[int], None] | None = None,
    *,
    path: Path | None = None,
) -> Iterator[Source]:
    """As `open_source`, for what is open already; `path` is where its bytes lie on disk."""
    with ExitStack() as stack:
        counted = _Counted(file, on_read)
        raw = io.BufferedReader(counted, _CHUNK_BYTES)
        raw_head = raw.read(HEAD_BYTES)
        stored = io.BufferedReader(_Content(raw_head, raw), _CHUNK_BYTES)
        compression = next((c for c in COMPRESSIONS if c.recognizes(raw_head)), None)
        inside: io.BufferedIOBase = stored
        if compression is not None:
            inside = stack.enter_context(compression.decompressed(stored))
        content = _Content(b"", inside)
        start = io.BufferedReader(content, _CHUNK_BYTES)
        head = start.read(HEAD_BYTES)
        yield Source(
            label=label,
            head=head,
            stream=io.BufferedReader(_Content(head, start), _CHUNK_BYTES),
            file=path if compression is None else None,
            _content=content,
            _counted=counted,
        )


class _Counted(io.RawIOBase):
    """Bytes as they come, counted."""

    def __init__(self, file: BinaryIO, on_read: Callable[[int], None] | None) -> None:
        super().__init__()
        self.count = 0
        self._file = file
        self._on_read = on_read

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # narrower than any buffer, which is all that BufferedReader passes
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        self.add(len(data))
        return len(data)

    def add(self, size: int) -> None:
        self.count += size
        if size and self._on_read:
            self._on_read(size)


class _Content(io.RawIOBase):
    """Bytes already read, then the rest; damage ends it and is told in `cut`."""

    def __init__(self, head: bytes, rest: io.BufferedIOBase) -> None:
        super().__init__()
        self.cut = ""
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # as above
        data, self._head = self._head[: len(buffer)], self._head[len(buffer) :]
        if not data and not self.cut:
            try:
                # At most one read below: what came before the damage is not lost with it.
                data = self._rest.read1(len(buffer))
            except BROKEN as error:
                self.cut = str(error)
        buffer[: len(data)] = data
        return len(data)
