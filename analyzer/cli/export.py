"""slowhop export: a report in a form for other programs and people."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from analyzer.cli.analysis import ANY_SHIFT, exit_code, read_capture, report_on
from analyzer.cli.options import InputFormat, MaxClockShift, Paths
from analyzer.cli.run_store import replace_file


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("export")(export)


def export(
    paths: Paths,
    *,
    form: Annotated[
        str, typer.Option("--format", help="The form to export to: json.", metavar="FORM")
    ] = "json",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file to write; else standard output.")
    ] = None,
    input_format: InputFormat = None,
    max_clock_shift: MaxClockShift = ANY_SHIFT,
) -> None:
    """Analyse saved spans and export the report."""
    from analyzer.reporters.registry import reporter_for

    reporter = reporter_for(form)
    report = report_on(read_capture(paths, input_format), paths, "export", max_clock_shift)
    text = reporter.render(report)
    if output is None:
        sys.stdout.write(text)
    else:
        replace_file(output, text)
    raise typer.Exit(exit_code(report))
