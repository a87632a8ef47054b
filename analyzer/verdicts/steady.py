"""Whether a system is fine at one level of load: a load test's and a long one's verdict."""

from math import fsum

import numpy as np

from analyzer.ranking.scaling_load import load_groups
from analyzer.report.load_test import EnduranceVerdict, LevelRow, Limit, LoadVerdict
from analyzer.verdicts.drift import growing, trends_of
from analyzer.verdicts.evidence import Evidence
from analyzer.verdicts.levels import Level
from analyzer.verdicts.stress import MOST_ERRORS

QUEUES = 0.1
"""Waiting for a full service matters from this part of a request's time on."""


def load_verdict(e: Evidence, level: Level, row: LevelRow) -> LoadVerdict:
    """Whether latency and throughput stay as they are, errors are few, and nobody is full."""
    trends = trends_of(e, level)
    latency = next((t for t in trends if t.kind == "latency"), None)
    return LoadVerdict(
        steady=latency is None or not latency.grows,
        errors_fine=row.error_share <= MOST_ERRORS,
        limit=_full(e, level),
        headroom_share=_headroom(e, row),
        trends=trends,
    )


def endurance_verdict(e: Evidence, level: Level) -> EnduranceVerdict | None:
    """What drifts; None where there is too little to tell."""
    trends = trends_of(e, level)
    if not trends:
        return None
    hours = round(level.seconds / 3600, 5)
    return EnduranceVerdict(hours=hours, trends=trends, leaks=growing(trends))


def _full(e: Evidence, level: Level) -> Limit | None:
    """Who has no free worker while requests wait for it, seen at the level's own busy moments."""
    rows = level.began_in(e.c.requests)
    if not rows.size:
        return None
    few = load_groups(e.c.requests.take(rows)).low
    found = e.limit_of(rows[np.flatnonzero(few)], level)
    if found is None or found.workers_busy is None:
        return None
    request = fsum(part.after_ms for part in found.grew)
    waited = fsum(p.after_ms for p in found.grew if p.kind == "hop" and p.callee == found.service)
    return found if waited >= QUEUES * request else None


def _headroom(e: Evidence, row: LevelRow) -> float | None:
    """How much of the capacity is left, where the run's own ramp shows the capacity."""
    if e.scaling is None or e.scaling.capacity is None:
        return None
    most = e.scaling.capacity.throughput_rps
    return round(max(1 - row.throughput_rps / most, 0.0), 4) if most > 0 else None
