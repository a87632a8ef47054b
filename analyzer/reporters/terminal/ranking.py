"""Where the time goes: services and hops in one ranking."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import fsum

from rich.text import Text

from analyzer.report.model import HopRow, PartRef, RankedRow, Report, ServiceRow
from analyzer.reporters.terminal.cells import Bar, Label, Plain
from analyzer.reporters.terminal.figures import (
    change,
    change_with_unit,
    milliseconds,
    percent,
    with_unit,
)
from analyzer.reporters.terminal.grid import ROW_INDENT, Column, Row, grid
from analyzer.reporters.terminal.resources import BOUND, what_it_does
from analyzer.reporters.terminal.safe_text import in_sentence
from analyzer.reporters.terminal.view import paragraph

MOST_ROWS = 8
"""Rows shown before the rest is folded into one: what is further down adds little."""

LEAST_SHARE = 0.005
"""Rows below half a percent are folded: nothing that could be done about them would be felt."""

HIDDEN = 0.1
"""A row that brings back less than this part of what it adds is hidden behind something longer."""

PARALLEL = 0.6
"""A row that brings back less than this part of what it adds runs beside something as long."""

FEW = "*"
"""Marks a row with too few samples."""

SERVICE_STYLE = "cyan"
HOP_STYLE = "magenta"

_TIMES = "ms per request"
_GAIN = "if 50 % faster"

Places = Mapping[tuple[str, ...], int]
"""The place of every part that is shown, by its names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A service or a hop on its place in the one ranking of both."""

    place: int
    row: ServiceRow | HopRow

    @property
    def names(self) -> tuple[str, ...]:
        """The service, or caller and callee."""
        row = self.row
        return (row.service,) if isinstance(row, ServiceRow) else (row.caller, row.callee)

    @property
    def style(self) -> str:
        """The colour of its bar."""
        return SERVICE_STYLE if isinstance(self.row, ServiceRow) else HOP_STYLE


def parts(report: Report) -> list[Part]:
    """Services and hops together, as the report ranks them: by share or by gain; ties by name."""

    def order(row: ServiceRow | HopRow) -> tuple[float, float, str, str]:
        gain = row.gain.if_50_percent_faster if report.ranked_by == "gain" else None
        worth = (-gain.mean_ms if gain else 0.0, -row.contribution.share)
        if isinstance(row, ServiceRow):
            return (*worth, row.service, "")
        return (*worth, row.caller, row.callee)

    rows: list[ServiceRow | HopRow] = [*report.services, *report.hops]
    rows.sort(key=order)
    return [Part(place=place, row=row) for place, row in enumerate(rows, start=1)]


def ranking(report: Report, width: int, *, most: int = MOST_ROWS) -> Iterator[Text]:
    """The ranking as a table; after `most` rows the rest is folded into one line."""
    ranked = parts(report)
    worth = sum(part.row.contribution.share >= LEAST_SHARE for part in ranked)
    shown = ranked[: how_many(len(ranked), min(max(worth, 1), most))]
    rest = ranked[len(shown) :]
    full = max((part.row.contribution.share for part in shown), default=1.0)
    first = _fix_first(shown)
    places = {part.names: part.place for part in shown}
    rows = [_row(part, places, full=full, fix_first=part is first) for part in shown]
    if rest:
        rows.append(_folded(rest, full=full))
    gains = any(part.row.gain.if_50_percent_faster is not None for part in shown)
    title = "Where the time goes" + (", most gain first" if report.ranked_by == "gain" else "")
    yield from grid(_columns(gains=gains), rows, width=width, title=title)
    if first is not None:
        yield from _advice(first, width)
        yield from disagreement(shown, first, width)
    services = [part.row for part in shown if isinstance(part.row, ServiceRow)]
    yield from what_it_does(services, width)
    if any(not part.row.enough_data for part in shown):
        yield from few_samples_note(width)


def few_samples_note(width: int) -> list[Text]:
    """What the mark `FEW` says."""
    return paragraph(
        f"{FEW} too few requests to trust these figures",
        width=width,
        lead=" " * ROW_INDENT,
        style="dim",
    )


def mark(row: RankedRow, *, inferred: bool = False) -> str:
    """What must be said about a row beside its name."""
    notes = ["(inferred)"] if inferred else []
    if not row.enough_data:
        notes.append(FEW)
    return " ".join(notes)


def how_many(rows: int, most: int) -> int:
    """How many rows are shown by themselves: a fold of a single row would save no line."""
    return rows if rows <= most + 1 else most


def _columns(*, gains: bool) -> list[Column]:
    group = _GAIN if gains else ""
    return [
        Column(title="#"),
        Column(title="service or hop", justify="left", least=22),
        Column(justify="left", least=8, drop=4, grow=2),
        Column(title="share"),
        Column(title="mean", group=_TIMES),
        Column(title="p50", group=_TIMES, drop=0),
        Column(title="p95", group=_TIMES),
        Column(title="p99", group=_TIMES, drop=2),
        Column(title="mean" if gains else "", group=group),
        Column(title="p95" if gains else "", group=group, drop=3),
        Column(justify="left", least=1, drop=1, grow=1, whole=True),
    ]


def _row(part: Part, places: Places, *, full: float, fix_first: bool) -> Row:
    row, style = part.row, "bold" if part.place == 1 else ""
    figures, gain = row.contribution, row.gain.if_50_percent_faster
    label = Label(
        names=part.names,
        mark=mark(row, inferred=row.inferred),
        hint="(hop)" if isinstance(row, HopRow) else BOUND.get(row.bound or "", ""),
        style=style,
    )
    return Row(
        (
            Plain(str(part.place)),
            label,
            Bar(share=figures.share, full=full, style=part.style),
            Plain(percent(figures.share), style),
            Plain(milliseconds(figures.mean_ms), style),
            Plain(milliseconds(figures.p50_ms)),
            Plain(milliseconds(figures.p95_ms)),
            Plain(milliseconds(figures.p99_ms)),
            Plain(change(gain.mean_ms) if gain else ""),
            Plain(change(gain.p95_ms) if gain else ""),
            _note(row, places, fix_first=fix_first),
        )
    )


def _folded(rest: Sequence[Part], *, full: float) -> Row:
    """The rows that are not shown, as one; percentiles do not add up and are left out."""
    share = fsum(part.row.contribution.share for part in rest)
    mean_ms = fsum(part.row.contribution.mean_ms for part in rest)
    nothing = Plain("")
    return Row(
        (
            nothing,
            Plain(f"{len(rest)} more"),
            Bar(share=share, full=full),
            Plain(percent(share)),
            Plain(milliseconds(mean_ms)),
            *(nothing,) * 6,
        ),
        style="dim",
    )


def _fix_first(shown: Sequence[Part]) -> Part | None:
    """The part that would bring back most, where that has been computed."""
    known = [
        (gain.mean_ms, -part.place, part)
        for part in shown
        if (gain := part.row.gain.if_50_percent_faster) is not None and gain.mean_ms > 0
    ]
    return max(known, key=lambda item: item[:2])[2] if known else None


def _note(row: ServiceRow | HopRow, places: Places, *, fix_first: bool) -> Plain:
    if fix_first:
        return Plain("◄ fix first", "bold", short="◄")
    removed, beside = row.gain.if_removed, row.gain_hidden_by
    if removed is None or removed.mean_ms >= PARALLEL * row.contribution.mean_ms:
        return Plain("")
    hidden = removed.mean_ms < HIDDEN * row.contribution.mean_ms
    place = places.get(names_of(beside)) if beside is not None else None
    if place is None:
        return Plain("in parallel" if hidden else "", "dim", short="")
    return Plain(
        f"hidden behind {place}" if hidden else f"in parallel with {place}", "dim", short=""
    )


def names_of(part: PartRef) -> tuple[str, ...]:
    """The service, or caller and callee, that a reference names."""
    return (part.service,) if part.service else (part.caller or "", part.callee or "")


def disagreement(shown: Sequence[Part], first: Part, width: int) -> list[Text]:
    """Why the part that adds most is not the one to fix, where it is not."""
    most = max(shown, key=lambda part: (part.row.contribution.share, -part.place))
    gain, beside = most.row.gain.if_50_percent_faster, most.row.gain_hidden_by
    if most is first or gain is None:
        return []
    said = (
        f"{in_sentence(*most.names)} adds more ({with_unit(most.row.contribution.mean_ms)}), "
        f"but half its time gone brings {change_with_unit(gain.mean_ms)}"
    )
    if beside is not None:
        said += f": {in_sentence(*names_of(beside))} runs beside it and takes over"
    return paragraph(f"{said}.", width=width, lead=" " * ROW_INDENT)


def _advice(first: Part, width: int) -> list[Text]:
    """The answer in a sentence."""
    gain = first.row.gain.if_50_percent_faster
    if gain is None:
        return []
    brings = f"{change_with_unit(gain.mean_ms)} (p95 {change_with_unit(gain.p95_ms)})"
    said = f"◄ Fix {in_sentence(*first.names)} first: half its time gone brings {brings}."
    return paragraph(said, width=width, lead=" " * ROW_INDENT, style="bold")
