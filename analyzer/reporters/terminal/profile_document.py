"""A profile of its own in a terminal: planned in a locustfile, or derived from traces."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from analyzer.report.profile_document import (
    Arrivals,
    Planned,
    PlannedTask,
    PlannedUser,
    ProfileDocument,
    Sessions,
    Traffic,
)
from analyzer.reporters.terminal.cells import Bar, Label, Plain
from analyzer.reporters.terminal.figures import count, percent, plural, rate, seconds
from analyzer.reporters.terminal.grid import ROW_INDENT, Column, Row, grid
from analyzer.reporters.terminal.profile import length, most, pause
from analyzer.reporters.terminal.safe_text import safe
from analyzer.reporters.terminal.view import Room, View, heading, paragraph

MOST_ENDPOINTS = 15
MOST_TRANSITIONS = 10

STEPS = "▁▂▃▄▅▆▇█"
MOST_STEPS = 60

_BEGIN, _END = "(session begins)", "(session ends)"

_TASKS = (
    Column(justify="left", least=20),
    Column(title="weight"),
    Column(title="share"),
    Column(title="chooses", justify="left", drop=1),
    Column(title="tags", justify="left", least=6, drop=0),
)
_ENDPOINTS = (
    Column(justify="left", least=20),
    Column(justify="left", least=8, drop=0, grow=1),
    Column(title="share"),
    Column(title="requests"),
    Column(title="failed", drop=1),
)
_TRANSITIONS = (
    Column(title="after", justify="left", least=16),
    Column(title="comes", justify="left", least=16),
    Column(title="share"),
    Column(title="times", drop=0),
)
_HOW = {"set": "at random", "sequence": "in order", "chain": "by transitions", "task": ""}


def render_profile(document: ProfileDocument, *, width: int | None = None) -> RenderableType:
    """The profile as a rich renderable."""

    def layout(room: Room) -> Iterator[Text]:
        if document.planned is not None:
            yield from _planned(document.planned, room.width)
        if document.traffic is not None:
            yield from _traffic(document.traffic, room.width)

    return View(layout, width)


def _planned(planned: Planned, width: int) -> Iterator[Text]:
    yield from paragraph(f"Profile of {planned.locustfile}", width=width, lead=" ", style="bold")
    for user in planned.users:
        yield Text()
        rows = [_user(user), *(_task(task) for task in user.tasks)]
        yield from grid(_TASKS, rows, width=width)
        yield from paragraph(_facts(user), width=width, lead=" " * (ROW_INDENT + 2), style="dim")


def _user(user: PlannedUser) -> Row:
    fixed = plural(user.fixed_count, "user") if user.fixed_count else f"{user.weight:g}"
    return Row(
        (
            Label(names=(user.user,), style="bold"),
            Plain(fixed),
            Plain("" if user.share is None else percent(user.share)),
            Plain("at random"),
            Plain(""),
        )
    )


def _task(task: PlannedTask) -> Row:
    depth = task.task.count(".") if task.holder else 0
    name = task.task.removeprefix(f"{task.holder}.") if task.holder else task.task
    return Row(
        (
            Label(names=(name,), lead="  " * (depth + 1)),
            Plain(f"{task.weight:g}"),
            Plain(percent(task.share)),
            Plain(_HOW[task.kind]),
            Label(names=(", ".join(task.tags),)) if task.tags else Plain(""),
        )
    )


def _facts(user: PlannedUser) -> str:
    said = [f"pauses {pause(user.pause)}"]
    said += [f"in {task.task} {pause(task.pause)}" for task in user.tasks if task.pause is not None]
    if user.on_start:
        said.append("begins with on_start")
    if user.host:
        said.append(f"host {user.host}")
    return "; ".join(said)


def _traffic(traffic: Traffic, width: int) -> Iterator[Text]:
    yield heading("Profile of the traces")
    lead = " " * ROW_INDENT
    arrivals = traffic.arrivals
    said = (
        f"{plural(traffic.requests, 'request')} in {seconds(arrivals.duration_s)}: "
        f"{rate(arrivals.mean_rps)} a second on average, {rate(arrivals.peak_rps)} at the peak. "
        f"{plural(max(1, round(traffic.users)), 'user')} at a time would make as many."
    )
    yield from paragraph(said, width=width, lead=lead)
    if len(arrivals.intervals) > 1:
        yield Text(lead).append(_curve(arrivals, width - len(lead)))
        every = "requests a minute" if arrivals.interval_s == 60 else "requests over time"
        yield Text(lead).append(every, style="dim")
    yield Text()
    yield from _endpoints(traffic, width)
    if traffic.sessions is not None:
        yield Text()
        yield from _sessions(traffic.sessions, width)
    for warning in traffic.warnings:
        yield Text()
        yield from paragraph(f"! {warning}", width=width, lead=lead, style="yellow")


def _curve(arrivals: Arrivals, width: int) -> str:
    """Requests over time, a sign for some intervals together where there are many."""
    cells = max(1, min(MOST_STEPS, width))
    counts = [interval.requests for interval in arrivals.intervals]
    together = -(-len(counts) // cells)
    parts = [counts[i : i + together] for i in range(0, len(counts), together)]
    means = [sum(part) / len(part) for part in parts]
    top = max(means) or 1.0
    return "".join(STEPS[min(7, int(mean / top * 7.999))] for mean in means)


def _endpoints(traffic: Traffic, width: int) -> Iterator[Text]:
    shown = traffic.endpoints[:MOST_ENDPOINTS]
    full = max((row.share for row in shown), default=1.0)
    rows = [
        Row(
            (
                Label(names=(row.endpoint,)),
                Bar(share=row.share, full=full, style="cyan"),
                Plain(percent(row.share)),
                Plain(count(row.requests)),
                Plain(count(row.failures), "red" if row.failures else ""),
            )
        )
        for row in shown
    ]
    yield from grid(_ENDPOINTS, rows, width=width, title="Endpoints")
    yield from most(traffic.endpoints, len(shown), "endpoint")


def _sessions(sessions: Sessions, width: int) -> Iterator[Text]:
    yield heading("Sessions")
    said = (
        f"{plural(sessions.sessions, 'session')} known by {safe(sessions.known_by)}, "
        f"{rate(sessions.requests_per_session)} requests each."
    )
    if (thinks := sessions.think_times) is not None:
        q = thinks.quantiles_s
        said += (
            f" Pauses between: mean {length(thinks.mean_s)}, half under "
            f"{length(q[len(q) // 2])}, nine of ten from {length(q[1])} to {length(q[-2])}."
        )
    yield from paragraph(said, width=width, lead=" " * ROW_INDENT)
    yield Text()
    ranked = sorted(sessions.transitions, key=lambda t: (-t.count, t.before or "", t.after or ""))
    shown = ranked[:MOST_TRANSITIONS]
    rows = [
        Row(
            (
                _place(row.before, _BEGIN),
                _place(row.after, _END),
                Plain(percent(row.share)),
                Plain(count(row.count)),
            )
        )
        for row in shown
    ]
    yield from grid(_TRANSITIONS, rows, width=width, title="What follows what")
    yield from most(ranked, len(shown), "transition")


def _place(endpoint: str | None, otherwise: str) -> Label:
    return Label(names=(otherwise if endpoint is None else endpoint,))
