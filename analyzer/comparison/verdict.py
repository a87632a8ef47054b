"""Slower, faster or noise: when a change is more than two runs of the same thing differ by.

Two kinds of error are against a change: which requests were met (the bootstrap's), and how the
machine was doing (the drift between the runs). What is left of the change when both, at their
worst, are taken off must be at least a tenth of a mean request.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from analyzer.model.spans import Float64Array
from analyzer.ranking.statistics import NS_PER_MS, Z_975, student_t
from analyzer.report.compare import Verdict

LEAST_SHARE = 0.1
"""What is certain of a change must be this part of the mean request of the slower run (for an
endpoint: of its own). Less would hardly be felt, and not be found again in the next two runs."""

SIGNIFICANCE = 0.05
"""How often chance alone may call some row of a list slower or faster."""

LEAST_FREEDOM = 3
"""Below that the approximation of Student's t is far off, and the true values say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A change in ms, its 95 % interval and its standard error."""

    delta_ms: float
    low_ms: float
    high_ms: float
    error_ms: float

    @classmethod
    def from_resampled(cls, changes_ns: Float64Array) -> "Estimate":
        """From float64[1 + b]: the change as it was, and what it was in each resampling."""
        resampled = changes_ns[1:]
        low, high = np.quantile(resampled, [0.025, 0.975])
        return cls(
            delta_ms=float(changes_ns[0]) / NS_PER_MS,
            low_ms=float(low) / NS_PER_MS,
            high_ms=float(high) / NS_PER_MS,
            error_ms=float(resampled.std(ddof=1)) / NS_PER_MS,
        )

    @classmethod
    def from_half_width(cls, delta_ms: float, half_width_ms: float) -> "Estimate":
        """From a change and half of its 95 % interval."""
        return cls(
            delta_ms=delta_ms,
            low_ms=delta_ms - half_width_ms,
            high_ms=delta_ms + half_width_ms,
            error_ms=half_width_ms / Z_975,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """What speaks against a change.

    Attributes:
        tries: how many rows are judged at once.
        drift_ms: the standard deviation that the machine alone gives the row from run to run.
        least_ms: what must be certain of the change.
        freedom: how many independent values its standard error comes from, less one.
    """

    tries: int
    drift_ms: float
    least_ms: float
    freedom: int


def judge(estimate: Estimate, doubt: Doubt) -> Verdict:
    """The verdict on a row; of three values and fewer nothing is known about their error."""
    if doubt.freedom < LEAST_FREEDOM:
        return "noise"
    error_ms = math.hypot(estimate.error_ms, doubt.drift_ms)
    worst_ms = critical_value(doubt.tries, doubt.freedom) * error_ms
    certain_ms = abs(estimate.delta_ms) - worst_ms
    if certain_ms <= 0 or certain_ms < doubt.least_ms:
        return "noise"
    return "slower" if estimate.delta_ms > 0 else "faster"


def critical_value(tries: int, freedom: int) -> float:
    """Standard errors that chance exceeds nowhere in 95 % of lists of so many rows.

    Bonferroni's bound on Student's t.
    """
    normal = NormalDist().inv_cdf(1 - SIGNIFICANCE / (2 * max(tries, 1)))
    return student_t(normal, freedom)
