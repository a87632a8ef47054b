"""Options that several commands share, and the times that people write in them."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from analyzer.errors import InputError


class Format(StrEnum):
    """Forms of a report."""

    TERMINAL = "terminal"
    JSON = "json"


class RankedBy(StrEnum):
    """What services, hops and operations are ranked by."""

    CONTRIBUTION = "contribution"
    GAIN = "gain"


RUNS: Final = Path("runs")
"""Where run directories are made unless another place is named."""

LATE_SPANS_S: Final = 6.0
"""Most exporters send every 5 s."""

ANY_SHIFT: Final = "any"
"""The value of --max-clock-shift that sets no limit."""

LOOPBACK: Final = "127.0.0.1"

GRPC_PORT: Final = 4317
HTTP_PORT: Final = 4318
"""The ports that OTLP exporters send to by default."""

STDIN: Final = "-"
"""The path that stands for standard input."""

LOCUSTFILE: Final = "locustfile.py"
"""What locust looks for."""

TO_LOCUST: Final = {"allow_extra_args": True, "ignore_unknown_options": True}
"""How a command takes options that are not its own."""

PASSED_ON: Final = "Any other option is passed on to locust."

Locustfile = Annotated[
    str,
    typer.Option("--locustfile", "-f", help="The locustfile, as locust takes it.", metavar="FILE"),
]
Host = Annotated[
    str | None, typer.Option("--host", "-H", help="The system under test.", metavar="URL")
]
Paths = Annotated[
    list[str],
    typer.Argument(
        help="Run directories, span dumps, directories of them, globs; - reads standard input.",
        metavar="PATH...",
        show_default=False,
    ),
]
InputFormat = Annotated[
    str | None,
    typer.Option(
        "--input-format",
        help="Read the files as this format instead of finding out; --format does it too.",
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
Sort = Annotated[
    RankedBy,
    typer.Option(
        "--sort",
        help="What to rank by: what a part adds to requests, or what halving it would bring back.",
    ),
]
OnlyRun = Annotated[
    str | None,
    typer.Option(
        "--run",
        help="Keep only the traces of this run; else of the directory's own, or of the only one.",
        metavar="ID",
    ),
]
AllTraffic = Annotated[
    bool,
    typer.Option(
        "--all-traffic",
        help="Keep traces that belong to no run or another one, such as health checks.",
    ),
]
RunsDir = Annotated[
    Path,
    typer.Option(help="Where run directories are made.", metavar="DIR", envvar="SLOWHOP_RUNS_DIR"),
]
RunNameOption = Annotated[
    str | None, typer.Option("--name", help="A name for the run.", metavar="NAME")
]
WatchProcesses = Annotated[
    list[str] | None,
    typer.Option(
        "--watch",
        help="A service's process on this machine, by its id or :PORT, whose use of it to record.",
        metavar="SERVICE=PROCESS",
    ),
]
LateSpans = Annotated[
    float,
    typer.Option(
        help="Seconds to wait for spans after the load has ended; most exporters send every 5 s.",
        min=0,
        metavar="SECONDS",
    ),
]

JaegerUi = Annotated[
    str | None,
    typer.Option(
        "--jaeger-ui",
        help="Where Jaeger's page is, if it has the traces too: trace ids link to it.",
        metavar="URL",
    ),
]

UNITS_NS: Final = {
    "ns": 1, "us": 1_000, "µs": 1_000, "ms": 10**6, "s": 10**9, "m": 60 * 10**9,
}  # fmt: skip

RUN_TIME: Final = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?")
"""A run time as locust takes it, without blanks: hours, minutes, seconds, each of them optional."""


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


def run_time_s(text: str | None) -> float | None:
    """How long a run lasts, as locust takes it (`90`, `60s`, `1h30m`), in seconds; None for ever.

    Raises:
        InputError: it is no such time, or none at all.
    """
    if text is None:
        return None
    found = RUN_TIME.fullmatch(text.strip().lower())
    parts = [int(part or 0) for part in found.groups()] if found else [0, 0, 0]
    total = parts[0] * 3600 + parts[1] * 60 + parts[2]
    if not total:
        raise InputError(
            f"{text!r} is no time that a run can last", hint="write it like 60s, 10m or 1h30m"
        )
    return float(total)
