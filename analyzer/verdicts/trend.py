"""Whether something grows over time, robustly: Theil and Sen's slope and its interval.

The slope is the median of the slopes between all pairs of windows, which a fifth of odd windows do
not move (P. K. Sen, Estimates of the regression coefficient based on Kendall's tau, JASA 63 (1968),
whose interval this is too). Windows close in time are alike, because requests wait in one queue;
the variance of Kendall's S is widened for that as K. H. Hamed and A. R. Rao say, A modified
Mann-Kendall trend test for autocorrelated data, Journal of Hydrology 204 (1998).
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from analyzer.model.spans import Float64Array

CHANCE = 0.05
"""How likely one of all trends that are looked at together is called certain though none is."""

SIGNIFICANT = 1.96
"""Standard errors from which on an autocorrelation counts (5 %, as Hamed and Rao have it)."""

LONGEST_LAG_PART = 4
"""Autocorrelations are estimated to lags of a quarter of the windows; beyond, of too few pairs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """A line through windows of time.

    Attributes:
        slope: by how much it rises in a unit of time.
        low: the low end of the slope's interval; minus infinity where windows are too few.
        high: the high end.
        start: its value at the first window.
        end: its value at the last.
    """

    slope: float
    low: float
    high: float
    start: float
    end: float

    @property
    def rises(self) -> bool:
        """Whether it certainly does."""
        return self.low > 0

    @property
    def falls(self) -> bool:
        """Whether it certainly does."""
        return self.high < 0


def trend(time: Float64Array, value: Float64Array, *, looked_at: int = 1) -> Trend:
    """The trend of some values.

    Args:
        time: float64[n], ascending, n of 3 or more.
        value: float64[n].
        looked_at: how many trends are judged together (Bonferroni).
    """
    n = time.size
    first, second = np.triu_indices(n, 1)
    slopes = np.sort((value[second] - value[first]) / (time[second] - time[first]))
    slope = float(np.median(slopes))
    middle = float(np.median(value - slope * time))
    z = NormalDist().inv_cdf(1 - CHANCE / 2 / max(looked_at, 1))
    reach = z * math.sqrt(_variance_of_s(value) * _widening(value - slope * time))
    low, high = (slopes.size - reach) / 2, (slopes.size + reach) / 2
    return Trend(
        slope=slope,
        low=float(slopes[math.floor(low) - 1]) if low >= 1 else -math.inf,
        high=float(slopes[math.ceil(high)]) if math.ceil(high) < slopes.size else math.inf,
        start=middle + slope * float(time[0]),
        end=middle + slope * float(time[-1]),
    )


def _variance_of_s(value: Float64Array) -> float:
    """The variance of Kendall's S of independent values, ties taken into account."""
    n = value.size
    _, ties = np.unique(value, return_counts=True)
    tied = float((ties * (ties - 1) * (2 * ties + 5)).sum())
    return (n * (n - 1) * (2 * n + 5) - tied) / 18


def _widening(rest: Float64Array) -> float:
    """By how much more S varies because values that follow each other are alike; never less."""
    n = rest.size
    rank = np.argsort(np.argsort(rest, kind="stable"), kind="stable").astype(np.float64)
    rank -= rank.mean()
    total = float((rank * rank).sum())
    if total == 0 or n < 4:
        return 1.0
    more = 0.0
    for lag in range(1, n // LONGEST_LAG_PART + 1):
        alike = float((rank[:-lag] * rank[lag:]).sum()) / total
        if abs(alike) > SIGNIFICANT / math.sqrt(n):
            more += (n - lag) * (n - lag - 1) * (n - lag - 2) * alike
    return max(1 + 2 * more / (n * (n - 1) * (n - 2)), 1.0)
