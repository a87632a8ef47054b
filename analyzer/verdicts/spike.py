"""How high a spike of load goes, how long it lasts on, and where the backlog stands."""

from dataclasses import dataclass

import numpy as np

from analyzer.model.spans import BoolArray, Float64Array, Int64Array
from analyzer.ranking.owners import ServiceOwner
from analyzer.ranking.requests import NS_PER_S
from analyzer.ranking.statistics import percentile_ms
from analyzer.report.load_test import Backlog, SpikeVerdict
from analyzer.verdicts.evidence import Evidence
from analyzer.verdicts.levels import Level

REQUESTS_A_WINDOW = 10
"""A window is as long as so many requests usually take to end."""

SHORTEST_WINDOW_S = 1.0

STEPS_A_WINDOW = 4
"""Windows overlap: each begins a quarter of its length after the one before."""

BAND = 1.1
"""p95 is back within a tenth of the highest it had in any window before the spike."""

STAYS_WINDOWS = 2
"""It is back where it stays so for two whole windows: one may be quiet by chance."""

FEWEST_BEFORE = 3
"""Windows before the spike, not overlapping, that it takes to know what is usual."""

MOST_PARTS = 3
"""Parts named where the backlog stood."""

LEAST_STANDING = 0.1
"""Requests more that stand in a part, in the mean, for it to be named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """p95 over time, in overlapping windows.

    Attributes:
        begin_ns: int64[w], where each window begins.
        width_ns: how long each is.
        p95_ms: float64[w]; NaN where no request ended.
    """

    begin_ns: Int64Array
    width_ns: int
    p95_ms: Float64Array

    def inside(self, begin_ns: int, end_ns: int) -> BoolArray:
        """bool[w], the windows that lie wholly in a time."""
        found: BoolArray = (self.begin_ns >= begin_ns) & (self.begin_ns + self.width_ns <= end_ns)
        return found


def verdict(e: Evidence, base: Level, peak: Level, recovery: Level) -> SpikeVerdict | None:
    """What a spike did; None where too little was seen before it to know what is usual."""
    width_s = max(SHORTEST_WINDOW_S, REQUESTS_A_WINDOW / max(_rate(e, base), 1e-9))
    if base.seconds < FEWEST_BEFORE * width_s:
        return None
    finish = e.c.requests.start_ns + e.c.requests.duration_ns
    last = max(int(finish.max()), recovery.end_ns)
    course = course_of(e, base.steady_ns, last, round(width_s * NS_PER_S))
    usual = np.nanmax(course.p95_ms[course.inside(base.steady_ns, base.end_ns)], initial=0.0)
    after = course.begin_ns + course.width_ns > peak.begin_ns
    recovered = recovered_at(course, recovery.begin_ns, recovery.end_ns, BAND * float(usual))
    return SpikeVerdict(
        usual_p95_ms=round(float(usual), 3),
        peak_p95_ms=round(float(np.nanmax(course.p95_ms[after], initial=0.0)), 3),
        window_s=round(width_s, 3),
        recovered_after_s=None
        if recovered is None
        else round((recovered - recovery.begin_ns) / NS_PER_S, 3),
        watched_s=round((recovery.end_ns - recovery.begin_ns) / NS_PER_S, 3),
        backlog=_backlog(e, base, peak),
        limit=e.limit(base, peak),
    )


def course_of(e: Evidence, begin_ns: int, end_ns: int, width_ns: int) -> Course:
    """p95 of the requests that ended in each window of a time."""
    requests = e.c.requests
    finish = requests.start_ns + requests.duration_ns
    order = np.argsort(finish, kind="stable")
    step = width_ns // STEPS_A_WINDOW
    begins = np.arange(begin_ns, max(end_ns - width_ns, begin_ns) + 1, step, dtype=np.int64)
    low = np.searchsorted(finish[order], begins, side="left")
    high = np.searchsorted(finish[order], begins + width_ns, side="left")
    duration = requests.duration_ns[order]
    p95 = [
        percentile_ms(np.sort(duration[a:b]), 0.95) if b > a else np.nan
        for a, b in zip(low.tolist(), high.tolist(), strict=True)
    ]
    return Course(begin_ns=begins, width_ns=width_ns, p95_ms=np.array(p95, np.float64))


def recovered_at(course: Course, begin_ns: int, end_ns: int, below_ms: float) -> int | None:
    """When p95 was back and stayed, in ns since the epoch; None if it never was.

    A window in which no request ended is none in which all was well.
    """
    rows = np.flatnonzero(course.inside(begin_ns, end_ns))
    well = np.nan_to_num(course.p95_ms[rows], nan=np.inf) <= below_ms
    stays = STAYS_WINDOWS * STEPS_A_WINDOW
    for place in np.flatnonzero(well).tolist():
        if well[place : place + stays].all() and well.size - place >= min(stays, STEPS_A_WINDOW):
            return int(course.begin_ns[rows[place]])
    return None


def _rate(e: Evidence, level: Level) -> float:
    return level.ended_in(e.c.requests).size / level.seconds if level.seconds else 0.0


def _backlog(e: Evidence, base: Level, peak: Level) -> tuple[Backlog, ...]:
    """Where requests stood: by Little's law the time they spent there, per time that went by."""
    before, during = _standing(e, base), _standing(e, peak)
    more = during - before
    order = np.lexsort((np.arange(more.size), -more))[:MOST_PARTS]
    found = []
    for i in order.tolist():
        if more[i] < LEAST_STANDING:
            continue
        owner = e.owners.owner(i)
        row = Backlog(
            kind="service", before=round(float(before[i]), 3), during=round(float(during[i]), 3)
        )
        names: dict[str, str] = (
            {"service": owner.service}
            if isinstance(owner, ServiceOwner)
            else {"kind": "hop", "caller": owner.caller, "callee": owner.callee}
        )
        found.append(row.model_copy(update=names))
    return tuple(found)


def _standing(e: Evidence, level: Level) -> Float64Array:
    """float64[owners], requests that stood in each part in the mean."""
    most = len(e.owners.services) + len(e.owners.hops)
    cells = e.c.cells.take(level.began_in(e.c.requests))
    spent = np.bincount(e.owners.of[cells.entity], weights=cells.own_ns, minlength=most)
    found: Float64Array = spent / max(level.end_ns - level.steady_ns, 1)
    return found
