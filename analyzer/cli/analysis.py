"""From paths to a capture, contributions, a report: what the analysing commands share."""

import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from analyzer.cli.options import ANY_SHIFT, STDIN, Format, RankedBy, time_ns
from analyzer.cli.output import Closing, deliver, progress_bar, some_exemplar, tell
from analyzer.errors import ExitCode

if TYPE_CHECKING:
    from analyzer.cli.session_plan import Finished
    from analyzer.model.run import Capture
    from analyzer.repair.steps import RepairOptions
    from analyzer.report.model import Report

SHOWN_ID_DIGITS = 8
"""Digits of a trace id in a suggested command: enough to be the only one, few enough to read."""

SOUND_ISSUES = frozenset(("not_traces", "missing_service", "odd_metrics", "unowned_metrics"))
"""Issues that leave nothing out of the analysis."""


def read_capture(
    paths: Sequence[str],
    format_name: str | None,
    jaeger_ui: str | None = None,
    *,
    run: str | None = None,
    all_traffic: bool = False,
) -> "Capture":
    """Read dumps and run directories, with a progress bar.

    Args:
        paths: what to read.
        format_name: the format of all files; None to find out.
        jaeger_ui: the address of a Jaeger that has the traces too; None for the one of the run.
        run: the run whose traces are wanted; None for the capture's own.
        all_traffic: every trace is wanted, whoever began it.

    Raises:
        InputError: no span belongs to the run that is wanted.
    """
    from analyzer.pipeline.traffic import Chosen, chosen_of
    from analyzer.readers.read import read

    with progress_bar("reading") as advance:
        capture = read(paths, format_name=format_name, progress=advance)
    capture = chosen_of(capture, Chosen(run=run, everything=all_traffic))
    return replace(capture, jaeger_ui=jaeger_ui or capture.jaeger_ui)


def repair_options(max_clock_shift: str) -> "RepairOptions":
    """What repair may do."""
    from analyzer.repair.steps import RepairOptions

    if max_clock_shift == ANY_SHIFT:
        return RepairOptions()
    return RepairOptions(max_clock_shift_ns=time_ns(max_clock_shift))


def report_on(
    capture: "Capture",
    paths: Sequence[str],
    command: str,
    max_clock_shift: str,
    sort: RankedBy = RankedBy.CONTRIBUTION,
) -> "Report":
    """The report of a capture, with a progress bar."""
    from analyzer.pipeline.analyze import RunName, analyze

    name = RunName(id=name_of(paths), command=command)
    with progress_bar("analysing") as advance:
        return analyze(
            capture,
            name=name,
            options=repair_options(max_clock_shift),
            ranked_by=sort.value,
            progress=advance,
        )


def follow_ups(
    report: "Report", path: str, *, replay: bool, max_clock_shift: str = ANY_SHIFT
) -> tuple[tuple[str, str], ...]:
    """Commands to go on with after a report on one path."""
    quoted = shlex.quote(path)
    found = []
    if replay:
        limit = "" if max_clock_shift == ANY_SHIFT else f" --max-clock-shift {max_clock_shift}"
        sort = (
            "" if report.ranked_by == RankedBy.CONTRIBUTION.value else f" --sort {report.ranked_by}"
        )
        found.append(("replay it", f"slowhop replay {quoted}{limit}{sort}"))
    if trace_id := some_exemplar(report):
        found.append(("one request", f"slowhop trace {quoted} {trace_id[:SHOWN_ID_DIGITS]}"))
    return tuple(found)


def closing_for(report: "Report", paths: Sequence[str]) -> Closing:
    """What stands below the report of a replay."""
    if len(paths) != 1 or paths[0] == STDIN:
        return Closing(advice=_OFFLINE_ADVICE)
    return Closing(follow_ups=follow_ups(report, paths[0], replay=False), advice=_OFFLINE_ADVICE)


_OFFLINE_ADVICE = (
    "Send the services' spans to the receiver while the load runs:",
    "  slowhop live -f locustfile.py --host URL",
)


def exit_code(report: "Report", *, broken: bool = False) -> ExitCode:
    """What the report amounts to.

    3 where a test had something to pass and did not, or an alert stopped the run; 4 where it cannot
    say where the time goes: there is no request, or no span of a service; 5 where it can, but
    records were unusable, spans were turned away for good, or a part of the run broke; else 0.
    """
    test = report.test
    if test is not None and test.passed is False and (test.required or test.kind == "smoke"):
        return ExitCode.REQUIREMENT
    if report.alerts is not None and report.alerts.aborted is not None:
        return ExitCode.REQUIREMENT
    if not report.load.requests or report.completeness.client_spans_only:
        return ExitCode.TOO_LITTLE_DATA
    seen = report.completeness
    unusable = any(i.kind not in SOUND_ISSUES for i in seen.issues)
    cut = broken or bool(seen.not_stored or seen.unfinished)
    return ExitCode.PARTIAL if unusable or cut else ExitCode.OK


def conclude(
    finished: "Finished",
    *,
    format: Format,  # noqa: A002  the option's name
    json_file: Path | None,
) -> ExitCode:
    """Print what a run that has ended says; its exit code."""
    deliver(finished.report, format=format, json_file=json_file, closing=finished.closing)
    for sentence in finished.broken:
        tell(f"warning: {sentence}")
    return exit_code(finished.report, broken=bool(finished.broken))


def name_of(paths: Sequence[str]) -> str:
    """What names an analysis of these paths, where no run does."""
    if len(paths) == 1:
        return "standard input" if paths[0] == STDIN else Path(paths[0]).name or paths[0]
    return f"{len(paths)} inputs"
