"""Two runs side by side: what got slower, by how much, and whether that is more than noise."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from analyzer.report.compare import (
    CallsDelta,
    Comparison,
    EndpointDelta,
    HopDelta,
    OperationDelta,
    ServiceDelta,
    Side,
    Verdict,
)
from analyzer.reporters.compared_trace import page_of
from analyzer.reporters.headline import headline
from analyzer.reporters.terminal.cells import Cell, Label, Plain
from analyzer.reporters.terminal.figures import change, count, milliseconds, percent, rate
from analyzer.reporters.terminal.grid import ROW_INDENT, Column, Row, grid
from analyzer.reporters.terminal.ranking import FEW, few_samples_note, how_many
from analyzer.reporters.terminal.safe_text import safe_text
from analyzer.reporters.terminal.view import (
    INDENT,
    Room,
    View,
    flow,
    heading,
    open_one,
    paragraph,
    signed,
)

MOST_ROWS = 8
NOISE_ROWS = 3
"""Rows shown of a list in which all is noise: enough to see how small it is."""

MOST_CALLS = 5

NAME_CELLS = 18
OPERATION_CELLS = 30
"""Cells that names get at least; an operation's needs more, and the interval gives way to it."""

STYLES: dict[Verdict, str] = {"slower": "bold red", "faster": "bold green", "noise": "dim"}

AnyDelta = ServiceDelta | HopDelta | OperationDelta | EndpointDelta

_TAIL = "of the tail"
_RUN = "response time, ms"

_SIDES = (
    Column(justify="left", least=9),
    Column(title="requests"),
    Column(title="/s", drop=1),
    Column(title="failed", drop=0),
    Column(title="mean", group=_RUN),
    Column(title="p50", group=_RUN),
    Column(title="p95", group=_RUN),
    Column(title="p99", group=_RUN),
)


def render_comparison(comparison: Comparison, *, width: int | None = None) -> RenderableType:
    """The comparison as a rich renderable; `width` None uses all that the console has."""

    def layout(room: Room) -> Iterator[Text]:
        yield from _body(comparison, room.width)

    return View(layout, width)


def _body(c: Comparison, width: int) -> Iterator[Text]:
    lead = " " * INDENT
    names = [
        Text("slowhop compare", style="bold"),
        Text("base ").append_text(safe_text(c.base.id, "bold")),
        Text("candidate ").append_text(safe_text(c.candidate.id, "bold")),
    ]
    yield from flow(names, width=width, lead=lead)
    yield from grid(_SIDES, _sides(c), width=width)
    yield Text()
    style = STYLES[c.overall.verdict] if c.overall.verdict != "noise" else "bold"
    yield from paragraph(headline(c), width=width, lead=lead, style=style)
    yield Text()
    title = "Services with their part of the hops"
    yield from _table(c, title, c.services, width)
    pages = (page_of(c, row) for row in c.services)
    if page := next(filter(None, pages), None):
        yield from open_one(page, width)
    if c.hops:
        yield Text()
        yield from _table(c, "Hops", c.hops, width)
    yield Text()
    own = "ms per own request"
    yield from _table(c, "Endpoints", c.endpoints, width, per=own)
    yield Text()
    yield from _table(c, "Operations", c.operations, width, least=OPERATION_CELLS)
    if c.calls:
        yield Text()
        yield from _calls(c.calls, width)
    judged = [row for row in c.background if row.verdict != "noise"]
    if judged:
        yield Text()
        title = "Work that no request waits for"
        yield from _table(c, title, judged, width, least=OPERATION_CELLS)
    yield Text()
    yield from _notes(c, width)


def _sides(c: Comparison) -> list[Row]:
    overall = c.overall
    nothing = Plain("")
    changed = (
        overall.exact_delta_mean_ms,
        c.candidate.latency.p50_ms - c.base.latency.p50_ms,
        overall.p95_delta_ms,
        overall.p99_delta_ms,
    )
    return [
        _side("base", c.base),
        _side("candidate", c.candidate),
        Row((Plain("change"), nothing, nothing, nothing, *(Plain(_moved(ms)) for ms in changed))),
    ]


def _side(who: str, side: Side) -> Row:
    latency = side.latency
    times = (latency.mean_ms, latency.p50_ms, latency.p95_ms, latency.p99_ms)
    return Row(
        (
            Plain(who),
            Plain(count(side.requests)),
            Plain(rate(side.throughput_rps)),
            Plain(percent(side.failures / side.requests), "red" if side.failures else ""),
            *(Plain(milliseconds(ms)) for ms in times),
        )
    )


def _table(
    c: Comparison,
    title: str,
    rows: Sequence[AnyDelta],
    width: int,
    *,
    per: str = "ms per request",
    least: int = NAME_CELLS,
) -> Iterator[Text]:
    """Rows in order of rank: those with a verdict, and of what is noise as far as it helps."""
    means_only = c.basis == "reports"
    judged = sum(row.verdict != "noise" for row in rows)
    wanted = max(how_many(judged, MOST_ROWS), min(NOISE_ROWS, len(rows)))
    first = [row for row in rows if row.verdict != "noise"][:wanted]
    first += [row for row in rows if row.verdict == "noise"][: wanted - len(first)]
    shown = sorted(first, key=lambda row: row.rank)
    left = len(rows) - len(shown)
    lines = [_row(row, page_of(c, row), means_only=means_only) for row in shown]
    if left:
        hidden = judged - sum(row.verdict != "noise" for row in shown)
        said = f"{left} more" if hidden else f"{left} more, all noise"
        lines.append(Row((Plain(""), Plain(said), *(Plain(""),) * 7), style="dim"))
    names_parts = any(isinstance(row, EndpointDelta) and row.parts for row in shown)
    columns = _columns(per, least, means_only=means_only, names_parts=names_parts)
    yield from grid(columns, lines, width=width, title=title)
    if any(not row.enough_data for row in shown):
        yield from few_samples_note(width)


