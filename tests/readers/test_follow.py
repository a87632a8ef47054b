"""A file that grows is followed frame by frame."""

from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from analyzer.model.issue import IssueKind
from analyzer.model.spans import Spans
from analyzer.readers.follow import Follower
from analyzer.readers.read import read
from tests.readers import wire
from tests.readers.decoding import rows
from tests.readers.wire import WireSpan

FRAMES = [
    wire.frames(wire.request([WireSpan(name=f"operation {i}".encode()).encoded()]))
    for i in range(4)
]


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def test_file_that_is_not_there_yet_gives_nothing(tmp_path: Path) -> None:
    follower = Follower(tmp_path)
    assert len(follower.poll()) == 0
    append(tmp_path / "spans.otlp", FRAMES[0])
    assert len(follower.poll()) == 1
    assert len(follower.poll()) == 0


def test_half_a_frame_waits_for_its_other_half(tmp_path: Path) -> None:
    path = tmp_path / "spans.otlp"
    follower = Follower(path)
    for cut in (1, 3, 5, len(FRAMES[0]) - 1):
        append(path, FRAMES[0][:cut])
        assert len(follower.poll()) == 0
        append(path, FRAMES[0][cut:])
        assert len(follower.poll()) == 1
    assert not follower.issues


@given(st.lists(st.integers(0, sum(map(len, FRAMES))), max_size=6))
def test_polls_give_together_what_a_read_gives(cuts: list[int]) -> None:
    import tempfile

    data = b"".join(FRAMES)
    ends = [*sorted(cuts), len(data)]
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "spans.otlp"
        follower = Follower(path)
        parts = []
        for start, stop in zip([0, *ends], ends, strict=False):
            append(path, data[start:stop])
            parts.append(follower.poll())
        whole = replace(read([path]).spans, attributes=None)
        assert rows(Spans.concat(parts)) == rows(whole)


def test_frame_of_garbage_is_counted_and_the_next_one_read(tmp_path: Path) -> None:
    path = tmp_path / "spans.otlp"
    follower = Follower(tmp_path)
    append(path, FRAMES[0] + wire.frames(b"\x0a\xff"))
    assert len(follower.poll()) == 1
    append(path, FRAMES[1])
    assert len(follower.poll()) == 1
    assert follower.issues.by_kind() == {IssueKind.UNDECODABLE_RECORD: 1}
    (count,) = follower.issues
    assert count.examples[0].where == "spans.otlp:frame 2"
