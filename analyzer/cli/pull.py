"""slowhop pull: traces out of a running backend, and their report."""

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analyzer.cli.analysis import conclude
from analyzer.cli.options import (
    ANY_SHIFT,
    RUNS,
    Format,
    JsonFile,
    MaxClockShift,
    RankedBy,
    ReportFormat,
    RunNameOption,
    RunsDir,
    Sort,
    time_ns,
)
from analyzer.cli.output import check_target
from analyzer.cli.pull_window import window_of
from analyzer.errors import InputError

if TYPE_CHECKING:
    from analyzer.pull.address import Address

EPILOG = """\
A token is taken from the environment: SLOWHOP_PULL_TOKEN. A user and a password may stand in the
URL. None of them is written anywhere.
"""

LIMIT = 20_000
"""Enough for any percentile, and fetched in minutes."""

PAGE = 500
"""What a backend finds in a second or two, and well below what it allows."""

SILENCE_S = 60.0
"""A search of a large backend may take that long."""


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        "pull", short_help="Fetch traces from Jaeger or Tempo, then report.", epilog=EPILOG
    )(pull)


def pull(
    *,
    jaeger: Annotated[
        str | None, typer.Option(help="A Jaeger's query API, with its base path.", metavar="URL")
    ] = None,
    tempo: Annotated[
        str | None, typer.Option(help="A Tempo's HTTP API, with its base path.", metavar="URL")
    ] = None,
    service: Annotated[
        list[str] | None,
        typer.Option(
            help="Traces with a span of this service; may be repeated. All if none, but for"
            " Jaeger's own.",
            metavar="NAME",
        ),
    ] = None,
    operation: Annotated[
        str | None, typer.Option(help="The name such a span must have.", metavar="NAME")
    ] = None,
    min_duration: Annotated[
        str | None,
        typer.Option(help="How long such a span must have taken, like 300ms.", metavar="TIME"),
    ] = None,
    query: Annotated[
        str | None, typer.Option(help="What to search a Tempo for instead.", metavar="TRACEQL")
    ] = None,
    last: Annotated[
        str | None,
        typer.Option(
            help="How far back, like 15m, 1h30m or 2d; 1h if nothing says.", metavar="TIME"
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(help="From when on, like 2025-06-15T12:00:00Z.", metavar="WHEN"),
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="Up to when; now if nothing says.", metavar="WHEN")
    ] = None,
    limit: Annotated[
        int, typer.Option(help="At most so many traces, the latest.", min=1, metavar="N")
    ] = LIMIT,
    page: Annotated[
        int,
        typer.Option(
            help="Traces asked for at once; no more than the backend allows.", min=1, metavar="N"
        ),
    ] = PAGE,
    header: Annotated[
        list[str] | None,
        typer.Option(
            help="Sent with every request, like 'X-Scope-OrgID: shop'; may be repeated.",
            metavar="'NAME: VALUE'",
        ),
    ] = None,
    ca: Annotated[
        Path | None,
        typer.Option(help="Certificates of the authorities to trust (PEM).", metavar="FILE"),
    ] = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Do not look at the backend's certificate.")
    ] = False,
    timeout: Annotated[
        float,
        typer.Option(help="How long the backend may be silent.", min=0.1, metavar="SECONDS"),
    ] = SILENCE_S,
    name: RunNameOption = None,
    runs_dir: RunsDir = RUNS,
    no_report: Annotated[
        bool, typer.Option("--no-report", help="Only fetch; print the run directory.")
    ] = False,
    max_clock_shift: MaxClockShift = ANY_SHIFT,
    sort: Sort = RankedBy.CONTRIBUTION,
    format: ReportFormat = Format.TERMINAL,  # noqa: A002  the option's name
    json: JsonFile = None,
) -> None:
    """Fetch traces that a backend keeps into a run directory, and report on them."""
    from analyzer.cli.output import write
    from analyzer.cli.pull_session import PullPlan, pull_session
    from analyzer.pull.query import Query

    check_target(json)
    backend, url = _backend(jaeger, tempo)
    if query is not None and (backend != "tempo" or service or operation or min_duration):
        raise InputError(
            "--query stands for itself, and is for Tempo",
            hint="say in TraceQL what --service, --operation and --min-duration would",
        )
    finished = pull_session(
        PullPlan(
            backend=backend,
            address=_address(url, header or [], ca=ca, insecure=insecure),
            query=Query(
                window=window_of(last, since, until, now_ns=time.time_ns()),
                services=tuple(dict.fromkeys(service or ())),
                operation=operation,
                min_duration_ns=None if min_duration is None else time_ns(min_duration),
                traceql=query,
                limit=limit,
                page=page,
            ),
            silence_s=timeout,
            name=name or backend,
            runs_dir=runs_dir,
            report=not no_report,
            max_clock_shift=max_clock_shift,
            sort=sort,
        )
    )
    if finished.report is None:
        write(f"{finished.run_dir}\n")
        raise typer.Exit(finished.exit_code)
    raise typer.Exit(conclude(finished.with_report(), format=format, json_file=json))


def _backend(jaeger: str | None, tempo: str | None) -> tuple[str, str]:
    """Which backend, and its URL."""
    given = [(name, url) for name, url in (("jaeger", jaeger), ("tempo", tempo)) if url]
    if len(given) != 1:
        raise InputError("name one backend", hint="--jaeger URL or --tempo URL")
    return given[0]


def _address(url: str, headers: list[str], *, ca: Path | None, insecure: bool) -> "Address":
    from analyzer.pull.address import TOKEN_VARIABLE, Address

    token = os.environ.get(TOKEN_VARIABLE)
    return Address.of(url, headers=headers, token=token, ca=ca, verify=not insecure)
