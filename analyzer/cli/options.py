"""Options that several commands share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from analyzer.errors import InputError


class Format(StrEnum):
    """Forms of a report."""

    TERMINAL = "terminal"
    JSON = "json"


Paths = Annotated[
    list[str],
    typer.Argument(
        help="Run directories, span dumps, directories of them, globs; - reads standard input.",
        metavar="PATH...",
    ),
]
InputFormat = Annotated[
    str | None,
    typer.Option(
        "--input-format",
        help="Read the files as this format instead of finding out.",
        metavar="NAME",
    ),
]
ReportFormat = Annotated[Format, typer.Option("--format", help="What to print.")]
JsonFile = Annotated[
    Path | None,
    typer.Option("--json", help="Also write the report as JSON to this file.", metavar="FILE"),
]
MaxClockShift = Annotated[
    str,
    typer.Option(
        "--max-clock-shift",
        help="Move spans of hosts whose clocks differ by at most this; 0 moves none.",
        metavar="TIME",
    ),
]
RunsDir = Annotated[
    Path,
    typer.Option(help="Where run directories are made.", metavar="DIR", envvar="SLOWHOP_RUNS_DIR"),
]
RunNameOption = Annotated[
    str | None, typer.Option("--name", help="A name for the run.", metavar="NAME")
]
Listen = Annotated[
    str, typer.Option(help="Where the receiver listens; anything but loopback lets others in.")
]
GrpcPort = Annotated[
    int, typer.Option(help="Port for OTLP/gRPC; 0 takes a free one.", min=0, max=65535)
]
HttpPort = Annotated[
    int, typer.Option(help="Port for OTLP/HTTP; 0 takes a free one.", min=0, max=65535)
]
LateSpans = Annotated[
    float,
    typer.Option(
        help="Seconds to wait for spans after the load has ended; most exporters send every 5 s.",
        min=0,
    ),
]

UNITS_NS = {"ns": 1, "us": 1_000, "µs": 1_000, "ms": 1_000_000, "s": 1_000_000_000, "m": 60 * 10**9}


def time_ns(text: str) -> int:
    """A time as people write it (`300ms`, `1.5s`, `2m`, `0`) in nanoseconds.

    Raises:
        InputError: it is no such time.
    """
    stripped = text.strip().lower().replace(" ", "")
    for unit in sorted(UNITS_NS, key=len, reverse=True):
        if stripped.endswith(unit):
            number = stripped[: -len(unit)]
            break
    else:
        number, unit = stripped, "ms" if stripped == "0" else ""
    try:
        value = float(number) * UNITS_NS[unit]
    except (ValueError, KeyError):
        value = float("nan")
    if not 0 <= value < 2**62:
        raise InputError(f"{text!r} is no time", hint="write it like 300ms, 1.5s or 2m")
    return int(value)
