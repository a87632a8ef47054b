"""slowhop compare: what got slower between two runs."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analyzer.cli.analysis import SOUND_ISSUES, name_of, read_capture, repair_options
from analyzer.cli.jaeger_ui import jaeger_ui_of
from analyzer.cli.options import ANY_SHIFT, STDIN, InputFormat, JaegerUi, JsonFile, MaxClockShift
from analyzer.cli.output import check_target, progress_bar, show, write
from analyzer.cli.run_store import replace_file
from analyzer.errors import ExitCode, InputError

if TYPE_CHECKING:
    from analyzer.model.run import Capture
    from analyzer.report.compare import Comparison
    from analyzer.report.model import Report

REPORT_MARK = b'"slowhop.report/'
LOOKED_AT = 4096
"""Bytes at the start of a file in which a report says what it is: the schema comes first."""

EPILOG = """\
BASE and CANDIDATE are run directories, span dumps, or reports that were saved as JSON. A report
holds no single calls, so from reports only means can be compared.

Two columns are never mixed. The change by medians per call ranks and is judged: slower, faster or
noise. The exact change of the mean is split over the same rows and sums to the whole.
"""


class CompareFormat(StrEnum):
    """Forms of a comparison."""

    TERMINAL = "terminal"
    JSON = "json"
    MARKDOWN = "markdown"


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("compare", short_help="What got slower between two runs?", epilog=EPILOG)(compare)


def compare(
    base: Annotated[
        str, typer.Argument(help="The run as it should be.", metavar="BASE", show_default=False)
    ],
    candidate: Annotated[
        str, typer.Argument(help="The run in question.", metavar="CANDIDATE", show_default=False)
    ],
    *,
    format: Annotated[  # noqa: A002  the option's name
        CompareFormat, typer.Option("--format", help="What to print.")
    ] = CompareFormat.TERMINAL,
    json: JsonFile = None,
    input_format: InputFormat = None,
    jaeger_ui: JaegerUi = None,
    max_clock_shift: MaxClockShift = ANY_SHIFT,
) -> None:
    """Say what got slower from BASE to CANDIDATE, where, by how much, and whether it is noise."""
    check_target(json)
    if base == candidate == STDIN:
        raise InputError("both runs cannot be standard input", hint="name a file for one of them")
    page = jaeger_ui_of(jaeger_ui)
    sides = [_open(path, input_format, page) for path in (base, candidate)]
    comparison = _compared(base, candidate, sides[0], sides[1], max_clock_shift)
    _print(comparison, format)
    if json is not None:
        replace_file(json, comparison.to_json())
    raise typer.Exit(_exit_code(sides))


def _compared(
    base: str,
    candidate: str,
    first: "Capture | Report",
    second: "Capture | Report",
    max_clock_shift: str,
) -> "Comparison":
    """Compare by calls where both runs' spans are there, else by reports."""
    from analyzer.model.run import Capture
    from analyzer.pipeline.compare import Recorded, compare_runs, compare_saved

    if isinstance(first, Capture) and isinstance(second, Capture):
        with progress_bar("comparing") as advance:
            return compare_runs(
                Recorded(name=name_of([base]), capture=first),
                Recorded(name=name_of([candidate]), capture=second),
                options=repair_options(max_clock_shift),
                progress=advance,
            )
    return compare_saved(
        _report_of(first, base, max_clock_shift), _report_of(second, candidate, max_clock_shift)
    )


def _report_of(side: "Capture | Report", path: str, max_clock_shift: str) -> "Report":
    from analyzer.cli.analysis import report_on
    from analyzer.model.run import Capture

    if isinstance(side, Capture):
        return report_on(side, [path], "compare", max_clock_shift)
    return side


def _open(path: str, input_format: str | None, page: str | None) -> "Capture | Report":
    """What a path holds: spans, or a report that was saved; with Jaeger's page, if one is named."""
    report = None if input_format or path == STDIN else _saved_report(Path(path))
    if report is None:
        return read_capture([path], input_format, jaeger_ui=page)
    run = report.run.model_copy(update={"jaeger_ui": page or report.run.jaeger_ui})
    return report.model_copy(update={"run": run})


def _saved_report(path: Path) -> "Report | None":
    """The report in a file; None where the file is no report.

    Raises:
        InputError: it is one that cannot be read.
    """
    if not path.is_file():
        return None
    try:
        with path.open("rb") as file:
            head = file.read(LOOKED_AT)
            if REPORT_MARK not in head:
                return None
            text = head + file.read()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}", hint="check that you may read it") from error
    from pydantic import ValidationError

    from analyzer.report.model import Report

    try:
        return Report.from_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise InputError(
            f"{path}: not a report of version 1: {place}: {first['msg']}",
            hint="compare the run directories, or make the report anew with slowhop export",
        ) from error


def _print(comparison: "Comparison", form: CompareFormat) -> None:
    if form is CompareFormat.JSON:
        write(comparison.to_json())
    elif form is CompareFormat.MARKDOWN:
        from analyzer.reporters.compare_markdown import MarkdownComparison

        write(MarkdownComparison().render(comparison))
    else:
        from analyzer.reporters.terminal.compare import render_comparison

        show(render_comparison(comparison))


def _exit_code(sides: "list[Capture | Report]") -> ExitCode:
    """5 where records of a run were unusable, else 0."""
    from analyzer.model.run import Capture

    kinds = {
        str(issue.kind)
        for side in sides
        for issue in (side.issues if isinstance(side, Capture) else side.completeness.issues)
    }
    return ExitCode.PARTIAL if kinds - SOUND_ISSUES else ExitCode.OK
