import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadgen.identity import (
    IdSource,
    has_traceparent,
    is_sampled,
    own_traceparent,
    parse_traceparent,
    span_id_of,
    trace_id_of,
)


@given(trace=st.integers(1, 2**128 - 1), span=st.integers(1, 2**64 - 1), sampled=st.booleans())
def test_a_header_says_which_span_it_is_and_whether_to_record(
    trace: int, span: int, *, sampled: bool
) -> None:
    own = f"00-{trace:032x}-{span:016x}-{sampled:02x}"
    assert parse_traceparent(own) == own
    assert int.from_bytes(trace_id_of(own), "big") == trace
    assert int.from_bytes(span_id_of(own), "big") == span
    assert is_sampled(own) == sampled


@pytest.mark.parametrize("bits", [0, 2**192 - 1, 1 << 191, 1])
def test_a_new_span_is_valid_whatever_is_drawn(bits: int) -> None:
    new = IdSource(lambda _count: bits).next()
    assert parse_traceparent(new) == new
    assert is_sampled(new)


def test_ids_differ_even_where_the_locustfile_seeds_random() -> None:
    drawn = []
    for _ in range(2):
        random.seed(1)
        source = IdSource()
        drawn += [source.next() for _ in range(100)]
    assert len({trace_id_of(traceparent) for traceparent in drawn}) == 200
    assert len({span_id_of(traceparent) for traceparent in drawn}) == 200


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
    ],
)
def test_what_the_standard_calls_invalid_names_no_span(text: str) -> None:
    assert parse_traceparent(text) is None


def test_a_later_version_may_say_more() -> None:
    text = "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more"
    assert parse_traceparent(text) == "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_a_header_is_found_in_any_case_and_as_bytes() -> None:
    value = IdSource().next()
    for headers in ({"TraceParent": value}, {b"traceparent": value.encode()}):
        assert has_traceparent(headers)
        assert own_traceparent(headers) == value
    assert not has_traceparent({"tracestate": "a=b"})


def test_a_header_set_to_none_is_switched_off_not_replaced() -> None:
    assert has_traceparent({"traceparent": None})
    assert own_traceparent({"traceparent": None}) is None
