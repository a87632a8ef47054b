"""Calls among few others beside calls among many: whether something grows with the load."""

import math
from dataclasses import dataclass

import numpy as np

from analyzer.findings.visits import Visits
from analyzer.model.spans import Float64Array, Int64Array, trace_id_hex

FEW = 12
"""Calls needed at low and at high load, each, to compare their means at all."""

CERTAIN = 3.0
"""Standard errors that both means must be apart: by chance once in some hundred comparisons."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Calls at low and at high load.

    Attributes:
        low: int64[a], places of the third of the calls with the fewest others under way.
        high: int64[b], of the third with the most.
        others: float64[n], how many others were under way with each call.
    """

    low: Int64Array
    high: Int64Array
    others: Float64Array

    @classmethod
    def of(cls, others: Float64Array) -> "Load":
        """Split calls by how many others were under way; calls with as many stay together."""
        thirds = (
            np.quantile(others, [1 / 3, 2 / 3], method="inverted_cdf") if others.size else [0, 0]
        )
        return cls(
            low=np.flatnonzero(others <= thirds[0]),
            high=np.flatnonzero((others >= thirds[1]) & (others > thirds[0])),
            others=others,
        )

    @property
    def enough(self) -> bool:
        """Whether both sides have calls enough."""
        return min(self.low.size, self.high.size) >= FEW

    def means(self, values: Int64Array | Float64Array) -> tuple[float, float]:
        """The mean of some values at low and at high load."""
        return _mean(values[self.low]), _mean(values[self.high])

    def grows(self, values: Int64Array | Float64Array) -> bool:
        """Whether the mean of some values is certainly larger at high load (Welch's test)."""
        low, high = np.sort(values[self.low]), np.sort(values[self.high])
        error = math.sqrt(low.var(ddof=1) / low.size + high.var(ddof=1) / high.size)
        return bool(high.mean() - low.mean() > CERTAIN * error)


def _mean(values: Int64Array | Float64Array) -> float:
    """Their mean, 0 of none; in order of size, as a sum of floats depends on its order."""
    return float(np.sort(values).mean()) if values.size else 0.0


def slowest(visits: Visits, value: Float64Array, *, most: int = 3) -> tuple[str, ...]:
    """The traces of the visits with the largest values, each once."""
    order = np.lexsort((visits.trace_lo, visits.trace_hi, -value))[: 4 * most]
    ids = (trace_id_hex(int(visits.trace_hi[r]), int(visits.trace_lo[r])) for r in order)
    return tuple(dict.fromkeys(ids))[:most]
