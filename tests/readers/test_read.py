"""Which files are read, and what is said about those that cannot be."""

import gzip
import io
import sys
from pathlib import Path

import pytest

from analyzer.errors import InputError, UnreadableTraces
from analyzer.model.issue import IssueKind
from analyzer.readers.read import format_names, read
from tests.readers import wire
from tests.readers.decoding import rows
from tests.readers.wire import WireSpan


def dump(*names: str) -> bytes:
    """A protobuf file with a frame and a span for each name."""
    return wire.frames(*(wire.request([WireSpan(name=n.encode()).encoded()]) for n in names))


def operations(*paths: Path) -> list[object]:
    return [row["operation"] for row in rows(read(list(paths)).spans)]


def test_files_are_read_in_the_order_of_their_paths(tmp_path: Path) -> None:
    a, b = tmp_path / "a.bin", tmp_path / "b.bin"
    a.write_bytes(dump("one", "two"))
    b.write_bytes(dump("three"))
    assert operations(b, a) == ["one", "two", "three"]
    capture = read([b, a])
    assert [(file.path, file.spans) for file in capture.inputs] == [(str(a), 2), (str(b), 1)]
    assert [file.bytes for file in capture.inputs] == [a.stat().st_size, b.stat().st_size]


def test_file_named_twice_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(dump("one"))
    (tmp_path / "sub").mkdir()
    assert operations(path, path, tmp_path / "sub" / ".." / "a.bin") == ["one"]


def test_directory_stands_for_the_traces_in_it(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(dump("one"))
    (tmp_path / "b.bin").write_bytes(dump("two"))
    (tmp_path / "notes.txt").write_text("nothing to see")
    (tmp_path / "empty").touch()
    (tmp_path / ".hidden").write_bytes(dump("hidden"))
    capture = read([tmp_path])
    assert [row["operation"] for row in rows(capture.spans)] == ["one", "two"]
    assert [(count.kind, count.count) for count in capture.issues] == [(IssueKind.NOT_TRACES, 1)]


def test_pattern_stands_for_what_it_matches(tmp_path: Path) -> None:
    for name in ("a.otlp", "b.otlp", "c.txt"):
        (tmp_path / name).write_bytes(dump(name))
    assert operations(tmp_path / "*.otlp") == ["a.otlp", "b.otlp"]


def test_duplicates_stay(tmp_path: Path) -> None:
    path = tmp_path / "twice.bin"
    path.write_bytes(dump("one", "one"))
    assert operations(path) == ["one", "one"]


def test_gzip_is_recognised_by_content(tmp_path: Path) -> None:
    path = tmp_path / "dump.bin"
    path.write_bytes(gzip.compress(dump("one")) + gzip.compress(dump("two")))
    assert operations(path) == ["one", "two"]
    assert read([path]).inputs[0].bytes == path.stat().st_size


def test_gzip_that_is_cut_gives_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "cut.gz"
    path.write_bytes(gzip.compress(dump(*(f"operation {i}" for i in range(500))))[:-20])
    capture = read([path])
    assert 0 < len(capture.spans) <= 500
    assert {count.kind for count in capture.issues} == {IssueKind.TRUNCATED_FILE}


def test_standard_input_is_a_dash(monkeypatch: pytest.MonkeyPatch) -> None:
    content = io.TextIOWrapper(io.BytesIO(gzip.compress(dump("one"))))
    monkeypatch.setattr(sys, "stdin", content)
    capture = read(["-"])
    assert [row["operation"] for row in rows(capture.spans)] == ["one"]
    assert capture.inputs[0].path == "stdin"


def test_progress_ends_at_the_size_of_all_files(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(dump(name))
    read([tmp_path], progress=lambda done, total: told.append((done, total)))
    size = sum((tmp_path / name).stat().st_size for name in ("a", "b"))
    assert told[-1] == (size, size)
    assert told == sorted(told)


def test_cut_last_frame_is_counted_and_the_rest_read(tmp_path: Path) -> None:
    path = tmp_path / "cut.bin"
    path.write_bytes(dump("one", "two")[:-3])
    capture = read([path])
    assert [row["operation"] for row in rows(capture.spans)] == ["one"]
    assert [(count.kind, count.count) for count in capture.issues] == [
        (IssueKind.TRUNCATED_FILE, 1)
    ]


def test_frame_of_garbage_is_counted_by_its_number(tmp_path: Path) -> None:
    path = tmp_path / "bad.bin"
    path.write_bytes(dump("one") + wire.frames(b"\x0a\xff") + dump("two"))
    capture = read([path])
    assert [row["operation"] for row in rows(capture.spans)] == ["one", "two"]
    (count,) = capture.issues
    assert (count.kind, count.examples[0].where) == (
        IssueKind.UNDECODABLE_RECORD,
        f"{path}:frame 2",
    )


def test_corrupt_length_ends_the_file_and_is_told(tmp_path: Path) -> None:
    path = tmp_path / "bad.bin"
    path.write_bytes(dump("one") + b"\xff\xff\xff\xff" + dump("two"))
    capture = read([path])
    assert [row["operation"] for row in rows(capture.spans)] == ["one"]
    (count,) = capture.issues
    assert count.kind is IssueKind.TRUNCATED_FILE
    assert f"{len(dump('two')) + 4} bytes" in count.examples[0].detail


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"name,duration\na,5\n", "not a trace file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "not a trace file"),
        (b"\x7fELF" + bytes(50), "not a trace file"),
        (b'{"name": "x", "version": 1}', "JSON, but not a trace format"),
        (b"[1, 2, 3]", "JSON, but not a trace format"),
        (b"\x1f\x8b\x08\x00\x00", "damaged compressed file"),
        (wire.frames(wire.request([WireSpan(trace_id=b"http.server.duration").encoded()])), "id"),
    ],
    ids=["empty", "csv", "png", "elf", "json", "json-list", "gzip", "metrics"],
)
def test_file_without_traces_is_refused_with_a_reason(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "input"
    path.write_bytes(content)
    with pytest.raises(UnreadableTraces, match=said) as refused:
        read([path])
    assert str(path) in refused.value.message
    assert refused.value.hint


def test_path_that_leads_nowhere_is_an_input_error(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.json", tmp_path / "*.json", tmp_path / "a" / "b"):
        with pytest.raises(InputError, match=r"no such file|nothing matches"):
            read([path])


def test_empty_directory_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing to read"):
        read([tmp_path])


def test_no_path_is_an_input_error() -> None:
    with pytest.raises(InputError, match="no input"):
        read([])


def test_unknown_format_is_an_input_error_that_lists_the_known(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(dump("one"))
    with pytest.raises(InputError, match="unknown format: xml") as refused:
        read([path], format_name="xml")
    assert all(name in refused.value.hint for name in format_names())
    assert len(read([path], format_name="otlp-proto").spans) == 1


def test_wrong_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(dump("one"))
    for name in ("otlp-jsonl", "otlp-json"):
        with pytest.raises(UnreadableTraces, match="no usable span"):
            read([path], format_name=name)
