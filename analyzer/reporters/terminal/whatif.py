"""What a change would bring: response times before and after, side by side."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from analyzer.report.whatif import Change, Times, WhatIf
from analyzer.reporters.terminal.cells import Label, Plain
from analyzer.reporters.terminal.figures import (
    change,
    change_with_unit,
    count,
    milliseconds,
    percent,
    plural,
    with_unit,
)
from analyzer.reporters.terminal.grid import ROW_INDENT, Column, Row, grid
from analyzer.reporters.terminal.safe_text import safe
from analyzer.reporters.terminal.view import INDENT, Room, View, heading, paragraph, signed

MOST_ENDPOINTS = 20
"""Endpoints shown; what users wait for least is left to the JSON."""

_GROUPS = {"mean": 0, "p50": 116, "p95": 0, "p99": 98}
"""Figures, and the width from which on there is room for them."""


def render_whatif(answer: WhatIf, *, width: int | None = None) -> RenderableType:
    """Response times before and after, over the run and by endpoint."""

    def layout(room: Room) -> Iterator[Text]:
        yield Text(" " * INDENT).append("What if", style="bold")
        for each in answer.changes:
            yield from paragraph(_said(each), width=room.width, lead=" " * ROW_INDENT)
        yield Text()
        if not answer.requests:
            lead = " " * INDENT
            yield from paragraph("There is no request to change.", width=room.width, lead=lead)
            return
        shown = answer.endpoints[:MOST_ENDPOINTS]
        groups = [group for group, least in _GROUPS.items() if room.width >= least]
        rows = [_row("all requests", answer.overall, answer.requests, groups, style="bold")]
        rows += [_row(each.endpoint, each, each.requests, groups) for each in shown]
        yield from grid(_columns(groups), rows, width=room.width, title="Response times, ms")
        if more := len(answer.endpoints) - len(shown):
            yield Text(" " * ROW_INDENT).append(plural(more, "more endpoint"), style="dim")
        yield Text()
        yield from paragraph(_conclusion(answer), width=room.width, lead=" " * INDENT, style="bold")
        yield from _warnings(answer, room.width)

    return View(layout, width)


def _warnings(answer: WhatIf, width: int) -> Iterator[Text]:
    if answer.warnings:
        yield Text()
        yield heading("Warnings")
    for warning in answer.warnings:
        yield from signed("! ", "bold red", warning, width=width, lead=" " * (ROW_INDENT + 3))


def _columns(groups: Sequence[str]) -> list[Column]:
    figures = [
        Column(title=title, group=group) for group in groups for title in ("now", "then", "change")
    ]
    return [
        Column(title="endpoint", justify="left", least=14),
        Column(title="requests", drop=0),
        *figures,
    ]


def _row(name: str, times: Times, requests: int, groups: Sequence[str], *, style: str = "") -> Row:
    figures = []
    for group in groups:
        before, after, drop = (
            getattr(of, f"{group}_ms") for of in (times.before, times.after, times.drop)
        )
        figures += [
            Plain(milliseconds(before)),
            Plain(milliseconds(after), style),
            Plain(change(drop)),
        ]
    return Row((Label(names=(name,), style=style), Plain(count(requests)), *figures))


def _said(each: Change) -> str:
    target = safe(each.target).replace(" -> ", " → ")
    spans = plural(each.spans, "span")
    if each.kind == "parallel":
        caller, _, callees = target.rpartition(": ")
        return f"{caller} called {callees} side by side ({spans})"
    if each.time_ms is not None:
        limit = "at most" if each.kind == "faster" else "at least"
        return f"each call of {target} took {limit} {with_unit(each.time_ms)} ({spans})"
    factor = 1.0 if each.factor is None else each.factor
    if factor == 0:
        return f"{target} took no time of its own ({spans})"
    less = percent(abs(1 - factor))
    return f"{target} took {less} {'more' if factor > 1 else 'less'} time of its own ({spans})"


def _conclusion(answer: WhatIf) -> str:
    drop, before = answer.overall.drop, answer.overall.before.mean_ms
    share = f" ({percent(abs(drop.mean_ms) / before)})" if before else ""
    mean, p95 = change_with_unit(drop.mean_ms), change_with_unit(drop.p95_ms)
    return f"That changes the mean by {mean}{share}, p95 by {p95}."
