"""What describes spans: the compiled walk, the library's loop and the JSON reader say the same."""

import json
import tempfile
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.model.attributes import LONGEST_VALUE, MOST_ATTRIBUTES, MOST_KEYS, MOST_VALUES
from analyzer.readers.read import read
from tests.readers import wire
from tests.readers.decoding import attributes, by_library, by_walk

Value: TypeAlias = str | int | bool
Described: TypeAlias = list[tuple[str, Value]]

KEYS = st.sampled_from(
    ("zone", "http.route", "http.target", "url.path", "db.statement", "token", "tier", "url.full")
)
VALUES = st.sampled_from(("a", "b", "/x", "/x?q=1", "", "é", "x" * 1_024, "x" * 1_025)) | (
    st.integers(-3, 3) | st.booleans()
)
SPANS = st.lists(st.lists(st.tuples(KEYS, VALUES), max_size=6), max_size=8)


def any_value(value: Value) -> bytes:
    if isinstance(value, bool):
        return wire.whole(2, int(value))
    return wire.whole(3, value) if isinstance(value, int) else wire.text(value)


def protobuf(spans: list[Described]) -> bytes:
    encoded = [
        wire.WireSpan(
            span_id=number.to_bytes(8, "big"),
            extra=tuple(wire.part(9, wire.attribute(key, any_value(v))) for key, v in of),
        ).encoded()
        for number, of in enumerate(spans, 1)
    ]
    return wire.frames(wire.request(encoded))


def json_value(value: Value) -> dict[str, object]:
    if isinstance(value, bool):
        return {"boolValue": value}
    return {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}


def json_line(spans: list[Described]) -> bytes:
    said = [
        {
            "traceId": wire.TRACE.hex(),
            "spanId": f"{number:016x}",
            "name": "GET /",
            "startTimeUnixNano": str(wire.NOON_NS),
            "endTimeUnixNano": str(wire.NOON_NS + 5),
            "attributes": [{"key": key, "value": json_value(v)} for key, v in of],
        }
        for number, of in enumerate(spans, 1)
    ]
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": said}]}]}).encode() + b"\n"


def by_json(spans: list[Described]) -> list[dict[str, str] | None]:
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as file:
        file.write(json_line(spans))
        file.flush()
        found = read([file.name]).spans
    return [attributes(found.attributes, row) for row in range(len(found))]


def three(spans: list[Described]) -> list[list[dict[str, str] | None]]:
    data = protobuf(spans)
    return [by_walk(data).attributes, by_library(data).attributes, by_json(spans)]


@settings(deadline=None, max_examples=150)
@given(SPANS)
def test_walk_library_and_json_agree(spans: list[Described]) -> None:
    walked, looped, told = three(spans)
    assert walked == looped
    assert told == walked


def test_text_numbers_and_flags_are_kept_as_text() -> None:
    for found in three([[("zone", "a"), ("code", 503), ("cached", True), ("n", -1)]]):
        assert found == [{"zone": "a", "code": "503", "cached": "true", "n": "-1"}]


def test_of_a_key_sent_twice_the_last_value_that_can_be_kept_counts() -> None:
    spans: list[Described] = [
        [("zone", "a"), ("tier", "1"), ("zone", "b")],
        [("url.path", "/a"), ("url.path", "/b?q")],
        [("zone", "a"), ("zone", "x" * 1_025)],
    ]
    for found in three(spans):
        assert found == [{"zone": "b", "tier": "1"}, {"url.path": "/a"}, {"zone": "a"}]


def test_secrets_queries_and_documents_are_not_kept() -> None:
    spans: list[Described] = [
        [
            ("http.request.header.authorization", "Bearer x"),
            ("http.target", "/a?key=1"),
            ("url.full", "http://h/a"),
            ("db.statement", "x" * (LONGEST_VALUE + 1)),
            ("zone", "a"),
        ]
    ]
    for found in three(spans):
        assert found == [{"zone": "a"}]


def test_of_many_attributes_the_first_are_looked_at() -> None:
    spans: list[Described] = [[(f"k{i:02}", i) for i in range(MOST_ATTRIBUTES + 5)]]
    for found in three(spans):
        assert found == [{f"k{i:02}": str(i) for i in range(MOST_ATTRIBUTES)}]


def test_attribute_behind_those_that_are_looked_at_names_its_span_still() -> None:
    of: Described = [*((f"k{i}", i) for i in range(MOST_ATTRIBUTES)), ("http.route", "/late")]
    extra = tuple(wire.part(9, wire.attribute(key, any_value(value))) for key, value in of)
    data = wire.frames(wire.request([wire.WireSpan(name=b"GET", extra=extra).encoded()]))
    for decoded in (by_walk(data), by_library(data)):
        assert decoded.rows[0]["operation"] == "GET /late"


@pytest.mark.parametrize("values", [MOST_VALUES, MOST_VALUES + 1])
def test_attribute_with_too_many_values_is_left_out(values: int) -> None:
    spans: list[Described] = [[("id", i), ("zone", "a")] for i in range(values)]
    expected = [{"id": str(i), "zone": "a"} for i in range(values)]
    if values > MOST_VALUES:
        expected = [{"zone": "a"}] * values
    for found in three(spans):
        assert found == expected


def test_names_made_from_data_leave_nothing_and_spans_are_named_still() -> None:
    spans: list[Described] = [[(f"k{i}", "x"), ("http.route", "/r")] for i in range(MOST_KEYS + 2)]
    for found in three(spans):
        assert set(map(str, found)) == {"None"}
    extra = (wire.part(9, wire.attribute("http.route", wire.text("/r"))),)
    many = [
        wire.WireSpan(
            name=b"GET", extra=(wire.part(9, wire.attribute(f"k{i}", wire.text("x"))), *extra)
        ).encoded()
        for i in range(MOST_KEYS + 2)
    ]
    assert {row["operation"] for row in by_walk(wire.frames(wire.request(many))).rows} == {"GET /r"}


def test_many_sequences_fit_into_the_tables() -> None:
    spans: list[Described] = [[("a", i % 97), ("b", i % 89), ("c", i % 83)] for i in range(9_000)]
    data = protobuf(spans)
    assert by_walk(data).attributes == [{key: str(v) for key, v in of} for of in spans]
