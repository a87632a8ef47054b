"""slowhop export: a report in a form for other programs and people."""

from pathlib import Path
from typing import Annotated

import typer

from analyzer.cli.analysis import exit_code, read_capture, report_on
from analyzer.cli.jaeger_ui import jaeger_ui_of
from analyzer.cli.options import (
    ANY_SHIFT,
    STDIN,
    AllTraffic,
    InputFormat,
    JaegerUi,
    MaxClockShift,
    OnlyRun,
    Paths,
    RankedBy,
    Sort,
)
from analyzer.cli.output import check_target, write
from analyzer.cli.run_store import replace_file


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("export", short_help="Write the report of saved spans for other programs.")(export)


def export(
    paths: Paths,
    *,
    format: Annotated[  # noqa: A002  the option's name
        str, typer.Option("--format", help="The form to export to: json.", metavar="FORM")
    ] = "json",
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", help="The file to write; - is standard output.", metavar="FILE"
        ),
    ] = Path(STDIN),
    sort: Sort = RankedBy.CONTRIBUTION,
    input_format: InputFormat = None,
    jaeger_ui: JaegerUi = None,
    run: OnlyRun = None,
    all_traffic: AllTraffic = False,
    max_clock_shift: MaxClockShift = ANY_SHIFT,
) -> None:
    """Analyse saved spans and export the report."""
    from analyzer.reporters.registry import reporter_for

    reporter = reporter_for(format)
    target = None if str(output) == STDIN else output
    check_target(target)
    page = jaeger_ui_of(jaeger_ui)
    capture = read_capture(paths, input_format, page, run=run, all_traffic=all_traffic)
    report = report_on(capture, paths, "export", max_clock_shift, sort)
    text = reporter.render(report)
    if target is None:
        write(text)
    else:
        replace_file(target, text)
    raise typer.Exit(exit_code(report))
