"""The requests that a search found."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from analyzer.model.trace_ui import trace_url
from analyzer.model.waterfall import TraceSummary
from analyzer.reporters.terminal.cells import Label, Plain
from analyzer.reporters.terminal.figures import count, moment, nanoseconds
from analyzer.reporters.terminal.grid import Column, Row, grid
from analyzer.reporters.terminal.view import INDENT, Room, View, open_one, paragraph

SHORT_ID = 8
"""Digits of a trace id that are shown at least: enough to name one among thousands."""

_COLUMNS = (
    Column(title="endpoint", justify="left", least=14),
    Column(title="ms"),
    Column(title="spans", drop=2),
    Column(title="services", drop=0),
    Column(title="errors", drop=3),
    Column(title="slowest part", justify="left", least=12, drop=4),
    Column(title="started (UTC)", justify="left", least=13, drop=1, grow=1, whole=True),
)


def render_summaries(
    summaries: Sequence[TraceSummary], *, width: int | None = None, jaeger_ui: str | None = None
) -> RenderableType:
    """The requests as a table, in the order they come in.

    Where room is short a trace id is cut to as many digits as tell these requests apart. With the
    address of a Jaeger that has the traces too, ids are links to it.
    """

    def layout(room: Room) -> Iterator[Text]:
        if not summaries:
            lead = " " * INDENT
            yield from paragraph("No request is like that.", width=room.width, lead=lead)
            return
        digits = _digits([summary.trace_id for summary in summaries])
        trace = Column(title="trace", justify="left", least=digits, grow=2, whole=True)
        rows = [_row(each, digits, jaeger_ui) for each in summaries]
        yield from grid((trace, *_COLUMNS), rows, width=room.width)
        if jaeger_ui is not None:
            yield from open_one(trace_url(jaeger_ui, summaries[0].trace_id), room.width)

    return View(layout, width)


def _row(summary: TraceSummary, digits: int, jaeger_ui: str | None) -> Row:
    url = trace_url(jaeger_ui, summary.trace_id) if jaeger_ui else None
    started = moment(summary.start_ns)
    return Row(
        (
            Plain(summary.trace_id, short=summary.trace_id[:digits], link=url),
            Label(names=(summary.endpoint,)),
            Plain(nanoseconds(summary.duration_ns)),
            Plain(count(summary.spans)),
            Plain(count(summary.services)),
            Plain(count(summary.errors), "red" if summary.errors else ""),
            Label(names=(summary.slowest_part,)),
            Plain(started, short=started.partition(" ")[2]),
        )
    )


def _digits(ids: Sequence[str]) -> int:
    """How many first digits tell all ids apart, at least `SHORT_ID`."""
    different = len(set(ids))
    digits = SHORT_ID
    while len({each[:digits] for each in ids}) < different:
        digits += 1
    return digits
