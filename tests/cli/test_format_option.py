"""`--format` may name what is read as well as what is printed."""

import json

import pytest

from analyzer.cli.format_option import DUMP_FORMATS, with_input_format
from analyzer.readers.formats import format_names
from tests.cli.command import ROOT, slowhop


def test_every_format_that_can_be_read_is_known() -> None:
    assert set(format_names()) == DUMP_FORMATS


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("replay x --format jaeger", "replay x --input-format jaeger"),
        ("replay x --format=jaeger --format json", "replay x --input-format=jaeger --format json"),
        ("replay x --format json", "replay x --format json"),
        ("replay x --format", "replay x --format"),
        ("live --format json -- --format jaeger", "live --format json -- --format jaeger"),
    ],
)
def test_each_name_is_taken_as_what_it_can_only_be(typed: str, meant: str) -> None:
    assert with_input_format(typed.split()) == meant.split()


def test_the_named_format_wins_over_what_the_file_looks_like() -> None:
    dump = ROOT / "samples" / "shop.otlp"
    ended = slowhop("replay", dump, "--format", "otlp-proto", "--format", "json")
    assert json.loads(ended.out)["run"]["inputs"][0]["format"] == "otlp-proto"
    refused = slowhop("replay", dump, "--format", "zipkin")
    assert refused.code == 2
    assert "zipkin file" in refused.complaint[0]
