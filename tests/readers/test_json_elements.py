"""A JSON text cut into elements, whatever the pieces it comes in."""

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.readers.json_elements import Element, ElementSplitter
from tests.readers.damage import pieces

KEYS = st.text(st.characters(codec="ascii", exclude_characters='"\\', exclude_categories=["Cc"]))
SCALARS = st.none() | st.booleans() | st.integers() | st.text('a"\\{}[],:\n\u00e9', max_size=6)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=30,
)
CONTAINERS = st.lists(VALUES, max_size=4) | st.dictionaries(KEYS, VALUES, max_size=4)


def cut(text: bytes, chance: Random, *, whole: bool = False) -> list[Element]:
    splitter = ElementSplitter(whole=whole)
    found = [element for piece in pieces(text, chance) for element in splitter.split(piece)]
    assert splitter.is_complete
    return found


def by_definition(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:  # noqa: ANN401  any JSON
    """Objects and arrays in the first array on the way inwards."""
    if isinstance(value, list):
        yield from ((path, item) for item in value if isinstance(item, list | dict))
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from by_definition(item, (*path, name))


@settings(deadline=None)
@given(
    documents=st.lists(CONTAINERS, max_size=3),
    indent=st.sampled_from((None, 1)),
    chance=st.randoms(use_true_random=False),
)
def test_elements_are_what_stands_in_the_first_array(
    documents: list[Any], indent: int | None, chance: Random
) -> None:
    text = "\n".join(json.dumps(d, indent=indent, ensure_ascii=False) for d in documents).encode()
    found = cut(text, chance)
    expected = [element for document in documents for element in by_definition(document)]
    assert [(element.path, json.loads(element.text)) for element in found] == expected
    for element in found:
        before = text[: text.index(element.text)].count(b"\n") + 1
        assert before <= element.line <= text.count(b"\n") + 1


@settings(deadline=None)
@given(st.lists(CONTAINERS, max_size=4), st.randoms(use_true_random=False))
def test_whole_values_are_cut_from_each_other(documents: list[Any], chance: Random) -> None:
    text = " ,\n".join(json.dumps(document) for document in documents).encode()
    found = cut(text, chance, whole=True)
    assert [json.loads(element.text) for element in found] == documents
    assert [element.line for element in found] == list(range(1, len(documents) + 1))


def test_names_of_fields_lead_to_elements() -> None:
    text = b'{"a": {"b": [{"x": 1}, 5, [2]], "c": {}}, "d": [{}], "e": []}'
    found = cut(text, Random(0))
    assert [(element.path, element.text) for element in found] == [
        (("a", "b"), b'{"x": 1}'),
        (("a", "b"), b"[2]"),
        (("d",), b"{}"),
    ]
    assert [element.number for element in found] == [1, 2, 3]


def test_lines_are_counted_from_the_beginning_of_the_file() -> None:
    text = b'{"data":\n[\n{"a":\n1},\n\n{"b":2}]}\n{"data":[{}]}'
    assert [element.line for element in cut(text, Random(1))] == [3, 6, 7]


@pytest.mark.parametrize("text", [b'{"a":[{"b":1}', b'[{"a":"', b"{", b'["\\'])
def test_text_that_ends_early_is_not_complete(text: bytes) -> None:
    splitter = ElementSplitter()
    list(splitter.split(text))
    assert not splitter.is_complete


def test_a_bracket_that_closes_nothing_ends_it() -> None:
    splitter = ElementSplitter()
    assert [element.text for element in splitter.split(b"[{}]] [{}]")] == [b"{}"]
    assert "closes nothing" in splitter.problem
    assert list(splitter.split(b"[{}]")) == []


def test_deep_nesting_takes_no_stack() -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    assert [len(element.text) for element in cut(deep, Random(2))] == [len(deep) - 2]
    objects = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    assert cut(objects, Random(2)) == []
