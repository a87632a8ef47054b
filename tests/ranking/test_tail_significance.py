"""The exact test: against every possible deal of a few cards, and against the closed form."""

from itertools import combinations
from math import comb, isclose

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.ranking.tail_significance import UNREMARKABLE, Counts, chances

Stratum = tuple[int, int, int]
"""Slow requests, typical requests, and how many of both have the value."""


def counts(strata: list[Stratum], slow_with: list[int]) -> Counts:
    return Counts(
        slow_with=np.array([slow_with]),
        typical_with=np.array([[k - x for (_, _, k), x in zip(strata, slow_with, strict=True)]]),
        slow=np.array([slow for slow, _, _ in strata]),
        typical=np.array([typical for _, typical, _ in strata]),
    )


def enumerated(strata: list[Stratum], at_least: int) -> float:
    """The chance by dealing every hand."""
    sums = {0: 1}
    for slow, typical, k in strata:
        hands: dict[int, int] = {}
        for hand in combinations(range(slow + typical), slow):
            got = sum(card < k for card in hand)
            hands[got] = hands.get(got, 0) + 1
        merged: dict[int, int] = {}
        for total, ways in sums.items():
            for got, more in hands.items():
                merged[total + got] = merged.get(total + got, 0) + ways * more
        sums = merged
    return sum(w for total, w in sums.items() if total >= at_least) / sum(sums.values())


@pytest.mark.parametrize(
    ("strata", "slow_with"),
    [
        ([(3, 5, 3)], [3]),
        ([(4, 5, 4)], [4]),
        ([(3, 5, 3), (2, 4, 2)], [3, 2]),
        ([(3, 5, 3), (2, 4, 2), (2, 3, 0), (1, 3, 4)], [3, 2, 0, 1]),
    ],
)
def test_chance_is_that_of_all_deals(strata: list[Stratum], slow_with: list[int]) -> None:
    assert chances(counts(strata, slow_with))[0] == pytest.approx(
        enumerated(strata, sum(slow_with)), rel=1e-9
    )


@settings(deadline=None, max_examples=200)
@given(st.integers(1, 60), st.integers(1, 200), st.data())
def test_one_stratum_is_fishers_exact_test(slow: int, typical: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(1, slow + typical))
    x = data.draw(st.integers(max(0, k - typical), min(k, slow)))
    n = slow + typical
    mean = k * slow / n
    variance = mean * (n - k) / n * typical / max(n - 1, 1)
    edge = UNREMARKABLE * variance**0.5
    exact = sum(comb(k, i) * comb(n - k, slow - i) for i in range(x, min(k, slow) + 1))
    chance = exact / comb(n, slow)
    found = chances(counts([(slow, typical, k)], [x]))[0]
    if variance == 0:
        assert found == 1.0
    elif isclose(x - mean, edge):
        assert found in (1.0, pytest.approx(chance, rel=1e-6))  # rounding decides on the edge
    else:
        assert found == pytest.approx(1.0 if x - mean < edge else chance, rel=1e-6)


def test_many_requests_are_near_the_exact_chance() -> None:
    # so many that the normal distribution stands in; the closed form still fits into integers
    slow, typical, k, x = 2_000, 8_000, 5_000, 1_080
    exact = sum(comb(k, i) * comb(10_000 - k, slow - i) for i in range(x, slow + 1))
    found = chances(counts([(slow, typical, k)], [x]))[0]
    assert found == pytest.approx(exact / comb(10_000, slow), rel=0.1)


def test_chance_holds_what_it_promises_where_nothing_matters() -> None:
    rng = np.random.default_rng(1)
    tries = 4_000
    slow = np.array([20, 60])
    typical = np.array([300, 500])
    have = np.array([40, 200])
    with_ = np.stack(
        [
            rng.hypergeometric(have[i], (slow + typical)[i] - have[i], slow[i], tries)
            for i in (0, 1)
        ],
        axis=1,
    )
    p = chances(Counts(slow_with=with_, typical_with=have - with_, slow=slow, typical=typical))
    for limit in (0.02, 0.01, 0.002):
        assert np.mean(p <= limit) <= limit * 1.3


def test_odds_ratio_is_that_of_the_strata_together() -> None:
    found = counts([(10, 100, 28), (20, 100, 35)], [8, 15])
    # 8 of 10 against 20 of 100, 15 of 20 against 20 of 100
    above = 8 * 80 / 110 + 15 * 80 / 120 + 0.5
    below = 2 * 20 / 110 + 5 * 20 / 120 + 0.5
    assert found.odds_ratios()[0] == pytest.approx(above / below)
