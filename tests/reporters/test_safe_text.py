"""Names from traces are shown, never obeyed."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from analyzer.reporters.terminal.safe_text import (
    LONGEST_NAME,
    in_sentence,
    safe,
    safe_text,
    shorten,
)
from tests.reporters.screen import assert_harmless, shown

ANY_TEXT = st.text(st.characters(exclude_categories=()))
"""Lone surrogates included: they come from broken JSON."""


@pytest.mark.parametrize(
    ("name", "visible"),
    [
        ("payment", "payment"),
        ("GET /products/<id>", "GET /products/<id>"),
        ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
        ("\x1b]0;title\x07", "␛]0;title␇"),
        ("a\nb\r\nc\td", "a␊b␍␊c␉d"),
        ("nul\x00del\x7f", "nul␀del␡"),
        ("csi \x9b31m", r"csi \x9b31m"),
        ("safe\u202egpj.exe", r"safe\u202egpj.exe"),
        ("a\u2066b\u2069", r"a\u2066b\u2069"),
        ("pay\u200bment", r"pay\u200bment"),
        ("\ufeffbom", r"\ufeffbom"),
        ("line\u2028para\u2029", r"line\u2028para\u2029"),
        ("no\u00a0break", r"no\xa0break"),
        ("half \ud800", r"half \ud800"),
        ("tag \U000e0041", r"tag \U000e0041"),
        ("heart \u2764\ufe0f", r"heart ❤\ufe0f"),
        ("blank \u3164", r"blank \u3164"),
        ("ünïcode-服务", "ünïcode-服务"),
        ("e\u0301", "e\u0301"),
        ("\u0301e", r"\u0301e"),
        ("[bold]x[/bold]", "[bold]x[/bold]"),
        ("", "(no name)"),
        ("   ", "(no name)"),
    ],
)
def test_every_character_of_a_name_is_visible_and_none_acts(name: str, visible: str) -> None:
    assert safe(name) == visible


def test_stacked_marks_do_not_paint_over_the_lines_around() -> None:
    stacked = "a" + "\u0301" * 50
    assert safe(stacked) == "a\u0301\u0301\u0301" + r"\u0301" * 47


def test_name_of_megabytes_is_cut_before_it_is_looked_at() -> None:
    name = "head" + "x" * 5_000_000 + "tail"
    assert len(safe(name)) == LONGEST_NAME + 1
    assert safe(name).startswith("head")
    assert safe(name).endswith("tail")


def test_markup_in_a_name_stays_a_part_of_the_name() -> None:
    assert shown(safe_text("[red]x[/red] :smile: https://x")) == "[red]x[/red] :smile: https://x\n"


@given(ANY_TEXT)
def test_a_safe_name_is_one_line_of_visible_characters(name: str) -> None:
    text = safe(name)
    assert text
    assert "\n" not in text
    assert_harmless(text, cell_len(text))
    text.encode("utf-8")


@given(ANY_TEXT)
def test_what_is_safe_stays_as_it_is(name: str) -> None:
    if len(safe(name)) <= LONGEST_NAME:
        assert safe(safe(name)) == safe(name)


@pytest.mark.parametrize(
    ("name", "width", "short"),
    [
        ("payment", 7, "payment"),
        ("payment", 6, "pay…nt"),
        ("checkout-service-v2", 11, "check…ce-v2"),
        ("payment", 2, "p…"),
        ("payment", 1, "…"),
        ("payment", 0, ""),
        ("订单处理服务", 12, "订单处理服务"),
        ("订单处理服务", 9, "订单…服务"),
        ("订单处理服务", 8, "订单…务"),
    ],
)
def test_long_name_keeps_both_its_ends(name: str, width: int, short: str) -> None:
    assert shorten(name, width) == short


@given(ANY_TEXT, st.integers(0, 60))
def test_shortened_name_fits_and_begins_no_line_with_a_mark(name: str, width: int) -> None:
    short = shorten(safe(name), width)
    assert cell_len(short) <= width
    _, cut, tail = short.rpartition("…")
    if cut and tail and short != safe(name):
        assert not unicodedata.category(tail[0]).startswith("M")


def test_hop_in_a_sentence_names_both_ends() -> None:
    assert in_sentence("gateway", "search") == "gateway → search"
    assert cell_len(in_sentence("x" * 300, "y" * 300)) == 83
