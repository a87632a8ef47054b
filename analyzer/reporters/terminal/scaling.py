"""What happens as load grows, in a terminal."""

from collections.abc import Iterator
from math import fsum

from rich.text import Text

from analyzer.report.model import Capacity, Saturation, Scaling, ScalingRow
from analyzer.reporters.terminal.figures import plural, rate, times, with_unit
from analyzer.reporters.terminal.grid import ROW_INDENT
from analyzer.reporters.terminal.safe_text import in_sentence
from analyzer.reporters.terminal.view import flow, heading, paragraph

MOST_PARTS = 4
"""Parts named, those that grow most."""


def scaling(section: Scaling, width: int) -> Iterator[Text]:
    """What grows with load, what saturates first, and where throughput ends."""
    lead = " " * ROW_INDENT
    load = ""
    if section.in_flight_low is not None and section.in_flight_high is not None:
        load = f" ({rate(section.in_flight_low)} → {rate(section.in_flight_high)} in flight)"
    yield heading(f"As load grows{load}")
    if section.load_varied:
        yield from _growth(section, width)
    else:
        said = "Load hardly varied, so growth with it cannot be told."
        yield from paragraph(said, width=width, lead=lead, style="dim")
    if section.saturation is not None:
        yield from paragraph(_saturates(section.saturation), width=width, lead=lead)
    if section.capacity is not None:
        yield from paragraph(_ends(section.capacity), width=width, lead=lead)


def _growth(section: Scaling, width: int) -> Iterator[Text]:
    lead = " " * ROW_INDENT
    growing = [row for row in section.rows if row.grows]
    if not growing:
        yield from paragraph("Nothing grows beyond chance.", width=width, lead=lead)
        return
    shown = growing[:MOST_PARTS]
    named = {id(row) for row in shown}
    rest = [row for row in section.rows if id(row) not in named]
    items = [_part(row) for row in shown]
    low = fsum(row.at_low_load_ms for row in rest)
    if low > 0:
        factor = fsum(row.at_high_load_ms for row in rest) / low
        items.append(Text(f"everything else {times(factor)}", style="dim"))
    yield from flow(items, width=width, lead=lead)


def _part(row: ScalingRow) -> Text:
    name = (
        in_sentence(row.service) if row.service else in_sentence(row.caller or "", row.callee or "")
    )
    from_to = f"{with_unit(row.at_low_load_ms)} → {with_unit(row.at_high_load_ms)}"
    return Text(f"{name} {times(row.growth)} ({from_to})")


def _saturates(end: Saturation) -> str:
    busy = (
        "its one worker is" if end.workers_busy == 1 else f"all its {end.workers_busy} workers are"
    )
    return (
        f"{in_sentence(end.service)} saturates first: {busy} busy from "
        f"{rate(end.in_flight)} requests in flight on ({rate(end.throughput_rps)} requests/s), and "
        f"waiting for it grows from {with_unit(end.wait_low_ms)} to {with_unit(end.wait_high_ms)}."
    )


def _ends(end: Capacity) -> str:
    users = f" (reached with {plural(end.at_users, 'user')})" if end.at_users is not None else ""
    first = (
        f"; {in_sentence(end.first_to_saturate)} is what holds it" if end.first_to_saturate else ""
    )
    return f"Throughput ends near {rate(end.throughput_rps)} requests/s{users}{first}."
