"""What services used of their machines, and what that says of the time they took."""

from collections.abc import Sequence
from typing import Final

from rich.text import Text

from analyzer.report.model import Report, ServiceRow
from analyzer.report.resources import Resources
from analyzer.reporters.terminal.cells import Label, Plain
from analyzer.reporters.terminal.figures import UNKNOWN, percent
from analyzer.reporters.terminal.grid import ROW_INDENT, Column, Row, grid
from analyzer.reporters.terminal.safe_text import in_sentence, safe_text
from analyzer.reporters.terminal.view import INDENT, flow, paragraph

_CPU = "CPU, % of a core"
_MEMORY = "memory, MB"
_DISK = "disk"
_NETWORK = "network"

_COLUMNS = (
    Column(justify="left", least=16),
    Column(title="mean", group=_CPU),
    Column(title="most", group=_CPU),
    Column(title="mean", group=_MEMORY),
    Column(title="most", group=_MEMORY, drop=0),
    Column(title="read", group=_DISK, drop=2),
    Column(title="written", group=_DISK, drop=2),
    Column(title="in", group=_NETWORK, drop=1),
    Column(title="out", group=_NETWORK, drop=1),
)

BOUND: Final = {"cpu": "(CPU-bound)", "waiting": "(waiting)", "io": "(I/O-bound)"}
"""What stands beside a service whose processor says how it spends its time."""

MOST_ROWS: Final = 12
"""Services shown by themselves; the report has them all."""

WORTH_A_WORD: Final = 50.0
"""Percent of a core; below this the load generator is not what limits the load."""

NEARLY_FULL: Final = 80.0
"""Percent of a core for each process, from which on a service stands out among those of now."""

ALONE: Final = 0.5
"""Seconds of processor for each of own time from which on each request's own computing shows."""


def resources(report: Report, width: int) -> list[Text]:
    """What the services used, those that used most processor first."""
    ranked = sorted(report.kpis.resources, key=lambda row: (-(row.cpu_percent or 0), row.service))
    shown = ranked[: MOST_ROWS if len(ranked) > MOST_ROWS + 1 else None]
    rows = [
        Row(
            (
                Label(names=(used.service,), mark=_processes(used.instances)),
                Plain(_figure(used.cpu_percent)),
                Plain(_figure(used.cpu_max_percent)),
                Plain(_figure(used.memory_mb)),
                Plain(_figure(used.memory_max_mb)),
                Plain(_bytes_rate(used.disk_read_mb_s)),
                Plain(_bytes_rate(used.disk_write_mb_s)),
                Plain(_bytes_rate(used.network_in_mb_s)),
                Plain(_bytes_rate(used.network_out_mb_s)),
            )
        )
        for used in shown
    ]
    if more := len(ranked) - len(shown):
        blank = (Plain(""),) * (len(_COLUMNS) - 1)
        rows.append(Row((Plain(f"{more} more"), *blank), style="dim"))
    return grid(_COLUMNS, rows, width=width, title="Resources")


def busiest(used: Sequence[Resources], width: int) -> list[Text]:
    """One line with the services that use most processor, for a view that has little room."""
    measured = [row for row in used if row.cpu_percent is not None]
    ranked = sorted(measured, key=lambda row: (-(row.cpu_percent or 0), row.service))
    if not ranked:
        return []
    shown = [
        safe_text(f"{row.service} {_figure(row.cpu_percent)}", "bold yellow" if full else "")
        for row in ranked
        for full in [(row.cpu_percent or 0) >= NEARLY_FULL * (row.instances or 1)]
    ]
    lines = flow([Text("CPU now, % of a core"), *shown], width=width, lead=" " * INDENT)
    return lines[:1]


def what_it_does(shown: Sequence[ServiceRow], width: int) -> list[Text]:
    """How the service spends its time that adds most, where its processor tells."""
    row = next((row for row in shown if row.bound is not None), None)
    if row is None or row.bound is None or row.cpu_per_own_second is None:
        return []
    name, per_second = in_sentence(row.service), f"{row.cpu_per_own_second:.2f} s of processor"
    each = f"{per_second} for each second of its own time"
    if row.bound == "waiting":
        said = f"{name} waits ({each}): look for locks, pools, pauses, calls that no span shows."
    elif row.bound == "io":
        said = f"{name} waits ({each}) while much is read and written."
    elif row.cpu_per_own_second >= ALONE:
        said = f"{name} computes ({each}): less or faster code helps."
    else:
        got = percent((row.cpu_percent or 0.0) / 100)
        said = f"{name} computes: its requests wait for the one core it can use (got {got} of it)."
    return paragraph(said, width=width, lead=" " * ROW_INDENT)


def generator_note(report: Report) -> str | None:
    """How busy the load generator was, where that is worth a word."""
    most = report.load.generator_cpu_max_percent
    if most is None or most < WORTH_A_WORD:
        return None
    return f"load generator at up to {percent(most / 100)} of a core"


def _processes(instances: int | None) -> str:
    return f"×{instances}" if instances is not None and instances > 1 else ""


def _figure(value: float | None) -> str:
    if value is None:
        return UNKNOWN
    return f"{value:,.0f}" if value >= 99.95 else f"{value:.1f}"


def _bytes_rate(mb_s: float | None) -> str:
    """Bytes a second: 0, 12.3 kB/s, 4.5 MB/s."""
    if mb_s is None:
        return UNKNOWN
    if mb_s < 0.00005:
        return "0"
    if mb_s < 0.9995:
        return f"{_figure(mb_s * 1000)} kB/s"
    return f"{_figure(mb_s)} MB/s"
