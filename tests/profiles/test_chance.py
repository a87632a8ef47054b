"""How surprising a share is."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.profiles.chance import binomial_p, interval


@pytest.mark.parametrize(
    ("successes", "trials", "share", "p"),
    [
        (5, 10, 0.5, 1.0),
        (0, 10, 0.5, 2 / 1024),
        (9, 10, 0.5, 22 / 1024),
        (3, 3, 0.25, 1 / 64),
        (10, 10, 1.0, 1.0),
        (9, 10, 1.0, 0.0),
        (0, 0, 0.3, 1.0),
    ],
)
def test_exact_chances_are_those_of_the_textbook(
    successes: int, trials: int, share: float, p: float
) -> None:
    assert binomial_p(successes, trials, share) == pytest.approx(p)


@given(st.integers(0, 60), st.integers(0, 60), st.floats(0.01, 0.99))
def test_either_side_can_be_counted(yes: int, no: int, share: float) -> None:
    here = binomial_p(yes, yes + no, share)
    assert 0 <= here <= 1
    assert here == pytest.approx(binomial_p(no, yes + no, 1 - share), rel=1e-6)


def test_the_normal_chance_continues_the_exact_one() -> None:
    below, above = binomial_p(640, 1332, 0.5), binomial_p(1250, 2600, 0.5)
    exact = sum(math.comb(1332, k) for k in range(1333) if abs(k - 666) >= 26) / 2**1332
    assert below == pytest.approx(exact, rel=1e-6)
    exact = sum(math.comb(2600, k) for k in range(2601) if abs(k - 1300) >= 50) / 2**2600
    assert above == pytest.approx(exact, rel=0.01)


def test_intervals_hold_the_share_and_stay_within_bounds() -> None:
    low, high = interval(50, 100)
    assert (low, high) == pytest.approx((0.4038, 0.5962), abs=1e-4)
    assert interval(0, 10)[0] == 0
    assert interval(10, 10)[1] == pytest.approx(1)
    assert interval(0, 0) == (0, 1)
