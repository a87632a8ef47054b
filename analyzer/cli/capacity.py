"""slowhop capacity: the highest load that keeps what is required."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from analyzer.cli.alerting import Alerting, with_alerting
from analyzer.cli.analysis import conclude
from analyzer.cli.options import (
    LATE_SPANS_S,
    LOCUSTFILE,
    PASSED_ON,
    RUNS,
    TO_LOCUST,
    Format,
    Host,
    JaegerUi,
    JsonFile,
    LateSpans,
    Locustfile,
    ReportFormat,
    RunNameOption,
    RunsDir,
    WatchProcesses,
    run_time_s,
)
from analyzer.cli.output import check_target
from analyzer.cli.receiving import with_receiver
from analyzer.cli.shaping import ArrivalRate, ArrivalSpacing, MaxUsers, Require, open_load
from analyzer.errors import InputError
from collector.options import Receiving
from collector.watch_targets import targets_of
from loadgen.arrivals import Spacing

if TYPE_CHECKING:
    from loadgen.load_test import LoadTest

START = 5
"""Users to begin with: few enough for any system that is worth a load test."""

MOST = 1000.0
"""The highest level tried unless another is named: what one machine makes without trouble."""

LEVEL_TIME = "15s"
"""Two thirds of it are judged: with 30 requests a second, 300 of them."""


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        "capacity",
        context_settings=TO_LOCUST,
        short_help="Find the highest load that holds.",
        epilog=PASSED_ON,
    )(with_alerting(with_receiver(capacity)))


def capacity(
    context: typer.Context,
    *,
    locustfile: Locustfile = LOCUSTFILE,
    host: Host = None,
    require: Require = None,
    users: Annotated[
        int | None,
        typer.Option("--users", "-u", help="Users to begin with; 5.", min=1, metavar="N"),
    ] = None,
    arrival_rate: ArrivalRate = None,
    peak: Annotated[
        float, typer.Option(help="The highest load to try.", min=1, metavar="N")
    ] = MOST,
    level_time: Annotated[
        str, typer.Option(help="How long each level lasts.", metavar="TIME")
    ] = LEVEL_TIME,
    within: Annotated[
        float,
        typer.Option(help="How near to come, in percent of it.", min=0.1, max=100, metavar="N"),
    ] = 10.0,
    spacing: ArrivalSpacing = Spacing.POISSON,
    max_users: MaxUsers = None,
    alerting: Alerting,
    watch: WatchProcesses = None,
    name: RunNameOption = None,
    runs_dir: RunsDir = RUNS,
    receiving: Receiving,
    jaeger_ui: JaegerUi = None,
    late_spans: LateSpans = LATE_SPANS_S,
    format: ReportFormat = Format.TERMINAL,  # noqa: A002  the option's name
    json: JsonFile = None,
) -> None:
    """Find the highest load that keeps what is required, and what limits it."""
    from analyzer.cli.session import run_session
    from analyzer.cli.session_plan import LoadPlan, SessionPlan

    test = capacity_test(
        require=tuple(require or ()),
        users=users,
        arrival_rate=arrival_rate,
        peak=peak,
        level_time=level_time,
        within=within,
        spacing=spacing,
        max_users=max_users,
    )
    check_target(json)
    load = LoadPlan(
        locustfile=locustfile,
        host=host,
        users=None,
        spawn_rate=None,
        run_time=None,
        test=test,
        extra=tuple(context.args),
    )
    plan = SessionPlan.from_load(
        load,
        command="capacity",
        name=name,
        runs_dir=runs_dir,
        receiving=receiving,
        jaeger_ui=jaeger_ui,
        late_spans_s=late_spans,
    )
    plan = replace(plan, watch=targets_of(watch or ()), alerting=alerting)
    raise typer.Exit(conclude(run_session(plan), format=format, json_file=json))


def capacity_test(
    *,
    require: tuple[str, ...],
    users: int | None,
    arrival_rate: float | None,
    peak: float,
    level_time: str,
    within: float,
    spacing: Spacing,
    max_users: int | None,
) -> "LoadTest":
    """The search that the options mean.

    Raises:
        InputError: nothing is required, or options that make no sense together.
    """
    from loadgen.capacity_search import Bounds
    from loadgen.load_test import CAPACITY, CapacitySearch, LoadTest
    from loadgen.requirements import Requirement

    if not require:
        raise InputError(
            "a capacity needs something that has to hold",
            hint="say what: --require 'p95 < 300ms' --require 'errors < 1%'",
        )
    if users is not None and arrival_rate is not None:
        raise InputError("a load is either users or arrivals", hint="use --users or --arrival-rate")
    start = arrival_rate if arrival_rate is not None else float(users or START)
    level_s = run_time_s(level_time)
    return LoadTest(
        kind=CAPACITY,
        search=CapacitySearch(
            bounds=Bounds(start=start, most=peak, within=within / 100, whole=arrival_rate is None),
            level_s=level_s or 0.0,
        ),
        arrivals=open_load(arrival_rate, spacing, max_users, most=min(peak, 100 * start)),
        requirements=tuple(Requirement.from_text(text) for text in require),
    )
