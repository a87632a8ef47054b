"""All that was computed of two runs whose calls are known, before it becomes rows."""

from dataclasses import dataclass

import numpy as np

from analyzer.comparison.drift import Drift
from analyzer.comparison.exact import exact_changes
from analyzer.comparison.figures import RunFigures
from analyzer.comparison.pair import Pair, Strata, find_strata
from analyzer.comparison.parts import Parts, parts_of
from analyzer.comparison.resampling import BLOCKS
from analyzer.comparison.robust import Robust, robust_changes
from analyzer.comparison.rows import Both
from analyzer.comparison.verdict import Doubt
from analyzer.model.spans import Float64Array
from analyzer.ranking.statistics import NS_PER_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """All that was computed of two runs.

    Attributes:
        exact_ns: by operation, its part of the change of the mean.
        drift: by how much of themselves ordinary calls differ between the runs.
        drift_ns: float64[g], by group of calls, its standard deviation from run to run.
    """

    pair: Pair
    strata: Strata
    robust: Robust
    parts: Parts
    both: Both
    exact_ns: tuple[int, ...]
    drift: Drift
    drift_ns: Float64Array

    def doubt(self, tries: int, drift_ns: float) -> Doubt:
        """What speaks against the change of a row of the whole run."""
        return Doubt(
            tries=tries,
            drift_ms=drift_ns / NS_PER_MS,
            least_ms=self.both.least_ms,
            freedom=min(*self.pair.recorded, BLOCKS) - 1,
        )


def drift_by_stratum(found: Found) -> Float64Array:
    """float64[s], the standard deviation of each stratum's requests from run to run, in ns."""
    groups = found.robust.groups
    awaited = groups.awaited[groups.row]
    return np.bincount(
        groups.stratum[awaited],
        weights=found.drift_ns[awaited],
        minlength=found.strata.weight.size,
    ).astype(np.float64)


def find(pair: Pair) -> Found:
    """Compute what two runs' requests tell."""
    strata = find_strata(pair)
    robust = robust_changes(pair, strata)
    groups = robust.groups
    is_gap = (pair.owner_of_operation >= len(pair.owners.services))[groups.operation][groups.row]
    awaited = groups.awaited[groups.row]
    drift = Drift.learn(robust.relative[awaited], is_gap[awaited])
    drift_ns = drift.of(robust.lesser_ns, is_gap)
    split, both = pair.base_requests, len(pair.found.requests)
    return Found(
        pair=pair,
        strata=strata,
        robust=robust,
        parts=parts_of(pair, robust, by_row(drift_ns, robust, strata)),
        both=Both(
            base=RunFigures.from_requests(pair, np.arange(split)),
            candidate=RunFigures.from_requests(pair, np.arange(split, both)),
        ),
        exact_ns=exact_changes(pair),
        drift=drift,
        drift_ns=drift_ns,
    )


def by_row(of_group: Float64Array, robust: Robust, strata: Strata) -> Float64Array:
    """float64[k], the groups of each row, each stratum by its weight."""
    groups = robust.groups
    weight = strata.weight[groups.stratum]
    return np.bincount(groups.row, weights=of_group * weight, minlength=groups.begin.size).astype(
        np.float64
    )
