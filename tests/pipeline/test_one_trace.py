"""One request as a person looks at it."""

import pytest

from analyzer.errors import InputError
from analyzer.model.builder import SpanBuilder, SpanRow
from analyzer.model.naming import ProcessNames, SpanNames
from analyzer.model.spans import Spans
from analyzer.model.waterfall import Waterfall
from analyzer.pipeline.contributions import NOTHING_LEARNED, Prepared, prepare
from analyzer.pipeline.one_trace import find_trace, look_at, steps, waterfall
from analyzer.repair.steps import RepairOptions
from tests.pipeline.written import MS, spans_of

SHOP = """
    locust: GET / (client) 0-100
      web: GET / (server) 10-90
        web: GET prices (client) 20-50 -> prices.local
          pricing: GET prices (server) 25-45
        web: SELECT (client) 50-80 -> db
        web: log (internal) 55-60
"""


def prepared(spans: Spans) -> Prepared:
    return prepare(spans, RepairOptions())


def with_ids(*ids: int) -> Prepared:
    """One span in each trace of these ids."""
    builder = SpanBuilder()
    for number, trace_id in enumerate(ids, 1):
        builder.add(
            SpanRow(
                trace_id=trace_id,
                span_id=number,
                parent_id=0,
                start_ns=0,
                end_ns=number,
                kind=1,
                status=0,
                process=ProcessNames(service="a", instance=""),
                names=SpanNames(operation="x", peer="", protocol=""),
            )
        )
    return prepared(builder.build())


ABC = 0xABC0_0000_0000_0000_0000_0000_0000_0001
ABD = 0xABD0_0000_0000_0000_0000_0000_0000_0002
SHORT = 0x00AB


@pytest.mark.parametrize(
    ("digits", "trace"),
    [
        ("abc", 0),
        ("ABD", 1),
        (f"{ABC:032x}", 0),
        (f" {ABD:032x}\n", 1),
        ("abd0000000000000000", 1),
        ("00000000000000000000000000000000"[:30], 2),
        ("ab", None),
    ],
)
def test_a_trace_is_found_by_its_first_digits(digits: str, trace: int | None) -> None:
    known = with_ids(ABC, ABD, SHORT)
    if trace is None:
        with pytest.raises(InputError, match="2 traces begin with ab"):
            find_trace(known, digits)
    else:
        assert find_trace(known, digits) == trace


def test_a_64_bit_id_is_found_without_its_leading_zeros() -> None:
    assert find_trace(with_ids(ABC, 0xFEED), "feed") == 1
    assert find_trace(with_ids(ABC, 0xFEED), f"{0xFEED:016x}") == 1


@pytest.mark.parametrize("digits", ["", "xyz", "0x12", "1" * 33, "7"])
def test_what_names_no_trace(digits: str) -> None:
    with pytest.raises(InputError) as caught:
        find_trace(with_ids(ABC), digits)
    assert caught.value.hint


def drawn() -> Waterfall:
    return waterfall(look_at(prepared(spans_of(SHOP)), 0, NOTHING_LEARNED))


def test_a_waterfall_has_parents_before_children_and_siblings_by_start() -> None:
    assert [(s.depth, s.service, s.operation) for s in drawn().spans] == [
        (0, "locust", "GET /"),
        (1, "web", "GET /"),
        (2, "web", "GET prices"),
        (3, "pricing", "GET prices"),
        (2, "web", "SELECT"),
        (2, "web", "log"),
    ]


def test_own_time_on_the_path_sums_to_the_request() -> None:
    picture = drawn()
    assert [s.own_ns // MS for s in picture.spans] == [20, 20, 10, 20, 30, 0]
    assert sum(s.own_ns for s in picture.spans) == picture.end_ns - picture.start_ns
    for span in picture.spans:
        assert sum(p.end_ns - p.start_ns for p in span.pieces) == span.own_ns


def test_calls_say_whom_they_reach() -> None:
    assert [s.hop_to for s in drawn().spans] == ["web", None, "pricing", None, "db", None]


def test_steps_leave_out_calls_that_were_answered() -> None:
    one = look_at(prepared(spans_of(SHOP)), 0, NOTHING_LEARNED)
    assert steps(one) == ("locust GET /", "web GET /", "pricing GET prices", "db SELECT")


def test_a_trace_of_nothing_but_a_circle_is_refused_in_plain_words() -> None:
    builder = SpanBuilder()
    for span_id, parent_id in ((1, 2), (2, 1)):
        builder.add(
            SpanRow(
                trace_id=1,
                span_id=span_id,
                parent_id=parent_id,
                start_ns=0,
                end_ns=10,
                kind=1,
                status=0,
                process=ProcessNames(service="a", instance=""),
                names=SpanNames(operation="x", peer="", protocol=""),
            )
        )
    with pytest.raises(InputError, match="circle"):
        look_at(prepared(builder.build()), 0, NOTHING_LEARNED)
