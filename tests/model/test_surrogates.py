"""Half a character costs that character."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.surrogates import without_halves

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        (rb'"\ud83d\ude00"', "\U0001f600"),
        (rb'"cut \ud83d"', "cut \ufffd"),
        (rb'"\ude00\ud83d"', "\ufffd\ufffd"),
        (rb'"\ud83d\ud83d\ude00"', "\ufffd\U0001f600"),
        (rb'"\\ud83d"', r"\ud83d"),
        (rb'"\\\ud83d"', "\\\ufffd"),
        (rb'"\u0041"', "A"),
    ],
)
def test_halves_become_replacement_characters(text: bytes, whole: str) -> None:
    assert json.loads(without_halves(text)) == whole


@given(ANY_TEXT)
def test_whatever_python_writes_can_be_encoded(text: str) -> None:
    whole = json.loads(without_halves(json.dumps(text).encode()))
    assert whole == text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
