"""Ranked rows: what adds most to the requests, first."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.attribution.contributions import Contributions
from analyzer.ranking.owners import find_owners
from analyzer.ranking.rank import ENOUGH_REQUESTS, Ranking, rank, tail_mask
from tests.pipeline.written import contributions_of, trace_id

SHOP = """
    locust: GET / (client) 0-100
      web: GET / (server) 10-90
        web: GET prices (client) 20-50 -> prices.local
          pricing: GET prices (server) 25-45
        web: SELECT (client) 50-80 -> db
"""
PLAIN = """
    locust: GET / (client) 0-20
      web: GET / (server) 0-20
"""


def ranking_of(found: Contributions) -> Ranking:
    return rank(found, find_owners(found.entities, found.cells), tail_mask(found))


def shares(ranking: Ranking) -> dict[str, float]:
    """Shares of services and hops, by their names."""
    of = {row.service: row.contribution.share for row in ranking.services}
    return of | {f"{h.caller} → {h.callee}": h.contribution.share for h in ranking.hops}


def test_every_part_of_a_request_has_its_share() -> None:
    assert shares(ranking_of(contributions_of(SHOP))) == pytest.approx(
        {
            "db": 0.30,
            "locust → web": 0.20,
            "web": 0.20,
            "pricing": 0.20,
            "web → pricing": 0.10,
        }
    )


def test_rows_are_ranked_by_what_they_add_and_then_by_name() -> None:
    ranking = ranking_of(contributions_of(SHOP))
    assert [(row.rank, row.service) for row in ranking.services] == [
        (1, "db"),
        (2, "pricing"),
        (3, "web"),
    ]
    assert [row.inferred for row in ranking.services] == [True, False, False]


def test_a_request_that_does_not_use_something_counts_as_zero() -> None:
    ranking = ranking_of(contributions_of(SHOP, PLAIN))
    (db,) = [row for row in ranking.services if row.service == "db"]
    assert db.contribution.mean_ms == 15.0
    assert db.contribution.p50_ms == 15.0
    assert db.contribution.share == pytest.approx(30 / 120)
    assert db.calls_per_request == 0.5


def test_a_service_is_called_as_often_as_it_is_entered() -> None:
    twice = """
        web: GET / (server) 0-100
          web: render (internal) 10-90
            web: GET prices (client) 20-40 -> prices.local
              pricing: GET prices (server) 25-35
                pricing: compute (internal) 26-34
            web: GET prices (client) 40-60 -> prices.local
              pricing: GET prices (server) 45-55 !
    """
    ranking = ranking_of(contributions_of(twice))
    calls = {row.service: (row.calls_per_request, row.errors) for row in ranking.services}
    assert calls == {"web": (1.0, 0), "pricing": (2.0, 1)}
    (hop,) = ranking.hops
    assert hop.calls_per_request == 2.0


def test_few_requests_are_said_to_be_few() -> None:
    few = ranking_of(contributions_of(*[SHOP] * (ENOUGH_REQUESTS - 1)))
    enough = ranking_of(contributions_of(*[SHOP] * ENOUGH_REQUESTS))
    assert not any(row.enough_data for row in (*few.services, *few.hops))
    assert all(row.enough_data for row in (*enough.services, *enough.hops))


def test_exemplars_are_the_requests_in_which_the_row_weighs_most() -> None:
    longer = SHOP.replace("50-80", "50-88")
    ranking = ranking_of(contributions_of(SHOP, longer, SHOP))
    (db,) = [row for row in ranking.services if row.service == "db"]
    assert db.exemplars[0] == trace_id(2)


def test_the_tail_share_is_that_of_the_slow_requests_alone() -> None:
    slow = SHOP.replace("50-80", "50-480").replace("0-100", "0-500").replace("10-90", "10-490")
    ranking = ranking_of(contributions_of(*[SHOP] * 30, slow))
    (db,) = [row for row in ranking.services if row.service == "db"]
    assert db.tail_share == pytest.approx(430 / 500)
    assert db.contribution.share == pytest.approx((30 * 30 + 430) / (30 * 100 + 500), abs=1e-6)


def test_the_slowest_part_is_a_service_or_a_hop() -> None:
    service = ranking_of(contributions_of(SHOP)).slowest_part()
    assert service is not None
    assert (service.kind, service.service) == ("service", "db")
    far = SHOP.replace("10-90", "48-90").replace("20-50", "49-50").replace("25-45", "49-50")
    hop = ranking_of(contributions_of(far)).slowest_part()
    assert hop is not None
    assert (hop.kind, hop.caller, hop.callee) == ("hop", "locust", "web")
    assert ranking_of(contributions_of()).slowest_part() is None


cuts = st.lists(st.integers(1, 200), min_size=8, max_size=8, unique=True).map(sorted)
"""Eight instants in order."""


@settings(max_examples=40, deadline=None)
@given(st.lists(cuts, min_size=1, max_size=6))
def test_shares_of_services_and_hops_sum_to_one(drawn: list[list[int]]) -> None:
    texts = [
        f"""
        locust: GET / (client) 0-{t[7]}
          web: GET / (server) {t[0]}-{t[6]}
            web: GET prices (client) {t[1]}-{t[3]} -> prices.local
              pricing: GET prices (server) {t[2]}-{t[4]}
            web: SELECT (client) {t[3]}-{t[5]} -> db
        """
        for t in drawn
    ]
    ranking = ranking_of(contributions_of(*texts))
    assert sum(shares(ranking).values()) == pytest.approx(1.0, abs=1e-5)
    operations = [row.contribution.share for row in ranking.operations]
    assert sum(operations) == pytest.approx(1.0, abs=1e-5)
    assert all(row.contribution.ci95_ms[0] <= row.contribution.mean_ms + 1e-9
               <= row.contribution.ci95_ms[1] + 1e-3 for row in ranking.services)  # fmt: skip
