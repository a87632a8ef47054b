"""What a test concludes, in a terminal: its levels, and the verdict of its kind."""

from collections.abc import Iterator

from rich.text import Text

from analyzer.report.load_test import (
    Arrivals,
    CapacityVerdict,
    EnduranceVerdict,
    LevelRow,
    Limit,
    LoadTest,
    LoadVerdict,
    SmokeVerdict,
    SpikeVerdict,
    StressVerdict,
    TrendRow,
)
from analyzer.reporters.terminal.cells import Plain
from analyzer.reporters.terminal.figures import (
    UNKNOWN,
    count,
    milliseconds,
    percent,
    plural,
    rate,
    seconds,
    times,
    with_unit,
)
from analyzer.reporters.terminal.grid import ROW_INDENT, Column, Row, grid
from analyzer.reporters.terminal.safe_text import in_sentence, safe, safe_text
from analyzer.reporters.terminal.view import flow, heading, paragraph

MOST_TRENDS = 5
"""Trends named: those that grow, else those of the whole."""

MOST_ENDPOINTS = 20
"""Endpoints of a smoke test; those that failed come first."""

_LEVEL_COLUMNS = (
    Column(justify="left", least=8),
    Column(),  # titled by what levels count
    Column(title="requests/s"),
    Column(title="in flight", drop=1),
    Column(title="p50", group="ms", drop=0),
    Column(title="p95", group="ms"),
    Column(title="errors"),
    Column(justify="left", least=20, grow=1),  # why: rather drop a figure
)

_SMOKE_COLUMNS = (
    Column(justify="left", least=20),
    Column(title="requests"),
    Column(title="failed"),
    Column(title="traced"),
    Column(justify="left"),
)


def load_test(test: LoadTest, width: int) -> Iterator[Text]:
    """The section of a test."""
    lead = " " * ROW_INDENT
    verdict = "" if test.passed is None else ": passed" if test.passed else ": not passed"
    required = f" ({', '.join(test.required)})" if test.required else ""
    yield heading(f"{test.kind.capitalize()} test{verdict}").append_text(
        Text(required, style="dim")
    )
    if test.too_short is not None:
        yield from paragraph(test.too_short, width=width, lead=lead, style="bold")
    for sentence in _sentences(test):
        yield from paragraph(sentence, width=width, lead=lead)
    limit = _limit_of(test)
    if limit is not None:
        yield from _grew(limit, width)
    if test.levels:
        columns = (_LEVEL_COLUMNS[0], Column(title=test.unit), *_LEVEL_COLUMNS[2:])
        yield from grid(columns, [_level(row, test) for row in test.levels], width=width)
    if test.smoke is not None:
        yield from _smoke(test.smoke, width)
    if test.arrivals is not None:
        yield from paragraph(_arrivals(test.arrivals), width=width, lead=lead)


def _sentences(test: LoadTest) -> Iterator[str]:
    seconds_long = test.levels[-1].seconds if test.levels else 0.0
    if test.load is not None:
        yield from _load(test.load, seconds_long)
    if test.stress is not None:
        yield from _stress(test.stress, test.unit)
    if test.spike is not None:
        yield from _spike(test.spike)
    if test.endurance is not None:
        yield from _endurance(test.endurance)
    if test.capacity is not None:
        yield from _capacity(test.capacity, test.unit)
    limit = _limit_of(test)
    if limit is not None:
        yield _limits(limit)


def _limit_of(test: LoadTest) -> Limit | None:
    parts = (test.load, test.stress, test.spike, test.capacity)
    return next((part.limit for part in parts if part is not None and part.limit), None)


def _load(found: LoadVerdict, seconds_long: float) -> Iterator[str]:
    latency = next((t for t in found.trends if t.kind == "latency"), None)
    if latency is None:
        yield "Too few requests to tell a trend from chance."
    elif found.steady:
        yield "Latency stays as it is while the load does."
    else:
        yield f"Latency grows while the load stays: {_from_to(latency, seconds_long)}."
    if not found.errors_fine:
        yield "More than 1 % of the requests failed."
    if found.headroom_share is not None:
        yield f"Room to spare: {percent(found.headroom_share)} of the capacity."
    elif found.limit is None:
        yield "Nothing is full at this level; how much more it bears, a stress test tells."


def _stress(found: StressVerdict, unit: str) -> Iterator[str]:
    most = f"The most it did was {rate(found.most_rps)} requests/s."
    if found.at_level is None:
        yield f"It held every step, up to {_with(found.last_level, unit)}. {most}"
        return
    why = "; ".join(found.why)
    held = (
        f"it held {_with(found.last_level, unit)}"
        if found.last_level is not None
        else "nothing below was tried"
    )
    yield f"It breaks at {_with(found.at_level, unit)} ({why}); {held}. {most}"


def _spike(found: SpikeVerdict) -> Iterator[str]:
    factor = f" ({times(found.peak_p95_ms / found.usual_p95_ms)})" if found.usual_p95_ms > 0 else ""
    yield (
        f"p95 goes from at most {with_unit(found.usual_p95_ms)} to"
        f" {with_unit(found.peak_p95_ms)}{factor}."
    )
    if found.recovered_after_s is None:
        yield f"It was not back within the {seconds(found.watched_s)} that were watched."
    elif found.recovered_after_s == 0:
        yield "It was back as soon as the spike was over."
    else:
        yield f"It was back {seconds(found.recovered_after_s)} after the spike."
    if found.backlog:
        rows = "; ".join(
            f"{in_sentence(row.label())} {rate(row.before)} → {rate(row.during)}"
            for row in found.backlog
        )
        yield f"Requests that stood there, before and during the peak: {rows}."


