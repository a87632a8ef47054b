"""slowhop record: receive spans of any load, and report at the end."""

from pathlib import Path
from typing import Annotated

import typer

from analyzer.cli.analysis import ANY_SHIFT, exit_code
from analyzer.cli.options import (
    Format,
    GrpcPort,
    HttpPort,
    JsonFile,
    LateSpans,
    Listen,
    MaxClockShift,
    ReportFormat,
    RunNameOption,
    RunsDir,
    time_ns,
)
from analyzer.cli.output import deliver

RUNS = Path("runs")


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("record")(record)


def record(
    *,
    run_time: Annotated[
        str | None,
        typer.Option("--run-time", "-t", help="How long, like 60s or 10m; else until Ctrl-C."),
    ] = None,
    name: RunNameOption = None,
    runs_dir: RunsDir = RUNS,
    listen: Listen = "127.0.0.1",
    grpc_port: GrpcPort = 4317,
    http_port: HttpPort = 4318,
    late_spans: LateSpans = 0.0,
    max_clock_shift: MaxClockShift = ANY_SHIFT,
    format: ReportFormat = Format.TERMINAL,  # noqa: A002  the option's name
    json_file: JsonFile = None,
) -> None:
    """Receive spans while another tool makes the load; Ctrl-C gives the report."""
    from analyzer.cli.session import Receiving, SessionPlan, run_session

    finished = run_session(
        SessionPlan(
            name=name or "record",
            command="record",
            runs_dir=runs_dir,
            receiving=Receiving(
                listen=listen, grpc_port=grpc_port, http_port=http_port, late_spans_s=late_spans
            ),
            max_clock_shift=max_clock_shift,
            record_s=None if run_time is None else time_ns(run_time) / 1e9,
        )
    )
    deliver(finished.report, format=format, json_file=json_file, closing=finished.closing)
    raise typer.Exit(exit_code(finished.report))
