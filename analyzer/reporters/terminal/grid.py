"""Tables that use the room there is: columns are dropped, names shortened, bars stretched."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len
from rich.text import Text

from analyzer.reporters.terminal.cells import Cell
from analyzer.reporters.terminal.safe_text import shorten
from analyzer.reporters.terminal.view import INDENT

GAP = 2
"""Cells between two columns."""

ROW_INDENT = INDENT + 2
"""Cells before a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """How a column behaves.

    Attributes:
        title: what stands above it.
        group: what stands above it and its neighbours of the same group.
        justify: the side its cells are pushed to.
        least: the width it can be shrunk to; None if it cannot be.
        most: the width it stops to grow at.
        grow: columns with the lowest number get the room that is left first.
        whole: whether it grows to all it wants or not at all.
        drop: columns with the lowest number go first when room is short; None to keep it.
    """

    title: str = ""
    group: str = ""
    justify: Literal["left", "right"] = "right"
    least: int | None = None
    most: int | None = None
    grow: int = 0
    whole: bool = False
    drop: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a row, one for each column."""

    cells: tuple[Cell, ...]
    style: str = ""


def grid(
    columns: Sequence[Column], rows: Sequence[Row], *, width: int, title: str = ""
) -> list[Text]:
    """The table's lines; its title shares the first one with the groups or the column titles."""
    kept = _kept(columns, rows, width)
    widths = _widths([columns[i] for i in kept], _wishes(columns, rows, kept), width)
    shown = [columns[i] for i in kept]
    return [
        *_headings(shown, widths, title),
        *(_line(shown, widths, [row.cells[i] for i in kept], row.style) for row in rows),
    ]


def _wishes(columns: Sequence[Column], rows: Sequence[Row], kept: Sequence[int]) -> list[int]:
    """The width each kept column would like; a group's first column makes up for a long name."""
    wishes = [
        max([cell_len(columns[i].title), *(row.cells[i].wants() for row in rows)]) for i in kept
    ]
    wishes = [min(wish, columns[i].most or wish) for wish, i in zip(wishes, kept, strict=True)]
    for name in {columns[i].group for i in kept}:
        inside = [at for at, i in enumerate(kept) if columns[i].group == name]
        span = sum(wishes[at] + GAP for at in inside) - GAP
        wishes[inside[0]] += max(0, cell_len(name) - span)
    return wishes


def _kept(columns: Sequence[Column], rows: Sequence[Row], width: int) -> list[int]:
    """Which columns stay: as many as fit at their least width."""
    kept = list(range(len(columns)))
    kept = [i for i, wish in zip(kept, _wishes(columns, rows, kept), strict=True) if wish > 0]
    while True:
        least = _least([columns[i] for i in kept], _wishes(columns, rows, kept))
        droppable = [(drop, i) for i in kept if (drop := columns[i].drop) is not None]
        if ROW_INDENT + sum(least) + GAP * (len(kept) - 1) <= width or not droppable:
            return kept
        kept.remove(min(droppable)[1])


def _least(columns: Sequence[Column], wishes: Sequence[int]) -> list[int]:
    return [
        wish if column.least is None else min(column.least, wish)
        for column, wish in zip(columns, wishes, strict=True)
    ]


def _widths(columns: Sequence[Column], wishes: Sequence[int], width: int) -> list[int]:
    """The width of every column: its least, then what is left in the order they grow."""
    widths = _least(columns, wishes)
    left = width - ROW_INDENT - sum(widths) - GAP * (len(widths) - 1)
    for i in sorted(range(len(widths)), key=lambda i: (columns[i].grow, i)):
        more = max(0, min(wishes[i] - widths[i], left))
        if columns[i].whole and widths[i] + more < wishes[i]:
            continue
        widths[i] += more
        left -= more
    return widths


def _headings(columns: Sequence[Column], widths: Sequence[int], title: str) -> list[Text]:
    lines: list[Text] = []
    if any(column.group for column in columns):
        lines.append(_groups(columns, widths))
    if any(column.title for column in columns):
        lines.append(_titles(columns, widths))
    if not title:
        return lines
    first = lines[0].plain if lines else ""
    free = cell_len(first) - cell_len(first.lstrip())
    named = Text(" " * INDENT).append(title, style="bold")
    if not lines or free < named.cell_len + GAP:
        return [named, *lines]
    return [named.append_text(lines[0][named.cell_len :]), *lines[1:]]


def _groups(columns: Sequence[Column], widths: Sequence[int]) -> Text:
    """Each group's name over the columns it spans, at their right end."""
    line = Text(" " * ROW_INDENT)
    position = 0
    while position < len(columns):
        end = position + 1
        while end < len(columns) and columns[end].group == columns[position].group:
            end += 1
        span = sum(widths[position:end]) + GAP * (end - position - 1)
        name = shorten(columns[position].group, span)
        line.append(" " * (span - cell_len(name)) + name + " " * GAP, style="dim")
        position = end
    return line


def _titles(columns: Sequence[Column], widths: Sequence[int]) -> Text:
    line = Text(" " * ROW_INDENT)
    for column, width in zip(columns, widths, strict=True):
        title = shorten(column.title, width)
        padding = " " * (width - cell_len(title))
        padded = f"{title}{padding}" if column.justify == "left" else f"{padding}{title}"
        line.append(padded + " " * GAP, style="dim")
    return line


def _line(
    columns: Sequence[Column], widths: Sequence[int], cells: Sequence[Cell], style: str
) -> Text:
    line = Text(" " * ROW_INDENT, style=style)
    for column, width, cell in zip(columns, widths, cells, strict=True):
        text = cell.at(width)
        padding = Text(" " * max(0, width - text.cell_len))
        line.append_text(text + padding if column.justify == "left" else padding + text)
        line.append(" " * GAP)
    return line
