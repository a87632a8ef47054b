"""What a run directory says of its test: the plan in `run.json`, and how it went."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from analyzer.model.issue import Issues
from analyzer.model.load_test import (
    ArrivalsRecord,
    PhaseRecord,
    PlannedPhase,
    PlannedTest,
    Required,
    TaskRecord,
    TestRecord,
    Times,
)
from analyzer.readers.lenient_json import LenientObject, read_object, read_objects

PHASES = "phases.jsonl"
ARRIVALS = "arrivals.json"
TASKS = "tasks.json"


def read_test(
    directory: Path, load: LenientObject | None, ended_ns: int | None, issues: Issues
) -> TestRecord | None:
    """The test of a run directory; None where `run.json` names none.

    Args:
        directory: the run directory.
        load: what `run.json` says of the load.
        ended_ns: when the load ended, ns since the epoch, if known.
        issues: what is there and damaged is added.
    """
    plan = load.part("test") if load is not None else None
    if plan is None:
        return None
    lines = tuple(read_objects(directory / PHASES, issues))
    last = next((line for line in lines if line.text("event") == "ended"), None)
    return TestRecord(
        planned=_planned(plan),
        phases=tuple(_phases(lines, ended_ns)),
        arrivals=_arrivals(read_object(directory / ARRIVALS, issues)),
        tasks=tuple(_tasks(read_object(directory / TASKS, issues))),
        search_ended=last is not None,
        result=last.number("result") if last is not None else None,
    )


def _planned(plan: LenientObject) -> PlannedTest:
    return PlannedTest(
        kind=plan.text("kind") or "load",
        unit=plan.text("unit") or "users",
        phases=tuple(
            PlannedPhase(
                name=row.text("name") or "",
                role=row.text("role") or "",
                level=row.number("level"),
                begin_s=row.number("begin_s") or 0.0,
                approach_s=row.number("approach_s") or 0.0,
                seconds=row.number("seconds"),
            )
            for row in plan.parts("phases")
        ),
        required=tuple(
            Required(figure=row.text("figure") or "", below=row.number("below") or 0.0)
            for row in plan.parts("requirements")
        ),
    )


def _phases(lines: tuple[LenientObject, ...], ended_ns: int | None) -> Iterator[PhaseRecord]:
    """Each phase lasts until the next line says otherwise."""
    now: PhaseRecord | None = None
    for line in lines:
        time_ns = line.whole("time_ns")
        if time_ns is None:
            continue
        if now is not None:
            if line.text("event") == "judged":
                now = replace(now, held=line.truth("held"), why=line.texts("why"))
            yield replace(now, ended_ns=time_ns)
            now = None
        if line.text("event") == "began":
            now = PhaseRecord(
                name=line.text("name") or "",
                role=line.text("role") or "",
                level=line.number("level") or 0.0,
                began_ns=time_ns,
            )
    if now is not None:
        yield replace(now, ended_ns=ended_ns)


def _arrivals(record: LenientObject | None) -> ArrivalsRecord | None:
    if record is None:
        return None
    delay, from_begin, from_due = (
        _times(record.part(name)) for name in ("delay", "from_begin", "from_due")
    )
    if delay is None or from_begin is None or from_due is None:
        return None
    return ArrivalsRecord(
        due=record.whole("due") or 0,
        begun=record.whole("begun") or 0,
        late=record.whole("late") or 0,
        dropped=record.whole("dropped") or 0,
        late_after_ms=record.number("late_after_ms") or 0.0,
        delay=delay,
        from_begin=from_begin,
        from_due=from_due,
    )


def _times(record: LenientObject | None) -> Times | None:
    if record is None:
        return None
    return Times(
        mean_ms=record.number("mean_ms") or 0.0,
        p50_ms=record.number("p50_ms") or 0.0,
        p95_ms=record.number("p95_ms") or 0.0,
        p99_ms=record.number("p99_ms") or 0.0,
        max_ms=record.number("max_ms") or 0.0,
    )


def _tasks(record: LenientObject | None) -> Iterator[TaskRecord]:
    for row in record.parts("tasks") if record is not None else ():
        name = row.text("name")
        if name is not None:
            yield TaskRecord(name=name, runs=row.whole("runs") or 0)
