"""What every reader must do, whatever its format: one set of tests for all of them."""

import gzip
import io
import sys
from pathlib import Path

import pytest
import zstandard

from analyzer.errors import UnreadableTraces
from analyzer.model.issue import Issues
from analyzer.model.run import Capture
from analyzer.pipeline.analyze import RunName, analyze
from analyzer.readers.formats import format_names, readers
from analyzer.readers.namer import Namer
from analyzer.readers.read import read
from analyzer.readers.read_requests import read_requests
from tests.readers.decoding import described, links, rows
from tests.readers.shop import NAMES, write_shop

FORMATS = format_names()
TEXT_FORMATS = tuple(name for name in FORMATS if name not in ("otlp-proto", "parquet"))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the shop's dump in every format."""
    directory = tmp_path_factory.mktemp("shop")
    write_shop(directory)
    return directory


@pytest.fixture(scope="module")
def lines(shop: Path) -> Capture:
    """The shop as OTLP JSON lines have it: what all others are compared with."""
    return read([shop / NAMES["otlp-jsonl"]])


def same_spans(capture: Capture, other: Capture) -> bool:
    one, two = capture.spans, other.spans
    return (rows(one), links(one), described(one)) == (rows(two), links(two), described(two))


def read_or_refuse(path: Path, format_name: str | None = None) -> Capture | None:
    """What is read; None if it is refused, in words that name the file and a way out."""
    try:
        return read([path], format_name=format_name)
    except UnreadableTraces as refused:
        told = (str(path) in refused.message, bool(refused.hint))
    assert told == (True, True)
    return None


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_spans_come_out(name: str, shop: Path, lines: Capture) -> None:
    capture = read([shop / NAMES[name]])
    assert capture.inputs[0].format == name
    assert capture.inputs[0].bytes == (shop / NAMES[name]).stat().st_size
    assert capture.issues == ()
    assert len(capture.spans) > 200
    assert same_spans(capture, lines)


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_report_comes_out(name: str, shop: Path, lines: Capture) -> None:
    run = RunName(id="shop", command="replay")
    report = analyze(read([shop / NAMES[name]]), name=run)
    expected = analyze(lines, name=run)
    assert report.model_dump(exclude={"run"}) == expected.model_dump(exclude={"run"})


@pytest.mark.parametrize("name", FORMATS)
def test_only_its_own_reader_recognises_it(name: str, shop: Path) -> None:
    head = (shop / NAMES[name]).read_bytes()[: 1 << 16]
    recognised = [reader.name for reader in readers(Namer()) if reader.recognizes(head)]
    # One line is one body too; which of the two reads it makes no difference.
    assert recognised[0] == name or {name, recognised[0]} == {"otlp-json", "otlp-jsonl"}
    assert set(recognised) <= {name, "otlp-json"}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("compress", [gzip.compress, zstandard.compress], ids=["gz", "zst"])
def test_it_may_be_compressed_and_called_anything(
    name: str, compress: object, shop: Path, lines: Capture, tmp_path: Path
) -> None:
    assert callable(compress)
    path = tmp_path / "dump"
    path.write_bytes(compress((shop / NAMES[name]).read_bytes()))
    capture = read([path])
    assert capture.inputs[0].format == name
    assert same_spans(capture, lines)


@pytest.mark.parametrize("name", FORMATS)
def test_it_may_come_from_standard_input(
    name: str, shop: Path, lines: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = io.BytesIO((shop / NAMES[name]).read_bytes())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(content))
    assert same_spans(read(["-"]), lines)


@pytest.mark.parametrize("name", FORMATS)
def test_it_is_read_when_its_format_is_named(name: str, shop: Path, lines: Capture) -> None:
    assert same_spans(read([shop / NAMES[name]], format_name=name), lines)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("other", FORMATS)
def test_as_another_format_it_is_refused_or_reads_alike(
    name: str, other: str, shop: Path, lines: Capture
) -> None:
    capture = read_or_refuse(shop / NAMES[name], format_name=other)
    assert capture is None or same_spans(capture, lines)


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_not_traces_is_refused_with_a_hint(name: str, tmp_path: Path) -> None:
    for number, content in enumerate((b"", b"\0" * 99, b"nothing", b'{"a":[1]}', b"[[[", b'"')):
        path = tmp_path / str(number)
        path.write_bytes(content)
        with pytest.raises(UnreadableTraces) as refused:
            read([path], format_name=name)
        assert str(path) in refused.value.message
        assert refused.value.hint


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("share", [0.31, 0.87, 0.999])
def test_a_cut_file_gives_what_it_has_or_says_why_not(
    name: str, share: float, shop: Path, lines: Capture, tmp_path: Path
) -> None:
    whole = (shop / NAMES[name]).read_bytes()
    path = tmp_path / "cut"
    path.write_bytes(whole[: int(len(whole) * share)])
    capture = read_or_refuse(path)
    if capture is None:
        # Its index stands at its end.
        assert name == "parquet"
        return
    expected = rows(lines.spans)
    assert rows(capture.spans) == expected[: len(capture.spans)]
    assert capture.issues


@pytest.mark.parametrize("name", FORMATS)
def test_requests_hold_the_same_spans(name: str, shop: Path) -> None:
    issues = Issues()
    spans = [
        (span.trace_id.hex(), span.span_id.hex(), span.name, span.start_time_unix_nano)
        for request in read_requests([shop / NAMES[name]], issues)
        for resource_spans in request.resource_spans
        for scope_spans in resource_spans.scope_spans
        for span in scope_spans.spans
    ]
    assert not issues
    spans_of_lines = rows(read([shop / NAMES["otlp-jsonl"]]).spans)
    assert sorted(start for *_, start in spans) == sorted(row["start_ns"] for row in spans_of_lines)  # type: ignore[type-var]  # they are numbers
    assert len(set(spans)) == len(spans_of_lines)
