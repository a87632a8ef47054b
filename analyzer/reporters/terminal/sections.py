"""The tables below the ranking: endpoints, critical paths, operations, exemplars."""

from collections.abc import Iterator

from rich.text import Text

from analyzer.report.model import EndpointRow, OperationRow, PathRow, Report
from analyzer.reporters.terminal.cells import Bar, Cell, Label, Plain
from analyzer.reporters.terminal.figures import (
    UNKNOWN,
    count,
    milliseconds,
    percent,
    plural,
    rate,
    with_unit,
)
from analyzer.reporters.terminal.grid import ROW_INDENT, Column, Row, grid
from analyzer.reporters.terminal.header import failed
from analyzer.reporters.terminal.ranking import SERVICE_STYLE, few_samples_note, how_many, mark
from analyzer.reporters.terminal.safe_text import safe_text
from analyzer.reporters.terminal.view import flow, heading, open_one

MOST_ENDPOINTS = 10
MOST_OPERATIONS = 6
MOST_PATHS = 3
MOST_EXEMPLARS = 4
MOST_PATH_LINES = 4
"""A path through dozens of spans is for the waterfall; its ends tell which one it is."""

_TIMES = "ms"

_ENDPOINT_COLUMNS = (
    Column(justify="left", least=14),
    Column(title="requests"),
    Column(title="mean", group=_TIMES),
    Column(title="p50", group=_TIMES, drop=0),
    Column(title="p95", group=_TIMES),
    Column(title="p99", group=_TIMES, drop=1),
    Column(title="failed"),
    Column(title="slowest part", justify="left", least=23),
)

_OPERATION_COLUMNS = (
    Column(justify="left", least=30),
    Column(justify="left", least=8, drop=0, grow=1),
    Column(title="share"),
    Column(title="calls", drop=3),
    Column(title="mean", group="ms per request"),
    Column(title="p95", group="ms per request"),
    Column(title="p99", group="ms per request", drop=1),
    Column(title="errors", drop=2),
)


def endpoints(report: Report, width: int, *, most: int = MOST_ENDPOINTS) -> list[Text]:
    """What users asked for, what they got, and what they waited for most."""
    shown = report.endpoints[: how_many(len(report.endpoints), most)]
    rows = [_endpoint(row) for row in shown]
    if rest := report.endpoints[len(shown) :]:
        requests = count(sum(row.requests for row in rest))
        blank = (Plain(""),) * (len(_ENDPOINT_COLUMNS) - 2)
        rows.append(Row((Plain(f"{len(rest)} more"), Plain(requests), *blank), style="dim"))
    return grid(_ENDPOINT_COLUMNS, rows, width=width, title="Endpoints")


def _endpoint(row: EndpointRow) -> Row:
    slowest: Cell = Plain(UNKNOWN)
    if (part := row.slowest_part) is not None:
        names = (part.service,) if part.service else (part.caller or "", part.callee or "")
        slowest = Label(names=names, mark=percent(part.share))
    return Row(
        (
            Label(names=(row.endpoint,)),
            Plain(count(row.requests)),
            Plain(milliseconds(row.latency.mean_ms)),
            Plain(milliseconds(row.latency.p50_ms)),
            Plain(milliseconds(row.latency.p95_ms)),
            Plain(milliseconds(row.latency.p99_ms)),
            failed(row.failures, row.requests),
            slowest,
        )
    )


def paths(report: Report, width: int) -> Iterator[Text]:
    """The chains of waiting that most requests follow."""
    yield heading("Most frequent critical paths")
    for row in report.paths[:MOST_PATHS]:
        yield from _path(row, width)


def _path(row: PathRow, width: int) -> Iterator[Text]:
    share = f"{percent(row.share):>7}"
    lead = f"{' ' * ROW_INDENT}{share}  "
    facts = [Text(plural(row.requests, "request")), Text(f"mean {with_unit(row.mean_ms)}")]
    yield from flow(facts, width=width, lead=lead)
    steps = [safe_text(step) for step in row.steps]
    lines = flow(steps, width=width, lead=" " * len(lead), joint=" → ", trail=" →")
    if len(lines) > MOST_PATH_LINES:
        half = MOST_PATH_LINES // 2
        gap = Text(f"{' ' * len(lead)}⋯ {len(row.steps)} steps in all ⋯", style="dim")
        lines = [*lines[:half], gap, *lines[-half + 1 :]]
    yield from lines


def operations(report: Report, width: int) -> Iterator[Text]:
    """What the services do in that time."""
    shown = report.operations[: how_many(len(report.operations), MOST_OPERATIONS)]
    full = max((row.contribution.share for row in shown), default=1.0)
    rows = [_operation(row, full=full) for row in shown]
    if (more := len(report.operations) - len(shown)) > 0:
        blank = (Plain(""),) * (len(_OPERATION_COLUMNS) - 1)
        rows.append(Row((Plain(f"{more} more"), *blank), style="dim"))
    yield from grid(_OPERATION_COLUMNS, rows, width=width, title="Operations")
    if any(not row.enough_data for row in shown):
        yield from few_samples_note(width)


def _operation(row: OperationRow, *, full: float) -> Row:
    figures = row.contribution
    does = row.operation if row.callee is None else f"{row.operation} → {row.callee}"
    return Row(
        (
            Label(names=(row.service, does), joint="  ", mark=mark(row)),
            Bar(share=figures.share, full=full, style=SERVICE_STYLE),
            Plain(percent(figures.share)),
            Plain(rate(row.calls_per_request)),
            Plain(milliseconds(figures.mean_ms)),
            Plain(milliseconds(figures.p95_ms)),
            Plain(milliseconds(figures.p99_ms)),
            Plain(count(row.errors), "red" if row.errors else ""),
        )
    )


def exemplars(report: Report, width: int) -> Iterator[Text]:
    """Requests worth a look; trace ids are never shortened, they are for copying."""
    columns = (
        Column(),
        Column(justify="left", least=12),
        Column(justify="left", least=8, drop=0, grow=1),
        Column(justify="left"),
    )
    found = report.exemplars[:MOST_EXEMPLARS]
    rows = [
        Row(
            (
                Plain(with_unit(row.latency_ms)),
                Label(names=(row.endpoint,)),
                Label(names=(row.why,)),
                Plain(row.trace_id, link=row.url),
            )
        )
        for row in found
    ]
    yield from grid(columns, rows, width=width, title="Requests worth a look")
    if found and (url := found[-1].url):
        yield from open_one(url, width)
