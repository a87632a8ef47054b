"""How differently the machine was doing in the two runs, learned from the runs themselves.

A busier machine makes everything a bit slower, a fault makes something much slower. So the kinds of
calls in the middle tell what the machine did: as long as fewer than half of them are touched by a
fault, their median is moved by nothing else. Gaps between services (network, queues, threads that
wait for a processor) suffer more from it than work inside them, so both are looked at by
themselves.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from analyzer.model.spans import BoolArray, Float64Array

LEAST_KINDS = 5
"""Of fewer kinds of calls the middle one may be the very one that became slower."""

MOST_WITHIN = 0.25
MOST_BETWEEN = 0.5
"""Work inside services, and gaps between them, that all differ by more are no drift any more.

Nine runs of the sample shop without a fault, 20 s each on 2 cores whose other load was between 2
and 15, are 36 pairs. Within services they had up to 0.18; between them half of the pairs had up to
0.46, and few about 1. No service changed by more than 0.065 of the mean; no pair got a verdict.
"""

_SIGMA_PER_MEDIAN = 1 / NormalDist().inv_cdf(0.75)
"""The standard deviation of a normal distribution per median of its absolute values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """The standard deviation of an ordinary call from run to run, as a part of what it takes.

    Attributes:
        within: of work inside a service.
        between: of a gap between two services.
    """

    within: float
    between: float

    @classmethod
    def learn(cls, relative: Float64Array, is_gap: BoolArray) -> "Drift":
        """Learn it from float64[g], by how much of itself each kind of call changed."""
        return cls(
            within=_deviation(relative[~is_gap], MOST_WITHIN),
            between=_deviation(relative[is_gap], MOST_BETWEEN),
        )

    def of(self, ordinary: Float64Array, is_gap: BoolArray) -> Float64Array:
        """float64[g], the drift of kinds of calls that take `ordinary` without a fault."""
        return ordinary * np.where(is_gap, self.between, self.within)


def _deviation(relative: Float64Array, most: float) -> float:
    known = np.abs(relative[np.isfinite(relative)])
    if known.size < LEAST_KINDS:
        return 0.0
    return min(float(np.median(known)) * _SIGMA_PER_MEDIAN, most)
