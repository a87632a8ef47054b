"""slowhop demo: the whole of it on the sample shop, with a fault to find."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from analyzer.cli.analysis import conclude
from analyzer.cli.jaeger_ui import jaeger_ui_of
from analyzer.cli.options import (
    RUNS,
    Format,
    JaegerUi,
    JsonFile,
    ReportFormat,
    RunsDir,
    WatchProcesses,
    run_time_s,
)
from analyzer.cli.output import check_target, write
from analyzer.cli.receiving import Forward
from collector.forward.target import targets

if TYPE_CHECKING:
    from services.shop.faults import Fault

DEFAULT_FAULT = "slow_service"


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo", short_help="Load the sample shop and find its fault.")(demo)


def demo(
    *,
    fault: Annotated[
        str,
        typer.Option(
            help="What is wrong with the shop; see: slowhop services faults.", metavar="NAME"
        ),
    ] = DEFAULT_FAULT,
    strength: Annotated[
        float,
        typer.Option(
            help="How far the fault goes: 0 not at all, 0.5 half way, 1 all the way, or further.",
            min=0,
            metavar="NUMBER",
        ),
    ] = 1.0,
    users: Annotated[
        int, typer.Option("--users", "-u", help="How many users.", min=1, metavar="N")
    ] = 10,
    run_time: Annotated[
        str,
        typer.Option("--run-time", "-t", help="How long the load lasts.", metavar="TIME"),
    ] = "20s",
    watch: WatchProcesses = None,
    runs_dir: RunsDir = RUNS,
    forward: Forward = None,
    jaeger_ui: JaegerUi = None,
    format: ReportFormat = Format.TERMINAL,  # noqa: A002  the option's name
    json: JsonFile = None,
) -> None:
    """Start the sample shop with a fault, put load on it, and find the fault."""
    from analyzer.cli.session import run_session
    from analyzer.cli.session_plan import LoadPlan, SampleSystem, SessionPlan
    from collector.options import FREE_PORTS
    from collector.watch_targets import targets_of
    from loadgen.locustfiles import SHOP

    run_time_s(run_time)
    check_target(json)
    chosen = _fault(fault)
    finished = run_session(
        SessionPlan(
            name="demo",
            command="demo",
            runs_dir=runs_dir,
            receiving=replace(FREE_PORTS, forward=targets(forward or ())),
            watch=targets_of(watch or ()),
            jaeger_ui=jaeger_ui_of(jaeger_ui),
            load=LoadPlan(
                locustfile=str(SHOP),
                host=None,
                users=users,
                spawn_rate=float(users),
                run_time=run_time,
            ),
            system=SampleSystem(name="shop", fault=fault, strength=strength),
        )
    )
    code = conclude(finished, format=format, json_file=json)
    if format is Format.TERMINAL:
        answer = "nothing" if chosen.answer is None else chosen.answer.label()
        write(
            f"\n What was wrong: {chosen.description} To be named first: {answer}.\n"
            f" The report as JSON: {finished.run_dir / 'report.json'}\n"
        )
    raise typer.Exit(code)


def _fault(name: str) -> "Fault":
    from analyzer.errors import InputError
    from services.errors import ServiceError
    from services.shop.faults import fault

    try:
        return fault(name)
    except ServiceError as error:
        raise InputError(error.message, hint=error.hint) from error
