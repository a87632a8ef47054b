"""Reading behind a writer: whole frames, in order, never half of one."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from collector.forward.follow import FrameFile
from collector.spool import HEADER, Spool


def file_of(tmp_path: Path, content: bytes) -> FrameFile:
    path = tmp_path / "spans.otlp"
    path.write_bytes(content)
    return FrameFile(path)


def frame(body: bytes) -> bytes:
    return HEADER.pack(len(body)) + body


def test_frames_come_together_up_to_a_limit(tmp_path: Path) -> None:
    file = file_of(tmp_path, frame(b"one") + frame(b"two") + frame(b"three"))
    first = file.after(0, most_bytes=10)
    assert first is not None
    assert (first.bodies, first.end) == ((b"one", b"two"), 14)
    second = file.after(first.end, most_bytes=10)
    assert second is not None
    assert second.bodies == (b"three",)
    assert file.after(second.end, most_bytes=10) is None
    file.close()


def test_a_frame_over_the_limit_comes_alone(tmp_path: Path) -> None:
    file = file_of(tmp_path, frame(b"x" * 100) + frame(b"y"))
    found = file.after(0, most_bytes=10)
    assert found is not None
    assert found.bodies == (b"x" * 100,)
    file.close()


def test_nothing_is_read_beyond_an_offset(tmp_path: Path) -> None:
    file = file_of(tmp_path, frame(b"one") + frame(b"two"))
    found = file.after(0, most_bytes=100, until=7)
    assert found is not None
    assert found.bodies == (b"one",)
    assert file.after(7, most_bytes=100, until=7) is None
    file.close()


@given(cut=st.integers(0, 30), limit=st.integers(1, 40))
def test_half_a_frame_waits_for_its_other_half(
    tmp_path_factory: object, cut: int, limit: int
) -> None:
    path = tmp_path_factory.mktemp("run") / "spans.otlp"  # type: ignore[attr-defined]
    content = frame(b"one") + frame(b"") + frame(b"x" * 15)
    path.write_bytes(content[:cut])
    file = FrameFile(path)
    bodies: list[bytes] = []
    offset = 0
    for size in (cut, len(content)):
        path.write_bytes(content[:size])
        while (found := file.after(offset, most_bytes=limit)) is not None:
            bodies += found.bodies
            offset = found.end
    file.close()
    assert bodies == [b"one", b"", b"x" * 15]


def test_what_is_appended_later_is_found(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spans.otlp")
    file = FrameFile(tmp_path / "spans.otlp")
    assert file.after(0, most_bytes=100) is None
    spool.append(b"one")
    found = file.after(0, most_bytes=100)
    assert found is not None
    assert (found.bodies, found.end) == ((b"one",), spool.size)
    spool.close()
    file.close()
