"""Why the slowest requests are slow, in a terminal."""

from collections.abc import Iterator

from rich.text import Text

from analyzer.report.model import Tail, TailAttribute, TailRow
from analyzer.reporters.terminal.figures import change_with_unit, percent, plural, with_unit
from analyzer.reporters.terminal.grid import ROW_INDENT
from analyzer.reporters.terminal.safe_text import in_sentence
from analyzer.reporters.terminal.view import flow, heading, paragraph

MOST_PARTS = 4
MOST_ATTRIBUTES = 4
"""Parts and attribute values that are named."""

LEAST_SHARE = 0.03
"""Parts with less of the excess than this are not named: they explain nothing."""

LEAST_OF_PART = 0.5
"""An operation is named beside its service or hop if it explains so much of the whole excess."""

LONGEST_VALUE = 60
"""Cells of an attribute's value: a statement is recognised by its beginning."""


def tail(section: Tail, width: int) -> Iterator[Text]:
    """What the slow requests have more of than the typical ones."""
    title = heading("Why the slowest 5 % of each endpoint are slow")
    lead = " " * ROW_INDENT
    slow, typical = section.slow_mean_ms, section.typical_mean_ms
    said = f"{plural(section.slow_requests, 'slow request')}, beside "
    said += f"{plural(section.typical_requests, 'typical one')}:"
    if slow is not None and typical is not None:
        title.append(f"  {change_with_unit(typical - slow)}", "bold")
        said = (
            f"{plural(section.slow_requests, 'request')} took {with_unit(slow)} on average, "
            f"typical ones {with_unit(typical)}:"
        )
    yield title
    yield from paragraph(said, width=width, lead=lead)
    parts = [row for row in section.rows if row.kind != "operation"]
    shown = [row for row in parts[:MOST_PARTS] if row.excess_share >= LEAST_SHARE] or parts[:1]
    yield from flow([_excess(row) for row in shown], width=width, lead=lead)
    operations = [row for row in section.rows if row.kind == "operation"]
    if operations and operations[0].excess_share >= LEAST_OF_PART:
        yield from flow(_operation(operations[0]), width=width, lead=lead)
    for row in section.attributes[:MOST_ATTRIBUTES]:
        yield from _attribute(row, width)


def _excess(row: TailRow) -> Text:
    names = (row.service,) if row.service else (row.caller or "", row.callee or "")
    more = change_with_unit(row.typical_mean_ms - row.slow_mean_ms)
    return Text(f"{in_sentence(*names)} {more} ({percent(row.excess_share)})")


def _operation(row: TailRow) -> list[Text]:
    """The operation that most of it happens in; how often it ran, if that is the difference."""
    where = in_sentence(row.operation or "", *((row.callee,) if row.callee else ()))
    facts = [Text(f"most of it in {in_sentence(row.service or '')}'s {where}")]
    slow, typical = row.slow_calls_per_request, row.typical_calls_per_request
    if slow is None or typical is None:
        return facts
    if slow >= MORE_OFTEN * typical and slow - typical >= 1:
        facts.append(Text(f"{slow:,.1f} calls a request instead of {typical:,.1f}"))
    return facts


MORE_OFTEN = 1.5
"""From this factor on more calls, and not only slower ones, explain an excess."""


def _attribute(row: TailAttribute, width: int) -> Iterator[Text]:
    value = Text(in_sentence(row.value))
    value.truncate(LONGEST_VALUE, overflow="ellipsis")
    said = (
        f"{in_sentence(row.service)} {in_sentence(row.attribute)}={value.plain}: in "
        f"{percent(row.slow_share)} of the slow requests, {percent(row.typical_share)} of typical "
        f"ones; explains {change_with_unit(-row.excess_ms)} ({percent(row.excess_share)})"
    )
    lead = " " * (ROW_INDENT + 3)
    first, *others = paragraph(said, width=width, lead=lead)
    yield Text(" " * ROW_INDENT).append("! ", style="bold red").append_text(first[ROW_INDENT + 2 :])
    yield from others
