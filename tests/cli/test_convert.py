"""slowhop convert, as a person types it."""

import gzip
import json
from pathlib import Path

import pytest
import zstandard

from tests.cli.command import ROOT, as_process, slowhop

SHOP = ROOT / "samples" / "shop.otlp"
FORMATS = ("otlp-json", "otlp-proto", "jaeger", "parquet")


def report_of(path: Path) -> dict[str, object]:
    """What is said of a dump, but for where it is from."""
    ended = slowhop("export", path)
    assert ended.code == 0
    report: dict[str, object] = json.loads(ended.out)
    del report["run"]
    return report


@pytest.mark.parametrize("to", FORMATS)
def test_the_report_stays_the_same(to: str, tmp_path: Path) -> None:
    ended = slowhop("convert", SHOP, "--to", to, tmp_path / "out")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err == f"320 spans written to {tmp_path / 'out'}\n"
    assert report_of(tmp_path / "out") == report_of(SHOP)


@pytest.mark.parametrize("over", FORMATS)
def test_there_and_back_is_as_before(over: str, tmp_path: Path) -> None:
    slowhop("convert", SHOP, "--to", over, tmp_path / "there")
    slowhop("convert", tmp_path / "there", "--to", "otlp-proto", tmp_path / "back")
    assert report_of(tmp_path / "back") == report_of(SHOP)


def test_names_say_how_it_is_compressed(tmp_path: Path) -> None:
    plain, zipped, zstd = (tmp_path / name for name in ("a", "a.gz", "a.zst"))
    for path in (plain, zipped, zstd):
        assert slowhop("convert", SHOP, "--to", "otlp-json", path).code == 0
    assert gzip.decompress(zipped.read_bytes()) == plain.read_bytes()
    unpacked = zstandard.ZstdDecompressor().decompressobj().decompress(zstd.read_bytes())
    assert unpacked == plain.read_bytes()


def test_pipes_at_both_ends(tmp_path: Path) -> None:
    out = as_process("convert", SHOP, "--to", "otlp-json", "-")
    assert out.code == 0
    assert out.err == "320 spans written to standard output\n"
    text = out.out.encode()
    ended = slowhop("convert", "-", "--to", "otlp-proto", tmp_path / "b", stdin=text)
    assert ended.code == 0
    assert (tmp_path / "b").read_bytes() == SHOP.read_bytes()


def test_bad_records_are_told_and_the_rest_is_written(tmp_path: Path) -> None:
    lines = (ROOT / "samples" / "shop.jsonl").read_text().splitlines()
    bad = tmp_path / "bad.jsonl"
    bad.write_text("\n".join([lines[0], '{"resourceSpans":[{]}', *lines[1:], ""]))
    ended = slowhop("convert", bad, "--to", "parquet", tmp_path / "out")
    assert ended.code == 5
    first, warning = ended.err.splitlines()
    assert first.startswith("320 spans")
    assert f"first {bad}:2" in warning


def test_spans_without_ids_have_no_place_in_columns_of_ids(tmp_path: Path) -> None:
    trap = ROOT / "samples" / "traps" / "otlp-json-empty-ids.jsonl"
    ended = slowhop("convert", trap, "--to", "parquet", tmp_path / "out")
    assert ended.code == 5
    assert "1 spans without usable ids" in ended.err
    assert slowhop("convert", trap, "--to", "otlp-proto", tmp_path / "out").code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((SHOP, "--to", "xml", "out"), "cannot write 'xml'"),
        ((SHOP, "--to", "jaeger", "no/such/out"), "there is no directory"),
        ((SHOP, "--to", "jaeger", "."), "is a directory"),
        (("missing", "--to", "jaeger", "out"), "no such file"),
        ((__file__, "--to", "jaeger", "out"), "not a trace file"),
    ],
)
def test_what_cannot_be_done_is_said_in_two_lines(
    arguments: tuple[str | Path, ...], said: str, tmp_path: Path
) -> None:
    ended = slowhop("convert", *arguments, cwd=tmp_path)
    assert ended.code == 2
    assert said in ended.complaint[0]
    assert not list(tmp_path.iterdir())


def test_a_file_is_not_written_over_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "shop.otlp"
    path.write_bytes(SHOP.read_bytes())
    ended = slowhop("convert", path, "--to", "otlp-json", path)
    assert ended.code == 2
    assert "both read and written" in ended.complaint[0]
    assert path.read_bytes() == SHOP.read_bytes()
