"""Finds the highest load that keeps its requirements: a state machine without clock or load.

It doubles the load until a level fails, then bisects between the highest that held and the lowest
that failed, and tries the result once more. A level that fails by little is tried again before it
counts; one that holds at first and not when it is confirmed counts as failed.
"""

import math
from dataclasses import dataclass, replace
from enum import StrEnum

from loadgen.requirements import Outcome

MOST_LEVELS = 40
"""A search that has not ended by then is stuck in noise; doubling and bisecting takes about 15."""

LEAST_RATE = 0.1
"""Arrivals a second below which no system holds anything."""


class Stage(StrEnum):
    """What a level is tried for."""

    CLIMB = "climb"
    BISECT = "bisect"
    CONFIRM = "confirm"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Where to search.

    Attributes:
        start: the first level.
        most: the highest level to try.
        within: how near the result has to be, as a part of it.
        whole: whether levels are whole numbers, such as users.
    """

    start: float
    most: float
    within: float = 0.1
    whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """A search under way.

    Attributes:
        bounds: where to search.
        level: what to try next; of no meaning when it is done.
        stage: what for.
        held: levels that held, ascending.
        failed: the lowest level that failed; None for none.
        again: whether the level is tried a second time because it failed by little.
        tried: how many levels have been tried.
    """

    bounds: Bounds
    level: float
    stage: Stage = Stage.CLIMB
    held: tuple[float, ...] = ()
    failed: float | None = None
    again: bool = False
    tried: int = 0

    @classmethod
    def begin(cls, bounds: Bounds) -> "Search":
        """Before the first level."""
        return cls(bounds=bounds, level=min(bounds.start, bounds.most))

    @property
    def result(self) -> float | None:
        """The highest level that held, when the search is done; None where none did."""
        return self.held[-1] if self.stage is Stage.DONE and self.held else None

    def after(self, outcome: Outcome) -> "Search":
        """The search once its level was tried."""
        now = replace(self, tried=self.tried + 1)
        if not outcome.held and outcome.nearly and not self.again:
            return _unless_stuck(replace(now, again=True))
        now = replace(now, again=False)
        if not outcome.held:
            return _unless_stuck(_failed(now))
        if self.stage is Stage.CONFIRM:
            return replace(now, stage=Stage.DONE)
        return _unless_stuck(_narrow(replace(now, held=tuple(sorted({*now.held, now.level})))))


def _failed(search: Search) -> Search:
    """Go on below a level that failed."""
    held = tuple(level for level in search.held if level < search.level)
    now = replace(search, failed=search.level, held=held)
    if held:
        return _narrow(now)
    lower = _rounded(now, now.level / 2)
    least = 1.0 if now.bounds.whole else LEAST_RATE
    if lower >= now.level or lower < least:
        return replace(now, stage=Stage.DONE)
    return replace(now, level=lower, stage=Stage.CLIMB)


def _narrow(search: Search) -> Search:
    """Go on from the highest level that held."""
    low, high, bounds = search.held[-1], search.failed, search.bounds
    grain = 1.0 if bounds.whole else 0.0
    if high is None:
        if low >= bounds.most:
            return replace(search, level=low, stage=Stage.CONFIRM)
        up = _rounded(search, min(2 * low, bounds.most))
        return replace(search, level=max(up, low + grain), stage=Stage.CLIMB)
    middle = _rounded(search, math.sqrt(low * high))  # the same factor from both
    if high - low <= max(bounds.within * low, grain) or not low < middle < high:
        return replace(search, level=low, stage=Stage.CONFIRM)
    return replace(search, level=middle, stage=Stage.BISECT)


def _unless_stuck(search: Search) -> Search:
    stuck = search.tried >= MOST_LEVELS
    return replace(search, stage=Stage.DONE) if stuck else search


def _rounded(search: Search, level: float) -> float:
    return float(round(level)) if search.bounds.whole else level
