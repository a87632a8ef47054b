"""slowhop demo: the whole of it on the sample shop, with a fault to find."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from analyzer.cli.analysis import ANY_SHIFT, exit_code
from analyzer.cli.options import Format, JsonFile, ReportFormat, RunsDir
from analyzer.cli.output import deliver

RUNS = Path("runs")
DEFAULT_FAULT = "slow_service"


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    *,
    fault: Annotated[
        str, typer.Option(help="What is wrong with the shop; see: slowhop services faults.")
    ] = DEFAULT_FAULT,
    users: Annotated[int, typer.Option("--users", "-u", help="How many users.", min=1)] = 10,
    run_time: Annotated[
        str, typer.Option("--run-time", "-t", help="How long the load lasts.")
    ] = "20s",
    runs_dir: RunsDir = RUNS,
    format: ReportFormat = Format.TERMINAL,  # noqa: A002  the option's name
    json_file: JsonFile = None,
) -> None:
    """Start the sample shop with a fault, put load on it, and find the fault."""
    from analyzer.cli.session import (
        LoadPlan,
        Receiving,
        SampleSystem,
        SessionPlan,
        run_session,
    )
    from loadgen import locustfiles

    finished = run_session(
        SessionPlan(
            name="demo",
            command="demo",
            runs_dir=runs_dir,
            receiving=Receiving(listen="127.0.0.1", grpc_port=0, http_port=0, late_spans_s=6.0),
            max_clock_shift=ANY_SHIFT,
            load=LoadPlan(
                locustfile=str(Path(locustfiles.__path__[0]) / "shop.py"),
                host=None,
                users=users,
                spawn_rate=float(users),
                run_time=run_time,
            ),
            system=SampleSystem(name="shop", fault=fault),
        )
    )
    deliver(finished.report, format=format, json_file=json_file, closing=finished.closing)
    if format is Format.TERMINAL:
        _say_what_was_wrong(fault)
        sys.stdout.write(f" Report as JSON {finished.run_dir / 'report.json'}\n")
    raise typer.Exit(exit_code(finished.report))


def _say_what_was_wrong(fault: str) -> None:
    """Tell what the demo had broken, for comparison with what the report ranks first."""
    from services.launcher import faults

    found = faults()[fault]
    answer = f" Right answer: {found.answer}." if found.answer else ""
    sys.stdout.write(f" The demo's fault: {found.description}{answer}\n")
