"""slowhop traces: find requests."""

from typing import Annotated

import typer

from analyzer.cli.analysis import read_capture, repair_options
from analyzer.cli.jaeger_ui import jaeger_ui_of
from analyzer.cli.options import ANY_SHIFT, InputFormat, JaegerUi, MaxClockShift, Paths, time_ns
from analyzer.cli.output import show

MOST = 20


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("traces", short_help="Find requests.")(traces)


def traces(
    paths: Paths,
    *,
    service: Annotated[
        str | None,
        typer.Option(
            help="Requests with a span of this service; *part* for a part.", metavar="NAME"
        ),
    ] = None,
    operation: Annotated[
        str | None,
        typer.Option(
            help="Requests with this operation; *part* for a part of its name.", metavar="NAME"
        ),
    ] = None,
    slower_than: Annotated[
        str | None, typer.Option(help="Requests longer than this.", metavar="TIME")
    ] = None,
    faster_than: Annotated[
        str | None, typer.Option(help="Requests shorter than this.", metavar="TIME")
    ] = None,
    errors: Annotated[
        bool, typer.Option("--errors", help="Only requests with a failed span.")
    ] = False,
    limit: Annotated[
        int, typer.Option("--limit", "-n", help="Show at most so many.", min=1, metavar="N")
    ] = MOST,
    input_format: InputFormat = None,
    jaeger_ui: JaegerUi = None,
    max_clock_shift: MaxClockShift = ANY_SHIFT,
) -> None:
    """Find requests by service, operation, duration or error; the slowest first."""
    from analyzer.pipeline.contributions import contributions
    from analyzer.pipeline.search import Query, search
    from analyzer.reporters.terminal.summaries import render_summaries

    query = Query(
        service=service,
        operation=operation,
        slower_than_ns=None if slower_than is None else time_ns(slower_than),
        faster_than_ns=None if faster_than is None else time_ns(faster_than),
        errors=errors,
    )
    page = jaeger_ui_of(jaeger_ui)
    capture = read_capture(paths, input_format, page)
    found = search(
        contributions(capture.spans, repair_options(max_clock_shift)), query, limit=limit
    )
    show(render_summaries(found, jaeger_ui=capture.jaeger_ui))
