"""Attributes by reference: what is kept, what is not, and that no order matters."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.model.attributes import (
    MOST_KEYS,
    MOST_VALUES,
    AttributeBuilder,
    Attributes,
    Keep,
    has_query,
    keep,
)

Described = dict[str, str]
KEYS = st.sampled_from(("http.route", "db.system", "zone", "user.tier"))
SPANS = st.lists(st.dictionaries(KEYS, st.text(max_size=3), max_size=4), max_size=30)


def built(spans: list[Described]) -> Attributes:
    builder = AttributeBuilder()
    for span in spans:
        builder.add(span.items())
    found = builder.build()
    assert found is not None
    return found


def spelled(found: Attributes | None) -> list[Described]:
    assert found is not None
    return [
        dict(found.pairs[p] for p in found.pair[slice(*found.offset[s : s + 2])])
        for s in found.set_of
    ]


@given(SPANS)
def test_spans_have_the_attributes_they_were_given(spans: list[Described]) -> None:
    assert spelled(built(spans)) == spans


@given(SPANS)
def test_like_sets_are_one(spans: list[Described]) -> None:
    found = built(spans)
    distinct = {tuple(sorted(span.items())) for span in spans}
    assert found.offset.size - 1 == len(distinct)
    assert len(found.pairs) == len({pair for span in spans for pair in span.items()})


@settings(deadline=None)
@given(SPANS, SPANS, SPANS)
def test_parts_together_are_the_whole(
    one: list[Described], other: list[Described], third: list[Described]
) -> None:
    whole = Attributes.concat([built(one), built(other), built(third)])
    assert spelled(whole) == [*one, *other, *third]
    nested = Attributes.concat([built(one), Attributes.concat([built(other), built(third)])])
    assert spelled(nested) == spelled(whole)
    assert whole is not None
    assert whole.offset.size == built([*one, *other, *third]).offset.size


def test_rows_can_be_taken() -> None:
    found = built([{"a": "1"}, {"a": "2", "b": "3"}, {}])
    assert spelled(found.take(np.array([1, 1, 2]))) == [{"a": "2", "b": "3"}] * 2 + [{}]


def many(key: str, first: int, last: int) -> list[Described]:
    return [{key: f"{i}", "zone": "a"} for i in range(first, last)]


def test_attribute_with_too_many_values_is_left_out_wholly() -> None:
    enough, too_many = many("id", 0, MOST_VALUES), many("id", 0, MOST_VALUES + 1)
    assert spelled(built(enough)) == enough
    found = built(too_many)
    assert spelled(found) == [{"zone": "a"}] * len(too_many)
    assert found.crowded == {"id"}
    assert found.offset.size == 2


def test_what_is_left_out_depends_on_the_whole_and_on_no_order() -> None:
    spans = [*many("id", 0, 900), *many("id", 700, 1_400), *many("few", 0, 50)]
    random.Random(1).shuffle(spans)
    parts = [built(spans[at : at + 400]) for at in range(0, len(spans), 400)]
    one, other = Attributes.concat(parts), Attributes.concat(parts[::-1])
    assert one is not None
    assert other is not None
    assert one.crowded == other.crowded == {"id"}
    assert {key for key, _ in one.pairs} == {"few", "zone"}
    assert set(one.pairs) == set(other.pairs)


def test_what_one_part_left_out_stays_out() -> None:
    whole = Attributes.concat([built(many("id", 0, MOST_VALUES + 1)), built([{"id": "7"}])])
    assert spelled(whole)[-1] == {}


def test_names_made_from_data_leave_nothing() -> None:
    builder = AttributeBuilder()
    for number in range(MOST_KEYS + 1):
        builder.add([(f"key-{number}", "x")])
    assert builder.build() is None
    half = [[{f"{part}-{n}": "x"} for n in range(MOST_KEYS)] for part in "ab"]
    assert Attributes.concat([built(half[0]), built(half[1])]) is None


def test_part_that_kept_none_leaves_none() -> None:
    assert Attributes.concat([built([{"a": "1"}]), None]) is None


@pytest.mark.parametrize(
    "key",
    [
        *("http.request.header.authorization", "password", "db.user.password", "X-Api-Key"),
        *("session.id", "http.request.header.cookie", "aws.secret_access_key", "auth.token"),
        *("http.url", "url.full", "url.query", "PRIVATE_KEY", "set-cookie", "client_credentials"),
    ],
)
def test_what_looks_like_a_secret_is_never_kept(key: str) -> None:
    assert keep(key) is Keep.NEVER
    assert spelled(built([{key: "x", "zone": "a"}])) == [{"zone": "a"}]


@pytest.mark.parametrize(
    "key",
    ["http.route", "db.query.text", "http.response.status_code", "thread.name", "enduser.role"],
)
def test_what_tells_requests_apart_is_kept(key: str) -> None:
    assert keep(key) is Keep.ALWAYS


def test_path_is_kept_unless_it_has_a_query() -> None:
    assert has_query("http.target", "/a?token=1")
    assert not has_query("http.target", "/a")
    assert not has_query("db.statement", "SELECT ?")
    spans = [{"http.target": "/a?token=1"}, {"http.target": "/a", "db.statement": "SELECT ?"}]
    assert spelled(built(spans)) == [{}, spans[1]]
