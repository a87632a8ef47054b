"""slowhop live: put load on a system and say why it is slow."""

from dataclasses import replace
from typing import Annotated

import typer

from analyzer.cli.alerting import Alerting, with_alerting
from analyzer.cli.analysis import conclude
from analyzer.cli.options import (
    ANY_SHIFT,
    LATE_SPANS_S,
    LOCUSTFILE,
    PASSED_ON,
    RUNS,
    TO_LOCUST,
    AllTraffic,
    Format,
    Host,
    JaegerUi,
    JsonFile,
    LateSpans,
    Locustfile,
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
from analyzer.cli.shaping import Shaping, load_test_of, with_shaping
from collector.options import Receiving
from collector.watch_targets import targets_of


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        "live",
        context_settings=TO_LOCUST,
        short_help="Run locust, and say why it is slow.",
        epilog=PASSED_ON,
    )(with_alerting(with_shaping(with_receiver(live))))


def live(
    context: typer.Context,
    *,
    locustfile: Locustfile = LOCUSTFILE,
    host: Host = None,
    users: Annotated[
        int | None, typer.Option("--users", "-u", help="How many users.", min=1, metavar="N")
    ] = None,
    spawn_rate: Annotated[
        float | None,
        typer.Option("--spawn-rate", "-r", help="Users started per second.", metavar="N"),
    ] = None,
    run_time: Annotated[
        str | None,
        typer.Option(
            "--run-time",
            "-t",
            help="How long, like 60s or 10m; else until Ctrl-C.",
            metavar="TIME",
        ),
    ] = None,
    shaping: Shaping,
    alerting: Alerting,
    web_ui: Annotated[
        bool, typer.Option("--web-ui", help="Steer locust from its web page instead of from here.")
    ] = False,
    web_port: Annotated[
        int, typer.Option(help="Port of locust's web page.", min=1, max=65535, metavar="PORT")
    ] = 8089,
    otel: Annotated[
        bool, typer.Option("--otel", help="Let locust's own OpenTelemetry make the client spans.")
    ] = False,
    name: RunNameOption = None,
    runs_dir: RunsDir = RUNS,
    receiving: Receiving,
    jaeger_ui: JaegerUi = None,
    watch: WatchProcesses = None,
    late_spans: LateSpans = LATE_SPANS_S,
    all_traffic: AllTraffic = False,
    max_clock_shift: MaxClockShift = ANY_SHIFT,
    sort: Sort = RankedBy.CONTRIBUTION,
    format: ReportFormat = Format.TERMINAL,  # noqa: A002  the option's name
    json: JsonFile = None,
) -> None:
    """Receive spans, run locust, show the bottlenecks while it runs and report at the end."""
    from analyzer.cli.session import run_session
    from analyzer.cli.session_plan import LoadPlan, SessionPlan

    run_time_s(run_time)
    test = load_test_of(shaping, users=users, spawn_rate=spawn_rate, run_time=run_time)
    check_target(json)
    load = LoadPlan(
        locustfile=locustfile,
        host=host,
        users=users,
        spawn_rate=spawn_rate,
        run_time=run_time,
        web_ui_port=web_port if web_ui else None,
        otel=otel,
        test=test,
        extra=tuple(context.args),
    )
    plan = SessionPlan.from_load(
        load,
        command="live",
        name=name,
        runs_dir=runs_dir,
        receiving=receiving,
        jaeger_ui=jaeger_ui,
        late_spans_s=late_spans,
    )
    plan = replace(
        plan,
        watch=targets_of(watch or ()),
        alerting=alerting,
        all_traffic=all_traffic,
        max_clock_shift=max_clock_shift,
        sort=sort,
    )
    raise typer.Exit(conclude(run_session(plan), format=format, json_file=json))
