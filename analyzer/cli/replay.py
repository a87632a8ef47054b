"""slowhop replay: the report of saved spans."""

import typer

from analyzer.cli.analysis import closing_for, exit_code, read_capture, report_on
from analyzer.cli.jaeger_ui import jaeger_ui_of
from analyzer.cli.options import (
    ANY_SHIFT,
    AllTraffic,
    Format,
    InputFormat,
    JaegerUi,
    JsonFile,
    MaxClockShift,
    OnlyRun,
    Paths,
    RankedBy,
    ReportFormat,
    Sort,
)
from analyzer.cli.output import check_target, deliver


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("replay", short_help="Report on saved spans.")(replay)


def replay(
    paths: Paths,
    *,
    format: ReportFormat = Format.TERMINAL,  # noqa: A002  the option's name
    json: JsonFile = None,
    sort: Sort = RankedBy.CONTRIBUTION,
    input_format: InputFormat = None,
    jaeger_ui: JaegerUi = None,
    run: OnlyRun = None,
    all_traffic: AllTraffic = False,
    max_clock_shift: MaxClockShift = ANY_SHIFT,
) -> None:
    """Analyse saved spans: run directories and dumps give the report that a live run would."""
    check_target(json)
    page = jaeger_ui_of(jaeger_ui)
    capture = read_capture(paths, input_format, page, run=run, all_traffic=all_traffic)
    report = report_on(capture, paths, "replay", max_clock_shift, sort)
    deliver(report, format=format, json_file=json, closing=closing_for(report, paths))
    raise typer.Exit(exit_code(report))
