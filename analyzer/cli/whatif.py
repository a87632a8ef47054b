"""slowhop whatif: what changes would bring."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analyzer.cli.analysis import SOUND_ISSUES, name_of, read_capture, repair_options
from analyzer.cli.options import (
    ANY_SHIFT,
    Format,
    InputFormat,
    JsonFile,
    MaxClockShift,
    Paths,
    ReportFormat,
    time_ns,
)
from analyzer.cli.output import check_target, progress_bar, show, write
from analyzer.cli.run_store import replace_file
from analyzer.errors import ExitCode, InputError

if TYPE_CHECKING:
    from analyzer.pipeline.whatif import Wish
    from analyzer.report.whatif import WhatIf

AMOUNTS = "write it like 50%, x2 or 20ms"

EPILOG = """\
A TARGET is a service (payment), a hop ("gateway -> search"), or an operation ("cart: GET /cart", or
its name alone where one service has it). What changes is its own time: not that of what it calls.

An AMOUNT is a share (--faster payment=50% takes half as long, --slower payment=50% one and a half
times), a factor (x2: twice as fast, or twice as slow), or a time: calls that take longer take 20ms
(--faster payment=20ms), or calls that take less do (--slower payment=20ms).

With --parallel "cart: pricing, inventory" the calls that cart makes to these one after the other
no longer wait for each other; cart's own work between them stays, and what comes after waits for
all of them. One callee is enough: its calls then run side by side.

All changes hold at once. Shares and factors multiply; times come after them.
"""


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("whatif", short_help="What would a change bring?", epilog=EPILOG)(whatif)


def whatif(
    paths: Paths,
    *,
    faster: Annotated[
        list[str] | None,
        typer.Option(help="Let a part take less time.", metavar="TARGET=AMOUNT"),
    ] = None,
    slower: Annotated[
        list[str] | None,
        typer.Option(help="Let a part take more time.", metavar="TARGET=AMOUNT"),
    ] = None,
    parallel: Annotated[
        list[str] | None,
        typer.Option(help="Let serial calls run side by side.", metavar='"SERVICE: CALLEE, ..."'),
    ] = None,
    format: ReportFormat = Format.TERMINAL,  # noqa: A002  the option's name
    json: JsonFile = None,
    input_format: InputFormat = None,
    max_clock_shift: MaxClockShift = ANY_SHIFT,
) -> None:
    """Say how response times would change if parts were faster, slower or ran side by side."""
    check_target(json)
    times = [_wish(text, slower=False) for text in faster or []]
    times += [_wish(text, slower=True) for text in slower or []]
    if not times and not parallel:
        raise InputError(
            "nothing is to change", hint="say what, like: --faster payment=50% (see --help)"
        )
    from analyzer.pipeline.whatif import Wishes, what_if

    capture = read_capture(paths, input_format)
    with progress_bar("analysing") as advance:
        answer = what_if(
            capture,
            Wishes(times=tuple(times), side_by_side=tuple(parallel or ())),
            run_id=name_of(paths),
            options=repair_options(max_clock_shift),
            progress=advance,
        )
    _deliver(answer, format, json)
    if not answer.requests:
        raise typer.Exit(ExitCode.TOO_LITTLE_DATA)
    unusable = any(i.kind not in SOUND_ISSUES for i in capture.issues)
    raise typer.Exit(ExitCode.PARTIAL if unusable else ExitCode.OK)


def _deliver(answer: "WhatIf", form: Format, json_file: Path | None) -> None:
    from analyzer.reporters.terminal.whatif import render_whatif

    if form is Format.JSON:
        write(answer.to_json())
    else:
        show(render_whatif(answer))
    if json_file is not None:
        replace_file(json_file, answer.to_json())


def _wish(text: str, *, slower: bool) -> "Wish":
    """What `TARGET=AMOUNT` asks for.

    Raises:
        InputError: it is not written so, or asks for what cannot be.
    """
    from analyzer.pipeline.whatif import Wish

    target, equals, amount = (part.strip() for part in text.rpartition("="))
    if not equals or not target:
        raise InputError(f"{text!r} is no TARGET=AMOUNT", hint=f"{AMOUNTS}: payment=50%")
    if amount.endswith("%"):
        share = _number(amount[:-1], text) / 100
        if not slower and share > 1:
            raise InputError(
                f"{text!r}: nothing can be more than 100 % faster", hint="100% removes it"
            )
        return Wish(target=target, slower=slower, factor=1 + share if slower else 1 - share)
    if amount[:1] in ("x", "×"):
        times = _number(amount[1:], text)
        if times < 1:
            other = "--faster" if slower else "--slower"
            raise InputError(f"{text!r}: a factor below 1", hint=f"use {other} for that")
        return Wish(target=target, slower=slower, factor=times if slower else 1 / times)
    try:
        return Wish(target=target, slower=slower, time_ns=time_ns(amount))
    except InputError as error:
        raise InputError(f"{text!r}: {amount!r} is no amount", hint=AMOUNTS) from error


def _number(text: str, whole: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise InputError(f"{whole!r}: {text.strip()!r} is no amount", hint=AMOUNTS)
    return value
