"""The highest load that kept what is required: what a search for it found, and what limits it."""

from analyzer.report.load_test import CapacityVerdict
from analyzer.verdicts.evidence import Evidence
from analyzer.verdicts.levels import Level


def verdict(e: Evidence) -> CapacityVerdict:
    """What a search found; of one cut short, the highest level that held so far."""
    judged = [level for level in e.levels if level.held is not None and level.level is not None]
    held = _highest(e, judged)
    failed = _first_failed(judged, held)
    base = _lowest(judged)
    limit = None
    if failed is not None and base is not None and base.level != failed.level:
        limit = e.limit(held if held is not None else base, failed)
        limit = limit if limit is not None else e.limit(base, failed)
    return CapacityVerdict(
        held_level=held.level if held is not None else None,
        held_rps=e.row(held).throughput_rps if held is not None else None,
        failed_level=failed.level if failed is not None else None,
        why=failed.why if failed is not None else (),
        confirmed=e.test.result is not None,
        limit=limit,
    )


def _highest(e: Evidence, judged: list[Level]) -> Level | None:
    """The level of the result, the last time it was tried; else the highest that held."""
    wanted = e.test.result
    if e.test.search_ended and wanted is None:
        return None
    held = [level for level in judged if level.held]
    if wanted is not None:
        return next((level for level in reversed(held) if level.level == wanted), None)
    return max(held, key=lambda level: (level.level or 0.0, level.begin_ns), default=None)


def _first_failed(judged: list[Level], held: Level | None) -> Level | None:
    """The lowest level above the result that failed, the last time it was tried."""
    above = held.level if held is not None and held.level is not None else 0.0
    failed = [level for level in judged if not level.held and (level.level or 0.0) > above]
    return min(failed, key=lambda level: (level.level or 0.0, -level.begin_ns), default=None)


def _lowest(judged: list[Level]) -> Level | None:
    return min(judged, key=lambda level: (level.level or 0.0, -level.begin_ns), default=None)
