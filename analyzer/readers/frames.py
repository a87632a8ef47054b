"""Length-prefixed frames: a 4-byte big-endian length, then so many bytes.

Source: the OpenTelemetry Collector's file exporter, `format: proto`; the run directory's
`spans.otlp` is the same.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np

from analyzer.model.spans import Int64Array

HEADER = struct.Struct(">I")

LARGEST_FRAME = (1 << 29) - 1
"""A longer frame is no frame. Receivers take messages of some MiB, and every length from here up
is what text or a corrupt header looks like (its first byte is a space or higher)."""

BATCH_BYTES = 32 << 20
"""How much is decoded at once: large enough that work per batch does not count, small enough for
memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """Whole frames, one behind another.

    Attributes:
        data: the bytes they lie in.
        bounds: int64[2, f], start and stop of each frame's content in `data`.
        label: what the file is called.
        first: the number of the first of these frames in the file; 1 is the file's first.
    """

    data: bytes
    bounds: Int64Array
    label: str
    first: int = 1

    def __len__(self) -> int:
        """How many frames."""
        return int(self.bounds.shape[1])

    def content(self, frame: int) -> bytes:
        """The bytes of one of these frames, counted from 0."""
        start, stop = self.bounds[:, frame].tolist()
        return self.data[start:stop]

    def where(self, frame: int) -> str:
        """How an issue names one of these frames, counted from 0."""
        return f"{self.label}:frame {self.first + frame}"


@dataclass(slots=True)
class FrameSplitter:
    """Cuts bytes that come in pieces into frames; keeps the unfinished one for the next piece."""

    label: str
    _rest: bytes = b""
    _count: int = field(default=0)

    @property
    def rest(self) -> int:
        """How many bytes of an unfinished frame wait for more."""
        return len(self._rest)

    @property
    def implausible(self) -> bool:
        """Whether what comes next cannot be a frame, so that no more will come."""
        return self.missing > LARGEST_FRAME

    @property
    def missing(self) -> int:
        """How many bytes the unfinished frame still lacks, 0 if its length is not known yet."""
        if len(self._rest) < HEADER.size:
            return 0
        return int(HEADER.unpack_from(self._rest)[0]) + HEADER.size - len(self._rest)

    def split(self, piece: bytes) -> Frames:
        """The frames that are whole with this piece."""
        data = self._rest + piece if self._rest else piece
        starts, stops = [], []
        at, end = 0, len(data)
        while end - at >= HEADER.size:
            stop = at + HEADER.size + HEADER.unpack_from(data, at)[0]
            if stop > end:
                break
            starts.append(at + HEADER.size)
            stops.append(stop)
            at = stop
        self._rest = data[at:]
        frames = Frames(
            data=data,
            bounds=np.array([starts, stops], np.int64).reshape(2, -1),
            label=self.label,
            first=self._count + 1,
        )
        self._count += len(frames)
        return frames


def read_frames(stream: BinaryIO, splitter: FrameSplitter) -> Iterator[Frames]:
    """All whole frames of a stream, in batches."""
    while not splitter.implausible:
        piece = stream.read(max(BATCH_BYTES, splitter.missing))
        if not piece:
            return
        frames = splitter.split(piece)
        if len(frames):
            yield frames
