"""A run over time: one strip of small bars for load and for each of the largest parts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import fsum

from rich.text import Text

from analyzer.report.model import LoadSection, PartMean
from analyzer.reporters.terminal.cells import Label, Plain
from analyzer.reporters.terminal.figures import milliseconds, rate, seconds
from analyzer.reporters.terminal.grid import Column, Row, grid

LEVELS = "▁▂▃▄▅▆▇█"
"""A bar's heights; nothing at all is a gap."""

STRIP_CELLS = 60
"""The widest strip: a timeline has at most 120 points."""

FEWEST_POINTS = 4
"""Points a strip needs: fewer show no course."""

LOAD_STRIPS = 2
"""Strips of load: how many requests are under way, and how many come back a second."""

LOAD_STYLE = ""
PART_STYLE = "cyan"

_COLUMNS = (
    Column(justify="left", least=14),
    Column(justify="left", least=8, grow=1),
    Column(title="first"),
    Column(title="most"),
    Column(title="last", drop=0),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """Values over time, each as a bar; None is a gap. The largest fills its cell."""

    values: tuple[float | None, ...]
    style: str = ""

    def wants(self) -> int:
        """A cell a point, as far as that helps."""
        return min(len(self.values), STRIP_CELLS)

    def at(self, width: int) -> Text:
        """The strip; where points are more than cells, a cell is their mean."""
        cells = _averaged(self.values, max(min(width, len(self.values)), 1))
        most = max((value for value in cells if value is not None), default=0.0)
        signs = "".join(
            " "
            if value is None
            else LEVELS[min(int(value / most * len(LEVELS)), len(LEVELS) - 1) if most > 0 else 0]
            for value in cells
        )
        return Text(signs, style=self.style)


def over_time(load: LoadSection, *, most: int) -> list[Row]:
    """The strips of a run, at most `most` of them; none for a run too short to have a course.

    Where only two fit, they are throughput and the largest part.
    """
    points = load.timeline
    if len(points) < FEWEST_POINTS:
        return []
    rows = [
        _row(Label(names=("in flight",)), [p.in_flight for p in points]),
        _row(Label(names=("requests/s",)), [p.throughput_rps for p in points]),
    ]
    names = next((p.parts for p in points if p.parts), ())
    for place, part in enumerate(names):
        values = [p.parts[place].mean_ms if p.parts else None for p in points]
        rows.append(_row(Label(names=_names(part)), values, part=True))
    return rows[:most] if most > LOAD_STRIPS else rows[1:][:most]


def strips(load: LoadSection, width: int, *, most: int = 5) -> Iterator[Text]:
    """A table of strips: load, throughput, and what the largest parts add to a request, in ms."""
    rows = over_time(load, most=most)
    if rows:
        step = load.timeline[1].t_s - load.timeline[0].t_s
        title = f"Over time ({seconds(load.timeline[-1].t_s + step)})"
        yield from grid(_COLUMNS, rows, width=width, title=title)


def _names(part: PartMean) -> tuple[str, ...]:
    return (part.service,) if part.service else (part.caller or "", part.callee or "")


def _row(label: Label, values: Sequence[float | None], *, part: bool = False) -> Row:
    known = [value for value in values if value is not None] or [0.0]
    figure = milliseconds if part else rate
    unit = " ms" if part else ""
    style = PART_STYLE if part else LOAD_STYLE
    return Row(
        (
            label,
            Strip(values=tuple(values), style=style),
            Plain(f"{figure(known[0])}{unit}"),
            Plain(f"{figure(max(known))}{unit}"),
            Plain(f"{figure(known[-1])}{unit}"),
        )
    )


def _averaged(values: Sequence[float | None], cells: int) -> list[float | None]:
    """The values in so many cells: the mean of those that fall into each."""
    found: list[float | None] = []
    for cell in range(cells):
        begin, end = cell * len(values) // cells, (cell + 1) * len(values) // cells
        inside = [value for value in values[begin:end] if value is not None]
        found.append(fsum(inside) / len(inside) if inside else None)
    return found
