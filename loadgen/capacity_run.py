"""A search for the capacity in time: holds each level for a while and judges its steady part.

Driven by moments and by what the load tool has counted until then; it knows no clock and no tool.

```
level        _______|_______
     _______|       |       |               each level: change, settle, measure, judge
             settle  measured|____          after one that failed: rest until all is well again
```
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from loadgen.capacity_search import Search, Stage
from loadgen.requirements import FIGURES, Outcome, Requirement, judge

SETTLE_PART = 1 / 3
"""The part of a level that is not judged: queues fill, or those of the level before empty."""

REST_PART = 0.5
"""The part of the highest level that held at which what a failed one left behind is worked off."""

LONGEST_REST = 3
"""Levels' lengths after which the search goes on, rested or not."""

PERCENTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What has been counted since the beginning: times in ms, rounded, and how often each."""

    requests: int = 0
    failures: int = 0
    times_ms: Mapping[float, int] = field(default_factory=dict)

    def since(self, before: "Totals") -> dict[str, float]:
        """The figures of the requests counted since then; empty without any."""
        requests = self.requests - before.requests
        if requests <= 0:
            return {}
        times = {
            ms: count - before.times_ms.get(ms, 0)
            for ms, count in sorted(self.times_ms.items())
            if count > before.times_ms.get(ms, 0)
        }
        answered = sum(times.values())
        found = {"errors": (self.failures - before.failures) / requests}
        if answered:
            found["mean"] = sum(ms * count for ms, count in times.items()) / answered
            found |= {name: _percentile(times, answered, p) for name, p in PERCENTILES.items()}
        return found


def _percentile(times: Mapping[float, int], answered: int, part: float) -> float:
    left = part * answered
    for ms, count in times.items():
        left -= count
        if left <= 0:
            return ms
    return max(times)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A level that was tried."""

    level: float
    stage: Stage
    outcome: Outcome
    figures: Mapping[str, float]


@dataclass(slots=True)
class CapacityRun:
    """A search as time goes by.

    Attributes:
        search: where it is.
        requirements: what a level has to keep.
        level_s: how long a level lasts.
        judged: the level that was judged at the last tick; None if none was.
    """

    search: Search
    requirements: tuple[Requirement, ...]
    level_s: float
    judged: Judged | None = None
    _began_s: float | None = None
    _settled: Totals | None = None
    _resting: bool = False
    _last: Totals = field(default_factory=Totals)

    def tick(self, t_s: float, totals: Totals) -> float | None:
        """The level to have at a moment; None when the search is done.

        Args:
            t_s: seconds since the beginning, never less than before.
            totals: what has been counted by then.
        """
        self.judged = None
        before, self._last = self._last, totals
        if self._began_s is None:
            self._began_s = t_s
        in_level_s = t_s - self._began_s
        if self._resting:
            well = judge(self.requirements, totals.since(before)).held
            if well or in_level_s >= LONGEST_REST * self.level_s:
                self._resting, self._began_s = False, t_s
        elif self._settled is None:
            if in_level_s >= self.level_s * SETTLE_PART:
                self._settled = totals
        elif in_level_s >= self.level_s:
            self._judge(totals, self._settled)
            self._began_s, self._settled = t_s, None
        if self.search.stage is Stage.DONE:
            return None
        return self._rest_level() if self._resting else self.search.level

    @property
    def resting(self) -> bool:
        """Whether what a failed level left behind is worked off."""
        return self._resting

    def _judge(self, totals: Totals, settled: Totals) -> None:
        figures = totals.since(settled)
        outcome = judge(self.requirements, figures)
        self.judged = Judged(
            level=self.search.level,
            stage=self.search.stage,
            outcome=outcome,
            figures={name: figures[name] for name in FIGURES if name in figures},
        )
        self.search = self.search.after(outcome)
        self._resting = not outcome.held

    def _rest_level(self) -> float:
        level = REST_PART * (self.search.held[-1] if self.search.held else self.search.level)
        return max(float(round(level)), 1.0) if self.search.bounds.whole else level
