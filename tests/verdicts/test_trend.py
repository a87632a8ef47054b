"""Trends: slopes and intervals that hold what they promise, whatever the noise is like."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.verdicts.trend import trend

TIME = np.arange(40, dtype=np.float64)


def noise(seed: int, alike: float = 0.0) -> np.ndarray:
    """Values that follow each other like those of an AR(1) process."""
    draws = np.random.default_rng(seed).normal(0, 1, TIME.size)
    found = np.empty(TIME.size)
    last = 0.0
    for i, draw in enumerate(draws):
        last = alike * last + draw
        found[i] = last
    return found


@given(st.floats(-10, 10), st.floats(-100, 100))
def test_slope_of_a_line_is_that_of_the_line(slope: float, start: float) -> None:
    found = trend(TIME, start + slope * TIME)
    assert found.slope == pytest.approx(slope, abs=1e-9)
    assert found.start == pytest.approx(start, abs=1e-6)
    assert found.end == pytest.approx(start + 39 * slope, abs=1e-6)


def test_a_fifth_of_odd_windows_does_not_move_it() -> None:
    value = 2.0 * TIME + noise(1)
    value[::5] += 500
    assert trend(TIME, value).slope == pytest.approx(2.0, abs=0.4)


def test_a_growth_beyond_the_noise_is_certain() -> None:
    assert all(trend(TIME, 0.2 * TIME + noise(seed)).rises for seed in range(20))


@pytest.mark.parametrize(("alike", "most"), [(0.0, 0.08), (0.4, 0.14)])
def test_noise_alone_is_seldom_called_certain(alike: float, most: float) -> None:
    found = [trend(TIME, noise(seed, alike)) for seed in range(300)]
    assert np.mean([t.rises or t.falls for t in found]) <= most


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    found = [trend(TIME, 0.1 * TIME + noise(seed)) for seed in range(300)]
    assert np.mean([t.low <= 0.1 <= t.high for t in found]) >= 0.92


def test_more_trends_at_once_make_each_less_certain() -> None:
    one, many = (trend(TIME, 0.1 * TIME + noise(3), looked_at=n) for n in (1, 20))
    assert many.low < one.low < one.high < many.high


@pytest.mark.parametrize("n", [3, 4, 5])
def test_few_windows_are_never_certain(n: int) -> None:
    found = trend(TIME[:n], TIME[:n] * 5.0, looked_at=10)
    assert not found.rises