def _endurance(found: EnduranceVerdict) -> Iterator[str]:
    over = seconds(found.hours * 3600)
    if found.leaks:
        names = ", ".join(in_sentence(name) for name in found.leaks)
        yield f"Over {over} these grow: {names}."
    else:
        yield f"Nothing grows over {over} beyond chance."
    grows = sorted((t for t in found.trends if t.grows), key=lambda t: t.kind == "hop")
    grows.sort(key=lambda t: t.kind not in {"latency", "throughput", "resource"})
    shown = grows or [t for t in found.trends if t.kind in {"latency", "throughput"}]
    for row in shown[:MOST_TRENDS]:
        yield f"{in_sentence(row.label())}: {_from_to(row, 3600 * found.hours)}."


def _from_to(row: TrendRow, seconds_long: float) -> str:
    """How something went over a test, and between what its change lies: 95 % of all trends."""
    if row.unit == "ms":
        course = f"{with_unit(row.start)} → {with_unit(row.end)}"
    else:
        course = f"{rate(row.start)} → {rate(row.end)} {row.unit}"
    if row.ci95_per_hour is None:
        return f"{course} (not certain)"
    low, high = (end * seconds_long / 3600 for end in row.ci95_per_hour)
    return f"{course} (by {_signed(low)} to {_signed(high)} {row.unit}, with 95 % certainty)"


def _signed(value: float) -> str:
    return f"{'-' if value < 0 else '+'}{rate(abs(value))}"


def _capacity(found: CapacityVerdict, unit: str) -> Iterator[str]:
    if found.held_level is None:
        yield "No level held what is required."
    else:
        so_far = "" if found.confirmed else ", not confirmed: the search was cut short"
        yield (
            f"It holds {_with(found.held_level, unit)} ({rate(found.held_rps)} requests/s){so_far}."
        )
    if found.failed_level is not None:
        why = "; ".join(found.why)
        yield f"The first that did not hold: {_with(found.failed_level, unit)} ({why})."
    elif found.held_level is not None:
        yield "That is the highest that was tried."


def _limits(limit: Limit) -> str:
    name = in_sentence(limit.service)
    if limit.workers_busy is None:
        return f"{name} is where most of the growth is."
    busy = (
        "its one worker is"
        if limit.workers_busy == 1
        else f"all its {limit.workers_busy} workers are"
    )
    return f"{name} limits it: {busy} busy in {percent(limit.full_share)} of that time."


def _grew(limit: Limit, width: int) -> Iterator[Text]:
    items = [
        safe_text(part.label()).append(
            f" {with_unit(part.before_ms)} → {with_unit(part.after_ms)}", style="dim"
        )
        for part in limit.grew
    ]
    yield from flow(items, width=width, lead=" " * ROW_INDENT + "grew: ")


def _level(row: LevelRow, test: LoadTest) -> Row:
    said = {True: "held", False: "; ".join(row.why) or "failed"}
    note = safe(said[row.held]) if row.held is not None else ""
    return Row(
        (
            Plain(safe_text(row.name).plain),
            Plain(_number(row.level, test.unit)),
            Plain(rate(row.throughput_rps)),
            Plain(rate(row.in_flight)),
            Plain(milliseconds(row.p50_ms)),
            Plain(milliseconds(row.p95_ms)),
            Plain(percent(row.error_share)),
            Plain(note, style="bold red" if row.held is False else "dim"),
        )
    )


def _with(level: float | None, unit: str) -> str:
    """A level with its unit: 20 users, 12.5 arrivals/s."""
    if level is None:
        return "a level that is not known"
    return plural(round(level), "user") if unit == "users" else f"{rate(level)} {unit}"


def _number(level: float | None, unit: str) -> str:
    if level is None:
        return UNKNOWN
    return count(round(level)) if unit == "users" else rate(level)


def _smoke(found: SmokeVerdict, width: int) -> Iterator[Text]:
    rows = sorted(found.endpoints, key=lambda row: (row.passed, row.endpoint))
    shown = [
        Row(
            (
                Plain(safe_text(row.endpoint).plain),
                Plain(count(row.requests)),
                Plain(count(row.failures)),
                Plain(count(row.traced)),
                Plain(
                    "ok" if row.passed else "failed" if row.failures else "not traced",
                    style="" if row.passed else "bold red",
                ),
            )
        )
        for row in rows[:MOST_ENDPOINTS]
    ]
    yield from grid(_SMOKE_COLUMNS, shown, width=width)
    if (more := len(rows) - MOST_ENDPOINTS) > 0:
        yield Text(f"{' ' * ROW_INDENT}{count(more)} more in the JSON report", style="dim")
    if found.idle_tasks:
        names = ", ".join(in_sentence(name) for name in found.idle_tasks)
        yield from paragraph(f"Never ran: {names}.", width=width, lead=" " * ROW_INDENT)


def _arrivals(a: Arrivals) -> str:
    unserved = a.due - a.begun - a.dropped
    left = f", {count(unserved)} left at the end" if unserved > 0 else ""
    return (
        f"Arrivals: {count(a.due)} due, {count(a.begun)} begun, of these {count(a.late)} more than"
        f" {with_unit(a.late_after_ms)} late; {count(a.dropped)} dropped{left}. Response times from"
        f" when they were due: p50 {with_unit(a.from_due_p50_ms)}, p95"
        f" {with_unit(a.from_due_p95_ms)}, p99 {with_unit(a.from_due_p99_ms)}; as measured from"
        f" the request: {with_unit(a.measured_p50_ms)}, {with_unit(a.measured_p95_ms)},"
        f" {with_unit(a.measured_p99_ms)}."
    )
