"""slowhop demo: the whole of it on the sample shop, with a fault to find."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from analyzer.cli.alerting import Alerting, with_alerting
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
from analyzer.cli.shaping import USERS, Shaping, load_test_of, with_shaping
from collector.forward.target import targets

if TYPE_CHECKING:
    from services.shop.faults import Fault

DEFAULT_FAULT = "slow_service"

RUN_TIME = "20s"
"""Long enough for a ranking; a test that comes to several levels of load wants more."""


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo", short_help="Load the sample shop and find its fault.")(
        with_alerting(with_shaping(demo))
    )


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
        int | None, typer.Option("--users", "-u", help="How many users; 10.", min=1, metavar="N")
    ] = None,
    run_time: Annotated[
        str | None,
        typer.Option("--run-time", "-t", help="How long the load lasts; 20s.", metavar="TIME"),
    ] = None,
    shaping: Shaping,
    alerting: Alerting,
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
    if shaping.arrival_rate is None:
        users = users or USERS
    if shaping.soak is None:
        run_time = run_time or RUN_TIME
    rate = None if users is None else float(users)
    test = load_test_of(shaping, users=users, spawn_rate=rate, run_time=run_time)
    check_target(json)
    chosen = _fault(fault)
    finished = run_session(
        SessionPlan(
            name="demo",
            command="demo",
            runs_dir=runs_dir,
            receiving=replace(FREE_PORTS, forward=targets(forward or ())),
            watch=targets_of(watch or ()),
            alerting=alerting,
            jaeger_ui=jaeger_ui_of(jaeger_ui),
            load=LoadPlan(
                locustfile=str(SHOP),
                host=None,
                users=users,
                spawn_rate=rate,
                run_time=run_time,
                test=test,
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
