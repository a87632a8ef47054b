"""What users were to do beside what they did, in a terminal."""

from collections.abc import Iterator, Sequence

from rich.text import Text

from analyzer.report.profile import (
    PlannedPause,
    Profile,
    ProfileEndpoint,
    ProfileTask,
    ProfileUser,
    SeenPause,
)
from analyzer.reporters.terminal.cells import Cell, Label, Plain
from analyzer.reporters.terminal.figures import UNKNOWN, count, percent, plural
from analyzer.reporters.terminal.grid import ROW_INDENT, Column, Row, grid
from analyzer.reporters.terminal.view import heading, paragraph

MOST_TASKS = 20
MOST_ENDPOINTS = 6

_SHARES = "share of runs"

_TASK_COLUMNS = (
    Column(justify="left", least=18),
    Column(title="planned", group=_SHARES),
    Column(title="observed", group=_SHARES),
    Column(title="95 % interval", group=_SHARES, drop=0),
    Column(title="runs", drop=2),
    Column(title="requests"),
    Column(justify="left", drop=1),
)

_ENDPOINT_COLUMNS = (
    Column(justify="left", least=18),
    Column(title="planned", group="share of requests"),
    Column(title="observed", group="share of requests"),
    Column(title="requests"),
    Column(justify="left", drop=0),
)

_HOW = {"set": "at random", "sequence": "in order", "chain": "by transitions"}


def profile(section: Profile, width: int) -> Iterator[Text]:
    """The planned and the observed mix: users, their tasks, and endpoints."""
    yield heading("What users did, and were to do")
    yield from paragraph(_conclusion(section), width=width, lead=" " * ROW_INDENT)
    for user in section.users:
        yield Text()
        yield from _user(user, width, traced=section.requests > 0)
    shown = section.endpoints[:MOST_ENDPOINTS]
    if any(row.planned_share is not None for row in shown):
        yield Text()
        rows = [_endpoint(row) for row in shown]
        yield from grid(_ENDPOINT_COLUMNS, rows, width=width, title="Mix of requests")
        if more := len(section.endpoints) - len(shown):
            yield Text(" " * ROW_INDENT).append(plural(more, "more endpoint"), style="dim")


def _conclusion(section: Profile) -> str:
    if not any(task.runs for user in section.users for task in user.tasks):
        return "What was planned is known, but not how often each task ran."
    if section.differs:
        return "Rows with ≠ are further from the plan than chance explains."
    return "Everything ran as often as planned, as far as chance lets one tell."


def _user(user: ProfileUser, width: int, *, traced: bool) -> Iterator[Text]:
    """A user and its tasks; without the requests where no span says whose it is."""
    shown = user.tasks[:MOST_TASKS]
    rows = [_user_row(user), *(_task(task) for task in shown)]
    kept = [i for i, column in enumerate(_TASK_COLUMNS) if traced or column.title != "requests"]
    rows = [Row(tuple(row.cells[i] for i in kept), style=row.style) for row in rows]
    yield from grid([_TASK_COLUMNS[i] for i in kept], rows, width=width)
    lead = " " * (ROW_INDENT + 2)
    if more := len(user.tasks) - len(shown):
        yield Text(lead).append(plural(more, "more task"), style="dim")
    yield from paragraph(_pauses(user), width=width, lead=lead, style="dim")


def _user_row(user: ProfileUser) -> Row:
    users = "" if user.users is None else plural(user.users, "user")
    blank = Plain("")
    requests = count(user.requests)
    return Row(
        (
            Label(names=(user.user,), mark=users, style="bold"),
            blank,
            blank,
            blank,
            blank,
            Plain(requests),
            _mark(differs=user.differs),
        )
    )


def _task(task: ProfileTask) -> Row:
    depth = task.task.count(".") if task.holder else 0
    name = task.task.removeprefix(f"{task.holder}.") if task.holder else task.task
    interval = ""
    if task.ci95 is not None:
        interval = f"{task.ci95[0] * 100:.1f} – {task.ci95[1] * 100:.1f} %"
    planned = task.planned_share
    return Row(
        (
            Label(names=(name,), lead="  " * (depth + 1), mark=_HOW.get(task.kind, "")),
            Plain(percent(planned) if planned is not None else ""),
            Plain(percent(task.observed_share) if task.observed_share is not None else ""),
            Plain(interval, "dim"),
            Plain(UNKNOWN if task.runs is None else count(task.runs)),
            Plain(count(task.requests) if task.kind == "task" or task.requests else ""),
            _mark(differs=task.differs),
        )
    )


def _endpoint(row: ProfileEndpoint) -> Row:
    return Row(
        (
            Label(names=(row.endpoint,)),
            Plain(percent(row.planned_share)),
            Plain(percent(row.observed_share)),
            Plain(count(row.requests)),
            _mark(differs=row.differs),
        )
    )


def _mark(*, differs: bool | None) -> Cell:
    return Plain("≠", "yellow") if differs else Plain("")


def _pauses(user: ProfileUser) -> str:
    said = f"pauses {pause(user.planned_pause)}"
    if user.differs and user.planned_users is not None:
        said = f"{user.planned_users:.3g} users were planned; {said}"
    if user.observed_pause is not None:
        said += f"; seen {seen(user.observed_pause)}"
    return said


def pause(planned: PlannedPause | None) -> str:
    """A planned pause in a few words."""
    if planned is None:
        return "not planned"
    low, high, mean = planned.min_s, planned.max_s, planned.mean_s
    if planned.every_s is not None:
        return f"so that a task begins every {length(planned.every_s)}"
    if planned.kind == "poisson" and mean is not None:
        return f"at random, mean {length(mean)}"
    if low is None or high is None or mean is None:
        return "by a function of its own"
    if low == high:
        return f"of {length(low)}" if low else "of nothing"
    told = f"from {length(low)} to {length(high)}, mean {length(mean)}"
    return f"{told} in {plural(planned.samples, 'sample')}" if planned.samples else told


def seen(observed: SeenPause) -> str:
    """An observed pause in a few words."""
    said = f"mean {length(observed.mean_s)}"
    if observed.p5_s is not None and observed.p95_s is not None:
        said += f", nine of ten from {length(observed.p5_s)} to {length(observed.p95_s)}"
    return f"{said}, in {plural(observed.count, 'pause')}"


def length(time_s: float) -> str:
    """How long people pause: 320 ms, 1.25 s, 12 s, 3.5 min."""
    if time_s < 1:
        return f"{time_s * 1000:.0f} ms"
    if time_s < 10:
        return f"{time_s:.2f}".rstrip("0").rstrip(".") + " s"
    return f"{time_s:.0f} s" if time_s < 120 else f"{time_s / 60:.1f} min"


def most(rows: Sequence[object], shown: int, noun: str) -> Iterator[Text]:
    """How many more rows there are than are shown."""
    if (more := len(rows) - shown) > 0:
        yield Text(" " * ROW_INDENT).append(plural(more, f"more {noun}"), style="dim")