def _columns(per: str, least: int, *, means_only: bool, names_parts: bool) -> tuple[Column, ...]:
    return (
        Column(title="#"),
        Column(justify="left", least=least),
        Column(title="verdict", justify="left"),
        Column(title="mean" if means_only else "medians", group=per),
        Column(title="95 % interval", group=per, drop=2),
        Column(title="" if means_only else "mean", group=per),
        Column(title="p95", group=_TAIL),
        Column(title="p99", group=_TAIL, drop=1),
        Column(title="mostly" if names_parts else "", justify="left", least=20, drop=0),
    )


def _row(row: AnyDelta, page: str | None, *, means_only: bool) -> Row:
    style = STYLES[row.verdict]
    low, high = row.ci95_ms
    cells: tuple[Cell, ...] = (
        Plain(str(row.rank)),
        _label(row),
        Plain(row.verdict, style, link=page),
        Plain(_moved(row.delta_mean_ms), style),
        Plain(f"{_moved(low)} to {_moved(high)}"),
        Plain("" if means_only else _moved(row.exact_delta_mean_ms)),
        Plain(_moved(row.p95_delta_ms)),
        Plain(_moved(row.p99_delta_ms)),
        _mostly(row),
    )
    return Row(cells)


def _mostly(row: AnyDelta) -> Cell:
    """What changed most in an endpoint."""
    if not isinstance(row, EndpointDelta) or not row.parts:
        return Plain("")
    part = row.parts[0]
    names = (part.service,) if part.service else (part.caller or "", part.callee or "")
    return Label(names=names, mark=_moved(part.delta_mean_ms))


def _label(row: AnyDelta) -> Label:
    few = "" if row.enough_data else FEW
    if isinstance(row, ServiceDelta):
        notes = ["(inferred)"] if row.inferred else []
        return Label(names=(row.service,), mark=" ".join([*notes, *([few] if few else [])]))
    if isinstance(row, HopDelta):
        return Label(names=(row.caller, row.callee), mark=few)
    if isinstance(row, OperationDelta):
        return operation_label(row, few)
    return Label(names=(row.endpoint,), mark=few)


def operation_label(row: OperationDelta | CallsDelta, mark: str = "") -> Label:
    """A service's operation, and whom it calls."""
    what = f"{row.service}  {row.operation}"
    return Label(names=(what, row.callee) if row.callee else (what,), mark=mark)


def _calls(calls: Sequence[CallsDelta], width: int) -> list[Text]:
    shown = calls[: how_many(len(calls), MOST_CALLS)]
    columns = (
        Column(title="Calls added and gone", justify="left", least=24),
        Column(justify="left"),
        Column(title="base", group="per request"),
        Column(title="candidate", group="per request"),
        Column(title="ms", group=""),
    )
    rows = [
        Row(
            (
                operation_label(row),
                Plain(row.kind),
                Plain(_rounded(row.base_per_request)),
                Plain(_rounded(row.candidate_per_request)),
                Plain(_moved(row.delta_mean_ms)),
            )
        )
        for row in shown
    ]
    if left := len(calls) - len(shown):
        rows.append(Row((Plain(f"{left} more"), *(Plain(""),) * 4), style="dim"))
    return grid(columns, rows, width=width)


def _notes(c: Comparison, width: int) -> Iterator[Text]:
    """How to read the columns, and what to keep in mind."""
    lead = " " * ROW_INDENT
    yield heading("How to read this")
    if c.basis == "calls":
        said = (
            "medians: calls × change of the median per call; it ranks and is judged. "
            "mean: the row's part of the exact change of the mean; services, and operations, "
            "sum to it. p95, p99: of what the row itself adds to a request."
        )
    else:
        said = "From saved reports: all changes are those of means."
    yield from paragraph(said, width=width, lead=lead, style="dim")
    yield from paragraph(
        f"A change is noise unless {milliseconds(c.noise.least_change_ms)} ms of it are certain "
        "(a tenth of the slower mean; of an endpoint, of its own). Calls that no fault touched "
        f"differ between these runs by {percent(c.noise.drift_within)} of themselves inside "
        f"services, by {percent(c.noise.drift_between)} between them: that much is the machine's.",
        width=width,
        lead=lead,
        style="dim",
    )
    if c.warnings:
        yield Text()
        yield heading("Warnings")
        for warning in c.warnings:
            yield from signed("! ", "bold red", warning, width=width, lead=" " * (ROW_INDENT + 2))


def _moved(delta_ms: float) -> str:
    """A change with its sign: +12.3 is slower."""
    return change(-delta_ms)


def _rounded(per_request: float) -> str:
    return f"{per_request:,.2f}" if per_request else "0"
