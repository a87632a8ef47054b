"""Finding requests by what is in them."""

import pytest

from analyzer.model.waterfall import TraceSummary
from analyzer.pipeline.search import Query, search
from tests.pipeline.written import MS, contributions_of, trace_id

FAST = """
    web: GET / (server) 0-10
      web: SELECT (client) 1-3 -> db
"""
SLOW = """
    web: GET /cart (server) 0-90
      web: GET prices (client) 10-80 -> prices.local
        pricing: GET prices (server) 12-78
"""
FAILED = """
    web: GET / (server) 0-50
      web: SELECT (client) 10-20 -> db !
"""
FOUND = contributions_of(FAST, SLOW, FAILED)


def numbers(query: Query, *, limit: int = 10) -> list[int]:
    ids = [row.trace_id for row in search(FOUND, query, limit=limit)]
    return [number for found in ids for number in (1, 2, 3) if trace_id(number) == found]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (Query(), [2, 3, 1]),
        (Query(service="pricing"), [2]),
        (Query(service="pric"), []),
        (Query(service="*pric*"), [2]),
        (Query(service="*PRIC*"), [2]),
        (Query(operation="SELECT"), [3, 1]),
        (Query(operation="*GET*"), [2, 3, 1]),
        (Query(service="pricing", operation="SELECT"), []),
        (Query(service="web", operation="SELECT"), [3, 1]),
        (Query(slower_than_ns=50 * MS), [2]),
        (Query(faster_than_ns=50 * MS), [1]),
        (Query(slower_than_ns=10 * MS, faster_than_ns=90 * MS), [3]),
        (Query(slower_than_ns=0, faster_than_ns=0), []),
        (Query(errors=True), [3]),
        (Query(service="pricing", errors=True), []),
    ],
)
def test_queries(query: Query, expected: list[int]) -> None:
    assert numbers(query) == expected


def test_the_limit_keeps_the_slowest() -> None:
    assert numbers(Query(), limit=1) == [2]


def test_a_row_says_what_a_person_needs_to_choose() -> None:
    slow = search(FOUND, Query(service="pricing"), limit=1)
    assert slow == (
        TraceSummary(
            trace_id=trace_id(2),
            endpoint="GET /cart",
            service="web",
            start_ns=0,
            duration_ns=90 * MS,
            spans=3,
            services=2,
            errors=0,
            slowest_part="pricing",
        ),
    )


def test_nothing_to_search_in() -> None:
    assert search(contributions_of(), Query(service="web"), limit=5) == ()
