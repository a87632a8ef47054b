"""The section of a test: its levels, and the verdict of its kind."""

from typing import get_args

from analyzer.model.load_test import ArrivalsRecord
from analyzer.report.load_test import Arrivals, LevelRow, LoadTest, TestKind
from analyzer.verdicts import capacity, smoke, spike, steady, stress
from analyzer.verdicts.evidence import Evidence
from analyzer.verdicts.levels import Level
from analyzer.verdicts.required import broken, text_of

KINDS = {kind: kind for kind in get_args(TestKind)}


def section_of(e: Evidence) -> LoadTest | None:
    """What a test concludes; None of a kind that is not known."""
    planned = e.test.planned
    kind: TestKind | None = KINDS.get(planned.kind)
    if kind is None:
        return None
    rows = tuple(e.row(level) for level in e.levels)
    section = LoadTest(
        kind=kind,
        unit=planned.unit,
        required=tuple(text_of(r) for r in planned.required),
        levels=rows,
        arrivals=_arrivals(e.test.arrivals) if e.test.arrivals is not None else None,
    )
    update = {
        "load": _load,
        "stress": _stress,
        "spike": _spike,
        "endurance": _endurance,
        "capacity": _capacity,
        "smoke": _smoke,
    }[kind](e, rows)
    return section.model_copy(update=update)


def _load(e: Evidence, rows: tuple[LevelRow, ...]) -> dict[str, object]:
    if not rows or not rows[-1].requests:
        return _too_short("No request began after the load was reached.")
    level, row = e.levels[-1], _judged(e, e.levels[-1], rows[-1])
    found = steady.load_verdict(e, level, row)
    fine = found.steady and found.errors_fine and found.limit is None and not row.why
    return {"load": found, "levels": (*rows[:-1], row), "passed": fine}


def _stress(e: Evidence, rows: tuple[LevelRow, ...]) -> dict[str, object]:
    reached = tuple(row for row in rows if row.requests)
    if len(reached) < 2 or reached != rows[: len(reached)]:
        return _too_short("Fewer than two steps were reached.")
    judged = stress.judged(e, reached)
    found = stress.verdict(e, judged)
    if found.at_level is None and reached[0].requests < stress.ENOUGH_FOR_MEDIAN:
        return _too_short("The first step had too few requests to compare the others with.")
    return {"stress": found, "levels": (*judged, *rows[len(judged) :])}


def _spike(e: Evidence, _rows: tuple[LevelRow, ...]) -> dict[str, object]:
    roles = {level.role: level for level in e.levels}
    if not {"base", "peak", "recovery"} <= roles.keys():
        return _too_short("The test ended before the load was back at its base.")
    found = spike.verdict(e, roles["base"], roles["peak"], roles["recovery"])
    if found is None:
        return _too_short("The base was too short to know what is usual.")
    return {"spike": found, "passed": found.recovered_after_s is not None}


def _endurance(e: Evidence, rows: tuple[LevelRow, ...]) -> dict[str, object]:
    found = steady.endurance_verdict(e, e.levels[-1]) if rows else None
    if found is None:
        return _too_short("Too few requests to tell a trend from chance.")
    row = _judged(e, e.levels[-1], rows[-1])
    drifts = any(t.kind == "latency" and t.grows for t in found.trends)
    fine = not found.leaks and not drifts and not row.why
    return {"endurance": found, "levels": (*rows[:-1], row), "passed": fine}


def _capacity(e: Evidence, _rows: tuple[LevelRow, ...]) -> dict[str, object]:
    found = capacity.verdict(e)
    judged = tuple(e.row(level) for level in e.levels if level.held is not None)
    return {"capacity": found, "levels": judged, "passed": found.confirmed}


def _smoke(e: Evidence, _rows: tuple[LevelRow, ...]) -> dict[str, object]:
    found = smoke.verdict(e)
    return {"smoke": found, "levels": (), "passed": smoke.passed(found)}


def _judged(e: Evidence, level: Level, row: LevelRow) -> LevelRow:
    """A level's row with whether it kept what is required."""
    if not e.test.planned.required:
        return row
    rows = level.began_in(e.c.requests)
    requests = e.c.requests
    why = broken(e.test.planned.required, requests.duration_ns[rows], requests.failed[rows])
    return row.model_copy(update={"held": not why, "why": why})


def _too_short(sentence: str) -> dict[str, object]:
    return {"too_short": sentence}


def _arrivals(a: ArrivalsRecord) -> Arrivals:
    return Arrivals(
        due=a.due,
        begun=a.begun,
        late=a.late,
        dropped=a.dropped,
        late_after_ms=a.late_after_ms,
        delay_p95_ms=a.delay.p95_ms,
        measured_p50_ms=a.from_begin.p50_ms,
        measured_p95_ms=a.from_begin.p95_ms,
        measured_p99_ms=a.from_begin.p99_ms,
        from_due_p50_ms=a.from_due.p50_ms,
        from_due_p95_ms=a.from_due.p95_ms,
        from_due_p99_ms=a.from_due.p99_ms,
    )
