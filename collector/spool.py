"""The file that accepted requests are appended to: frames of a 4-byte big-endian length and bytes.

This is the OpenTelemetry Collector's own protobuf file format (`format: proto` of its file
exporter). What `append` returned from is with the operating system: a killed collector loses none
of it.
"""

import fcntl
import logging
import os
import struct
import threading
from pathlib import Path
from typing import Final

from analyzer.errors import InputError
from collector.signals import MAX_MESSAGE_BYTES, Signal

HEADER: Final = struct.Struct(">I")

FILE_NAMES: Final = {
    Signal.TRACES: "spans.otlp",
    Signal.METRICS: "metrics.otlp",
    Signal.LOGS: "logs.otlp",
}
"""Each signal's file in a run directory."""

logger = logging.getLogger(__name__)


class NotStoredError(Exception):
    """The frame is not in the file; the client may send it again.

    Args:
        why: what the operating system said.
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Spool:
    """One growing file of whole frames, safe to append to from many threads.

    Args:
        path: the file; it is created where it is missing, and continued where it exists.

    Raises:
        InputError: the file cannot be written, holds something else than frames, or another
            collector is writing to it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._file = _opened(path)
        try:
            self._end = whole_frames(self._file, path)
            self._cut_back()
        except BaseException:
            os.close(self._file)
            raise
        self._whole = True
        self._closed = False

    @property
    def size(self) -> int:
        """How many bytes are in the file, all of them whole frames."""
        return self._end

    def append(self, body: bytes) -> None:
        """Append one frame, entirely or not at all.

        Raises:
            NotStoredError: the disk is full or failing, or the collector is stopping.
        """
        header = HEADER.pack(len(body))
        expected = len(header) + len(body)
        with self._lock:
            if self._closed:
                raise NotStoredError("the collector is stopping")
            try:
                if not self._whole:
                    self._cut_back()
                    self._whole = True
                written = os.writev(self._file, (header, body))
            except OSError as error:
                raise NotStoredError(error.strerror or str(error)) from error
            if written != expected:
                # |== frames ==|== half a fra|   the disk filled up: the half must not stay, or
                #                              every later frame would be misread
                self._whole = False
                raise NotStoredError(f"only {written} of {expected} bytes fitted on the disk")
            self._end += expected

    def close(self) -> None:
        """Cut back what a full disk left half-written, and let others write."""
        with self._lock:
            self._closed = True
            if not self._whole:
                self._cut_back()
            os.close(self._file)

    def _cut_back(self) -> None:
        os.ftruncate(self._file, self._end)


def whole_frames(file: int, path: Path) -> int:
    """How many bytes from the start are whole frames: what a kill cut off comes after them.

    Raises:
        InputError: a length that no collector wrote; cutting there would destroy someone's data.
    """
    size = os.fstat(file).st_size
    end = 0
    while end + HEADER.size <= size:
        (length,) = HEADER.unpack(os.pread(file, HEADER.size, end))
        if length > MAX_MESSAGE_BYTES:
            raise InputError(
                f"{path} is not a file of OTLP frames (at byte {end})",
                hint="name another --run-dir, or move that file away",
            )
        if end + HEADER.size + length > size:
            break
        end += HEADER.size + length
    if end < size:
        logger.warning("%s: dropped a cut last frame of %d bytes", path.name, size - end)
    return end


def _opened(path: Path) -> int:
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise InputError(
            f"cannot write {path}: {error.strerror}", hint="name a writable --run-dir"
        ) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(file)
        raise InputError(
            f"another collector is writing to {path}", hint="stop it, or name another --run-dir"
        ) from error
    return file
