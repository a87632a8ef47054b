"""Reading a file of frames behind whoever appends to it."""

import os
from dataclasses import dataclass
from pathlib import Path

from collector.spool import HEADER


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """Some whole frames in a row, and the offset in the file behind the last of them."""

    bodies: tuple[bytes, ...]
    end: int


class FrameFile:
    """A growing file of frames; nothing of it is kept in memory.

    Raises:
        OSError: the file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def size(self) -> int:
        """How long the file is now."""
        return os.fstat(self._file).st_size

    def after(self, offset: int, *, most_bytes: int, until: int | None = None) -> Frames | None:
        """The next whole frames, up to so many bytes but at least one; None if there is none yet.

        Args:
            offset: where a frame begins.
            most_bytes: how much to read, unless the first frame alone is larger.
            until: an offset to stop at, at the end of a frame.
        """
        # |== frames ==|== half a fra|   being written, or left by a full disk and soon cut off:
        #                               one read sees it as it is, and leaves it
        data = os.pread(self._file, _up_to(offset, most_bytes + HEADER.size, until), offset)
        if len(data) >= HEADER.size:
            first = HEADER.size + HEADER.unpack_from(data)[0]
            if first > len(data):
                data = os.pread(self._file, _up_to(offset, first, until), offset)
        bodies = []
        position = 0
        while position + HEADER.size <= len(data):
            end = position + HEADER.size + HEADER.unpack_from(data, position)[0]
            if end > len(data):
                break
            bodies.append(data[position + HEADER.size : end])
            position = end
        return Frames(bodies=tuple(bodies), end=offset + position) if bodies else None

    def close(self) -> None:
        """Close it."""
        os.close(self._file)


def _up_to(offset: int, count: int, until: int | None) -> int:
    return count if until is None else max(min(count, until - offset), 0)
