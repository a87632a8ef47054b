"""The file that is the queue: whole frames, whatever happens to the disk or the process."""

import resource
import signal
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from analyzer.errors import InputError
from collector.spool import NotStoredError, Spool
from tests.collector.otlp import frames


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "spans.otlp"


def test_frames_are_appended_in_order(path: Path) -> None:
    spool = Spool(path)
    spool.append(b"one")
    spool.append(b"")
    spool.append(b"three")
    spool.close()
    assert path.read_bytes() == b"\0\0\0\3one\0\0\0\0\0\0\0\5three"


def test_an_existing_file_is_continued(path: Path) -> None:
    for body in (b"one", b"two"):
        spool = Spool(path)
        spool.append(body)
        spool.close()
    assert frames(path) == [b"one", b"two"]


@pytest.mark.parametrize("kept", range(1, 8))
def test_a_cut_last_frame_is_dropped(path: Path, kept: int) -> None:
    # |0003 one|0004 fo        killed in the middle of a write
    path.write_bytes(b"\0\0\0\3one" + b"\0\0\0\4four"[:kept])
    spool = Spool(path)
    spool.append(b"five")
    spool.close()
    assert frames(path) == [b"one", b"five"]


def test_a_file_of_something_else_is_not_touched(path: Path) -> None:
    path.write_text('{"resourceSpans": []}\n')
    with pytest.raises(InputError, match="not a file of OTLP frames"):
        Spool(path)
    assert path.read_text() == '{"resourceSpans": []}\n'


def test_two_collectors_cannot_write_the_same_file(path: Path) -> None:
    spool = Spool(path)
    with pytest.raises(InputError, match="another collector"):
        Spool(path)
    spool.close()
    Spool(path).close()


def test_a_directory_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot write"):
        Spool(tmp_path / "file" / "spans.otlp")


def test_many_threads_never_mix_their_frames(path: Path) -> None:
    spool = Spool(path)

    def append(number: int) -> None:
        for _ in range(50):
            spool.append(bytes([number]) * (1000 + number))

    threads = [threading.Thread(target=append, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spool.close()
    expected = [bytes([number]) * (1000 + number) for number in range(8) for _ in range(50)]
    assert sorted(frames(path)) == sorted(expected)


@contextmanager
def file_size_limit() -> Iterator[None]:
    """Files end at 100 bytes: writes past it are cut and then fail, as on a full disk.

    It holds for the whole process, also for a file that the test run's own output goes to.
    """
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)


def test_a_full_disk_keeps_whole_frames_and_says_so(path: Path) -> None:
    spool = Spool(path)
    with file_size_limit():
        spool.append(b"x" * 50)
        with pytest.raises(NotStoredError, match="fitted"):
            spool.append(b"y" * 50)  # 46 of its bytes fit
        assert path.stat().st_size > 54
        spool.append(b"z" * 20)  # the half frame gives its room back
        with pytest.raises(NotStoredError):
            spool.append(b"y" * 50)
    spool.close()
    assert frames(path) == [b"x" * 50, b"z" * 20]


def test_nothing_is_stored_after_closing(path: Path) -> None:
    spool = Spool(path)
    spool.close()
    with pytest.raises(NotStoredError, match="stopping"):
        spool.append(b"late")
    assert path.read_bytes() == b""


def test_recovery_reads_headers_only(path: Path) -> None:
    with path.open("wb") as file:  # a sparse file: a frame of 60 MB that nobody writes or reads
        file.write(struct.pack(">I", 60_000_000))
        file.truncate(4 + 60_000_000)
    spool = Spool(path)
    spool.append(b"next")
    spool.close()
    assert path.stat().st_size == 4 + 60_000_000 + 8
