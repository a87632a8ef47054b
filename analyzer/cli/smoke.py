"""slowhop smoke: does everything answer, and is everything traced?"""

from typing import Annotated

import typer

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
    run_time_s,
)
from analyzer.cli.output import check_target
from analyzer.cli.receiving import with_receiver
from collector.options import Receiving


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        "smoke",
        context_settings=TO_LOCUST,
        short_help="See whether all answers and is traced.",
        epilog=PASSED_ON,
    )(with_receiver(smoke))


def smoke(
    context: typer.Context,
    *,
    locustfile: Locustfile = LOCUSTFILE,
    host: Host = None,
    users: Annotated[
        int,
        typer.Option(
            "--users", "-u", help="How many users; at least one of each class.", min=1, metavar="N"
        ),
    ] = 2,
    run_time: Annotated[
        str, typer.Option("--run-time", "-t", help="How long it lasts.", metavar="TIME")
    ] = "10s",
    name: RunNameOption = None,
    runs_dir: RunsDir = RUNS,
    receiving: Receiving,
    jaeger_ui: JaegerUi = None,
    late_spans: LateSpans = LATE_SPANS_S,
    format: ReportFormat = Format.TERMINAL,  # noqa: A002  the option's name
    json: JsonFile = None,
) -> None:
    """Run every task a few times: does everything answer, and is everything traced?"""
    from analyzer.cli.session import run_session
    from analyzer.cli.session_plan import LoadPlan, SessionPlan
    from loadgen.load_test import SMOKE, LoadTest

    run_time_s(run_time)
    check_target(json)
    load = LoadPlan(
        locustfile=locustfile,
        host=host,
        users=users,
        spawn_rate=float(users),
        run_time=run_time,
        test=LoadTest(kind=SMOKE),
        extra=tuple(context.args),
    )
    plan = SessionPlan.from_load(
        load,
        command="smoke",
        name=name,
        runs_dir=runs_dir,
        receiving=receiving,
        jaeger_ui=jaeger_ui,
        late_spans_s=late_spans,
    )
    raise typer.Exit(conclude(run_session(plan), format=format, json_file=json))
