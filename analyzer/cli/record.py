"""slowhop record: receive spans of any load, and report at the end."""

from typing import Annotated

import typer

from analyzer.cli.alerting import Alerting, with_alerting
from analyzer.cli.analysis import conclude
from analyzer.cli.jaeger_ui import jaeger_ui_of
from analyzer.cli.options import (
    ANY_SHIFT,
    RUNS,
    Format,
    JaegerUi,
    JsonFile,
    LateSpans,
    MaxClockShift,
    RankedBy,
    ReportFormat,
    RunNameOption,
    RunsDir,
    Sort,
    WatchProcesses,
    run_time_s,
)
from analyzer.cli.output import check_target
from analyzer.cli.receiving import with_receiver
from collector.options import Receiving
from collector.watch_targets import targets_of


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("record", short_help="Receive the spans of any load, then report.")(
        with_alerting(with_receiver(record))
    )


def record(
    *,
    run_time: Annotated[
        str | None,
        typer.Option(
            "--run-time",
            "-t",
            help="How long, like 60s or 10m; else until Ctrl-C.",
            metavar="TIME",
        ),
    ] = None,
    name: RunNameOption = None,
    runs_dir: RunsDir = RUNS,
    receiving: Receiving,
    jaeger_ui: JaegerUi = None,
    watch: WatchProcesses = None,
    alerting: Alerting,
    late_spans: LateSpans = 0.0,
    max_clock_shift: MaxClockShift = ANY_SHIFT,
    sort: Sort = RankedBy.CONTRIBUTION,
    format: ReportFormat = Format.TERMINAL,  # noqa: A002  the option's name
    json: JsonFile = None,
) -> None:
    """Receive spans while another tool makes the load; Ctrl-C gives the report."""
    from analyzer.cli.session import run_session
    from analyzer.cli.session_plan import SessionPlan

    check_target(json)
    finished = run_session(
        SessionPlan(
            name=name or "record",
            command="record",
            runs_dir=runs_dir,
            receiving=receiving,
            jaeger_ui=jaeger_ui_of(jaeger_ui),
            watch=targets_of(watch or ()),
            alerting=alerting,
            late_spans_s=late_spans,
            max_clock_shift=max_clock_shift,
            sort=sort,
            record_s=run_time_s(run_time),
        )
    )
    raise typer.Exit(conclude(finished, format=format, json_file=json))
