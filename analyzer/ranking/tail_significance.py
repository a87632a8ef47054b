"""How surprising it is that slow requests have something so often, where it is mere chance.

Within a stratum (requests that are alike but for being slow or typical) chance would deal what k of
them have among the slow ones like cards: the number that slow ones get is hypergeometric. Over all
strata it is the sum of such numbers, whose distribution is the convolution of theirs: Fisher's
exact test, stratified.
"""

import math
from dataclasses import dataclass

import numpy as np

from analyzer.model.spans import Float64Array, Int64Array

EXACT_BELOW_VARIANCE = 400.0
"""From here on the sum is so close to normal that only chances far below any limit differ."""

UNREMARKABLE = 2.0
"""Standard deviations above the mean below which no exact chance is worth its computing: it cannot
be small enough to count among many tries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Who has what, by stratum.

    Attributes:
        slow_with: int64[v, s], slow requests that have value v, by stratum.
        typical_with: int64[v, s].
        slow: int64[s], all slow requests.
        typical: int64[s].
    """

    slow_with: Int64Array
    typical_with: Int64Array
    slow: Int64Array
    typical: Int64Array

    def odds_ratios(self) -> Float64Array:
        """float64[v], the odds of having the value among slow requests over those among typical.

        Mantel and Haenszel's estimate over strata (1959), with half a request added to either sum
        so that it is finite where one is 0.
        """
        whole = np.maximum(self.slow + self.typical, 1)
        slow_without = self.slow - self.slow_with
        typical_without = self.typical - self.typical_with
        above = (self.slow_with * typical_without / whole).sum(axis=1)
        below = (slow_without * self.typical_with / whole).sum(axis=1)
        ratio: Float64Array = (above + 0.5) / (below + 0.5)
        return ratio


def chances(n: Counts) -> Float64Array:
    """float64[v], the chance of at least so many slow requests with each value; 1 if unremarkable.

    One-sided: only what slow requests have more often can explain why they are slow.
    """
    slow, whole = n.slow, n.slow + n.typical
    with_ = n.slow_with + n.typical_with
    mean = with_ * (slow / np.maximum(whole, 1))
    spread = (slow / np.maximum(whole, 1)) * (n.typical / np.maximum(whole, 1))
    variance = with_ * (whole - with_) / np.maximum(whole - 1, 1) * spread
    total, center = n.slow_with.sum(axis=1), mean.sum(axis=1)
    width = np.sqrt(variance.sum(axis=1))
    found = np.ones(total.size)
    remarkable = (width > 0) & (total - center >= UNREMARKABLE * width)
    for v in np.flatnonzero(remarkable).tolist():
        if width[v] ** 2 > EXACT_BELOW_VARIANCE:
            z = (total[v] - 0.5 - center[v]) / width[v]
            found[v] = math.erfc(z / math.sqrt(2)) / 2
        else:
            found[v] = _exact(int(total[v]), with_[v], slow, whole)
    return found


def _exact(at_least: int, with_: Int64Array, slow: Int64Array, whole: Int64Array) -> float:
    """The chance that hypergeometric numbers of all strata sum to `at_least` or more."""
    lowest, distribution = 0, np.ones(1)
    for k, draws, n in zip(with_.tolist(), slow.tolist(), whole.tolist(), strict=True):
        least = max(0, k - (n - draws))
        lowest += least
        if min(k, draws) > least:
            distribution = np.convolve(distribution, _hypergeometric(k, draws, n))
    tail = distribution[max(at_least - lowest, 0) :]
    return min(float(tail.sum()), 1.0)


def _hypergeometric(k: int, draws: int, n: int) -> Float64Array:
    """The chances of the least to the most of k marked among `draws` of n."""
    x = np.arange(max(0, k - (n - draws)), min(k, draws))
    # each chance is the one before it times this; logarithms, because the ends are tiny
    steps = np.log((k - x) * (draws - x)) - np.log((x + 1) * (n - k - draws + x + 1))
    logs = np.concatenate([[0.0], np.cumsum(steps)])
    shape = np.exp(logs - logs.max())
    distribution: Float64Array = shape / shape.sum()
    return distribution
