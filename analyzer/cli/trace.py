"""slowhop trace: one request as a waterfall with its critical path."""

from typing import Annotated

import typer

from analyzer.cli.analysis import read_capture, repair_options
from analyzer.cli.jaeger_ui import jaeger_ui_of
from analyzer.cli.options import ANY_SHIFT, InputFormat, JaegerUi, MaxClockShift
from analyzer.cli.output import show
from analyzer.errors import InputError


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("trace", short_help="Show one request as a waterfall.")(trace)


def trace(
    path: Annotated[str, typer.Argument(help="A run directory or a span dump.", metavar="PATH")],
    trace_id: Annotated[
        str | None,
        typer.Argument(
            help="The trace's id, or its first digits; the slowest request without it.",
            metavar="[TRACE_ID]",
            show_default=False,
        ),
    ] = None,
    *,
    all: Annotated[  # noqa: A002  the option's name
        bool, typer.Option("--all", help="Show every span of a large trace.")
    ] = False,
    input_format: InputFormat = None,
    jaeger_ui: JaegerUi = None,
    max_clock_shift: MaxClockShift = ANY_SHIFT,
) -> None:
    """Show one request: what waited for what, and where its time went."""
    from analyzer.model.spans import trace_id_hex
    from analyzer.pipeline.contributions import learn, learn_and_attribute, prepare
    from analyzer.pipeline.one_trace import find_trace, look_at, waterfall
    from analyzer.reporters.terminal.waterfall import render_waterfall

    page = jaeger_ui_of(jaeger_ui)
    capture = read_capture([path], input_format, page, all_traffic=True)
    if not len(capture.spans):
        raise InputError(
            f"{path} holds no spans", hint="see what arrived with: slowhop replay PATH"
        )
    prepared = prepare(capture.spans, repair_options(max_clock_shift))
    if trace_id is None:
        found, learned = learn_and_attribute(prepared)
        requests = found.requests
        slowest = int(requests.duration_ns.argmax())
        trace_id = trace_id_hex(int(requests.trace_hi[slowest]), int(requests.trace_lo[slowest]))
    else:
        learned = learn(prepared)
    one = look_at(prepared, find_trace(prepared, trace_id), learned)
    show(render_waterfall(waterfall(one), every_span=all, jaeger_ui=capture.jaeger_ui))
