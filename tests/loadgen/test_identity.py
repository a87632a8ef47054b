import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadgen.identity import (
    IdSource,
    SpanIdentity,
    has_traceparent,
    own_traceparent,
    parse_traceparent,
)

IDENTITIES = st.builds(SpanIdentity, st.integers(1, 2**128 - 1), st.integers(1, 2**64 - 1))


@given(IDENTITIES)
def test_a_header_reads_back_as_the_same_span(identity: SpanIdentity) -> None:
    assert parse_traceparent(identity.header()) == identity
    assert len(identity.header()) == 55


def test_ids_differ_even_where_the_locustfile_seeds_random() -> None:
    drawn = []
    for _ in range(2):
        random.seed(1)
        source = IdSource()
        drawn += [source.next() for _ in range(100)]
    assert len({identity.trace_id for identity in drawn}) == 200
    assert len({identity.span_id for identity in drawn}) == 200


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
    identity = parse_traceparent(text)
    assert identity is not None
    assert identity.span_id == 0xB7AD6B7169203331


def test_a_header_is_found_in_any_case_and_as_bytes() -> None:
    value = SpanIdentity(1, 2).header()
    for headers in ({"TraceParent": value}, {b"traceparent": value.encode()}):
        assert has_traceparent(headers)
        assert own_traceparent(headers) == SpanIdentity(1, 2)
    assert not has_traceparent({"tracestate": "a=b"})


def test_a_header_set_to_none_is_switched_off_not_replaced() -> None:
    assert has_traceparent({"traceparent": None})
    assert own_traceparent({"traceparent": None}) is None
