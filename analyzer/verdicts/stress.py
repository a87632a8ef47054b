"""Where a system breaks as load goes up in steps, and what breaks first."""

import math

from analyzer.report.load_test import LevelRow, StressVerdict
from analyzer.verdicts.evidence import Evidence
from analyzer.verdicts.levels import ENOUGH
from analyzer.verdicts.required import broken

SLOWER = 3.0
"""Without a requirement of it, latency is out of bounds at three times that of the first step: at
nine tenths of what one worker can do, requests take some ten times as long as without a queue, at
two thirds of it three times (M/M/1)."""

ENOUGH_FOR_MEDIAN = 8
"""Requests from which on a level's median is judged: with 93 % certainty that of all requests lies
between the second smallest and the second largest of eight."""

MOST_ERRORS = 0.01
"""Without a requirement of them, more errors than these are out of bounds."""

LEAST_YIELD = 0.5
"""Throughput no longer follows where a step's more users bring less than half of what the first
step's brought each."""

CERTAIN = 1.96
"""Standard errors below that: throughput counts requests, which come by chance."""


def judged(e: Evidence, rows: tuple[LevelRow, ...]) -> tuple[LevelRow, ...]:
    """The rows of all steps, each with whether it held and what was out of bounds."""
    found: list[LevelRow] = []
    for place, row in enumerate(rows):
        why = _required(e, place)
        why += _slow(e, rows[0], row) if place else ()
        why += _errors(e, row)
        why += _behind(rows, place) if place else ()
        found.append(row.model_copy(update={"held": not why, "why": why}))
    return tuple(found)


def verdict(e: Evidence, rows: tuple[LevelRow, ...]) -> StressVerdict:
    """Where it breaks, from rows that `judged` gave."""
    at = next((place for place, row in enumerate(rows) if not row.held), None)
    most = max(row.throughput_rps for row in rows)
    if at is None:
        return StressVerdict(last_level=rows[-1].level, most_rps=most)
    return StressVerdict(
        at_level=rows[at].level,
        last_level=rows[at - 1].level if at else None,
        most_rps=most,
        why=rows[at].why,
        limit=e.limit(e.levels[0], e.levels[at]) if at else None,
    )


def _required(e: Evidence, place: int) -> tuple[str, ...]:
    rows = e.levels[place].began_in(e.c.requests)
    requests = e.c.requests
    return broken(e.test.planned.required, requests.duration_ns[rows], requests.failed[rows])


def _slow(e: Evidence, first: LevelRow, row: LevelRow) -> tuple[str, ...]:
    if any(r.figure != "errors" for r in e.test.planned.required):
        return ()
    fewest = min(row.requests, first.requests)
    for name, needed, now, before in (
        ("p95", ENOUGH, row.p95_ms, first.p95_ms),
        ("p50", ENOUGH_FOR_MEDIAN, row.p50_ms, first.p50_ms),
    ):
        if fewest >= needed and now is not None and before and now > SLOWER * before:
            return (f"{name} ×{now / before:.1f} of step 1",)
    return ()


def _errors(e: Evidence, row: LevelRow) -> tuple[str, ...]:
    if any(r.figure == "errors" for r in e.test.planned.required) or row.error_share <= MOST_ERRORS:
        return ()
    return (f"{row.error_share * 100:.3g}% errors",)


def _behind(rows: tuple[LevelRow, ...], place: int) -> tuple[str, ...]:
    """Whether throughput stopped to follow load at a step.

    ```
    throughput        ____----        each step's rise, beside that of the first from nothing
                 /----
               /
    ```
    """
    first, before, row = rows[0], rows[place - 1], rows[place]
    if not first.level or before.level is None or row.level is None or not first.throughput_rps:
        return ()
    more = row.level - before.level
    if more <= 0 or not row.seconds or not before.seconds or not first.seconds:
        return ()
    needed = LEAST_YIELD * first.throughput_rps / first.level
    rise = (row.throughput_rps - before.throughput_rps) / more
    # a count of requests varies as much as it is large
    spread = row.throughput_rps / row.seconds + before.throughput_rps / before.seconds
    spread_of_needed = needed * LEAST_YIELD / first.level / first.seconds
    if rise + CERTAIN * math.sqrt(spread / more**2 + spread_of_needed) >= needed:
        return ()
    return ("throughput stays",)
