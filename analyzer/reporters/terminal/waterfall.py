"""One request as a waterfall: who ran when, and which of it the caller waited for."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from analyzer.model.spans import Status
from analyzer.model.trace_ui import trace_url
from analyzer.model.waterfall import Waterfall, WaterfallSpan
from analyzer.reporters.terminal.cells import Cell, Label, Plain
from analyzer.reporters.terminal.figures import (
    count,
    moment,
    nanoseconds,
    plural,
    with_unit,
)
from analyzer.reporters.terminal.folding import SPANS_SHOWN, Folded, fold
from analyzer.reporters.terminal.grid import ROW_INDENT, Column, Row, grid
from analyzer.reporters.terminal.ranking import HOP_STYLE, SERVICE_STYLE
from analyzer.reporters.terminal.safe_text import safe_text
from analyzer.reporters.terminal.track import OFF_PATH, ON_PATH, Axis, Ruler, Track
from analyzer.reporters.terminal.view import INDENT, Room, View, flow, paragraph

LEVELS = 8
"""Levels that are indented; below them the depth is written as a number."""

ERROR, NOT_WAITED_FOR, SHIFTED, LOST_PARENT = "!", "~", "±", "?"


def render_waterfall(
    waterfall: Waterfall,
    *,
    width: int | None = None,
    every_span: bool = False,
    jaeger_ui: str | None = None,
) -> RenderableType:
    """The request as a rich renderable.

    Args:
        waterfall: the request.
        width: terminal cells to use; None for all that the console has.
        every_span: whether a big trace is shown span by span instead of folded.
        jaeger_ui: the address of a Jaeger that has the trace too.
    """

    def layout(room: Room) -> Iterator[Text]:
        spans = waterfall.spans
        lines = fold(spans, most=len(spans) if every_span else SPANS_SHOWN)
        yield from _about(waterfall, room.width)
        if jaeger_ui is not None:
            url = trace_url(jaeger_ui, waterfall.trace_id)
            yield from paragraph(f"in Jaeger: {url}", width=room.width, lead=" " * INDENT)
        yield Text()
        yield from _table(waterfall, lines, room.width)
        yield Text()
        yield from _legend(spans, room.width)

    return View(layout, width)


def _about(waterfall: Waterfall, width: int) -> Iterator[Text]:
    spans = waterfall.spans
    errors = sum(span.status is Status.ERROR for span in spans)
    facts = [
        safe_text(waterfall.endpoint, "bold"),
        Text(with_unit((waterfall.end_ns - waterfall.start_ns) / 1_000_000), style="bold"),
        Text(plural(len(spans), "span")),
        Text(plural(len({span.service for span in spans}), "service")),
    ]
    if errors:
        facts.append(Text(plural(errors, "error"), style="red"))
    lead = " " * INDENT
    yield from flow(facts, width=width, lead=lead)
    where = [Text(f"trace {waterfall.trace_id}"), Text(f"{moment(waterfall.start_ns)} UTC")]
    yield from flow(where, width=width, lead=lead)


def _table(waterfall: Waterfall, lines: Sequence[WaterfallSpan | Folded], width: int) -> list[Text]:
    columns = (
        Column(justify="left"),
        Column(justify="left", least=30, most=max(30, width * 2 // 5)),
        Column(),
        Column(),
        Column(justify="left", least=16),
    )
    axis = Axis(start_ns=waterfall.start_ns, end_ns=waterfall.end_ns)
    titles = (Plain(""), Plain("service  operation"), Plain("own ms"), Plain("ms"))
    rows = [Row((*titles, Ruler(axis=axis)), style="dim")]
    rows += [_folded(line) if isinstance(line, Folded) else _row(line, axis) for line in lines]
    return grid(columns, rows, width=width)


def _row(span: WaterfallSpan, axis: Axis) -> Row:
    does = span.operation if span.hop_to is None else f"{span.operation} → {span.hop_to}"
    cells: tuple[Cell, ...] = (
        Plain(_marks(span), "bold red" if span.status is Status.ERROR else ""),
        Label(names=(span.service, does), joint="  ", lead=_lead(span.depth)),
        Plain(nanoseconds(span.own_ns) if span.own_ns else "", "bold"),
        Plain(nanoseconds(span.end_ns - span.start_ns)),
        Track(
            axis=axis,
            start_ns=span.start_ns,
            end_ns=span.end_ns,
            pieces=span.pieces,
            style=SERVICE_STYLE if span.hop_to is None else HOP_STYLE,
        ),
    )
    return Row(cells, style="" if span.own_ns else "dim")


def _folded(folded: Folded) -> Row:
    errors = f", {plural(folded.errors, 'error')}" if folded.errors else ""
    return Row(
        (
            Plain(""),
            Plain(f"{'  ' * min(folded.depth, LEVELS)}⋯ {count(folded.spans)} spans{errors}"),
            Plain(nanoseconds(folded.own_ns) if folded.own_ns else ""),
            Plain(""),
            Plain(""),
        ),
        style="dim",
    )


def _lead(depth: int) -> str:
    """The indentation of a level; far down the level itself, so that deep traces keep their room.

    Levels 0 to 8 are two cells apart, then it goes on as `⋯9`, `⋯10`, ... in the place of level 8.
    """
    return "  " * depth if depth <= LEVELS else f"{'  ' * LEVELS}⋯{depth} "


def _marks(span: WaterfallSpan) -> str:
    marks = (
        (ERROR, span.status is Status.ERROR),
        (NOT_WAITED_FOR, not span.waited_for),
        (SHIFTED, span.shifted_ns != 0),
        (LOST_PARENT, span.lost_parent),
    )
    return "".join(mark for mark, holds in marks if holds)


def _legend(spans: Sequence[WaterfallSpan], width: int) -> list[Text]:
    """What the signs mean; only those that were used."""
    used = {mark for span in spans for mark in _marks(span)}
    moved_ns = max((abs(span.shifted_ns) for span in spans), default=0)
    meanings = {
        ERROR: "error",
        NOT_WAITED_FOR: "nobody waited for it",
        SHIFTED: f"moved for clock skew, up to {with_unit(moved_ns / 1_000_000)}",
        LOST_PARENT: "its parent was lost",
    }
    facts = [Text(f"{ON_PATH} own time on the critical path"), Text(f"{OFF_PATH} off the path")]
    facts += [Text(f"{mark} {said}") for mark, said in meanings.items() if mark in used]
    return flow(facts, width=width, lead=" " * ROW_INDENT, joint="   ")
