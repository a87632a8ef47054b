"""Where a dump goes: a file that is whole or not there at all, compressed as its name says."""

import contextlib
import gzip
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

STDOUT = "-"


@contextmanager
def open_destination(path: Path) -> Iterator[BinaryIO]:
    """A file to write to; it gets its name when all is written, and never has half of it.

    Names that end in `.gz` and `.zst` are compressed; `-` is standard output.

    Raises:
        OSError: it cannot be written.
    """
    if str(path) == STDOUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file, _compressed(file, path.suffix) as out:
            yield out
        _give_usual_rights(name)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
        raise


def _give_usual_rights(name: str) -> None:
    """Temporary files are private; this one is to be like any other."""
    mask = os.umask(0)
    os.umask(mask)
    Path(name).chmod(0o666 & ~mask)


@contextmanager
def _compressed(file: BinaryIO, suffix: str) -> Iterator[BinaryIO]:
    if suffix == ".gz":
        with gzip.GzipFile(fileobj=file, mode="wb", filename="", mtime=0) as out:
            yield out  # type: ignore[misc]  # typeshed has it apart from BinaryIO
    elif suffix == ".zst":
        import zstandard

        with zstandard.ZstdCompressor().stream_writer(file, closefd=False) as out:
            yield out
    else:
        yield file
