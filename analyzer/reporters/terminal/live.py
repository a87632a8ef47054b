"""What a person sees while a test runs: the numbers so far, and where the time goes so far."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from rich.console import RenderableType
from rich.text import Text

from analyzer.report.model import Latency, Report
from analyzer.report.resources import Resources
from analyzer.reporters.terminal.cells import Bar
from analyzer.reporters.terminal.figures import (
    clock,
    count,
    milliseconds,
    percent,
    plural,
    rate,
    with_unit,
)
from analyzer.reporters.terminal.header import failed
from analyzer.reporters.terminal.over_time import FEWEST_POINTS, strips
from analyzer.reporters.terminal.ranking import MOST_ROWS, parts, ranking
from analyzer.reporters.terminal.report import explain, without_ranking
from analyzer.reporters.terminal.resources import busiest
from analyzer.reporters.terminal.safe_text import in_sentence, safe_text
from analyzer.reporters.terminal.sections import MOST_ENDPOINTS, endpoints
from analyzer.reporters.terminal.view import INDENT, Room, View, flow, paragraph

PROGRESS_CELLS = 20
"""The width of the bar of elapsed time."""

FRAME_LINES = 3
"""Lines of a table that are no rows: the blank one before it, and two of headings."""


FEWEST_STRIPS, MOST_STRIPS = 2, 5
"""Strips of the run over time: throughput and the largest part at least, or none."""

STRIPS_FROM_LINES = 18
"""Lines below the numbers from which on strips get some at the cost of the tables: what a terminal
of 24 lines leaves. With fewer the ranking needs all."""


class Phase(StrEnum):
    """What a live run is doing. The value is what a person reads."""

    STARTING = "starting"
    RUNNING = "running"
    WAITING = "waiting for late spans"
    ANALYSING = "analysing"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveState:
    """A live run at one moment; what is not known yet is None.

    Attributes:
        run_name: the run's id.
        phase: what it is doing.
        elapsed_s: since the load began.
        run_time_s: how long the load will last; None for until it is stopped.
        users: users now.
        throughput_rps: requests a second now.
        requests: requests so far.
        failures: failed requests so far.
        spans: spans received so far.
        latency: response times so far.
        resources: what services used of their machines in the last seconds.
        report: a provisional report over the spans so far.
        advice: what to set or run, shown while services send no spans.
        compiling: the analysis is not ready yet, so that spans are only counted.
        troubles: what goes wrong beside the run, in plain sentences.
    """

    run_name: str
    phase: Phase
    elapsed_s: float
    run_time_s: float | None = None
    users: int | None = None
    throughput_rps: float | None = None
    requests: int = 0
    failures: int = 0
    spans: int = 0
    latency: Latency | None = None
    resources: tuple[Resources, ...] = ()
    report: Report | None = None
    advice: tuple[str, ...] = ()
    compiling: bool = False
    troubles: tuple[str, ...] = ()


def render_live(state: LiveState, *, width: int | None = None) -> RenderableType:
    """The live view, laid out to fit the terminal's height."""

    def layout(room: Room) -> Iterator[Text]:
        lines = [*_progress(state, room.width), *_numbers(state, room.width)]
        lines += _body(state, Room(width=room.width, height=room.height - len(lines)))
        yield from lines[: max(room.height - 1, 1)]

    return View(layout, width)


def progress_line(state: LiveState) -> str:
    """The same in one line of plain text, for output that is no terminal."""
    facts = [_time(state), str(state.phase)]
    if state.users is not None:
        facts.append(plural(state.users, "user"))
    facts.append(plural(state.requests, "request"))
    if state.throughput_rps is not None:
        facts.append(f"{rate(state.throughput_rps)}/s")
    facts += [f"{count(state.failures)} failed", plural(state.spans, "span")]
    facts += _incomplete(state.report)
    if state.latency is not None:
        facts.append(f"p95 {with_unit(state.latency.p95_ms)}")
    if state.report is not None and without_ranking(state.report) is None:
        first = parts(state.report)[0]
        share = percent(first.row.contribution.share)
        facts.append(f"slowest {in_sentence(*first.names)} {share}")
    elif state.phase is not Phase.STARTING:
        facts.append(nothing_yet(state))
    return "  ".join([*facts, *state.troubles])


def _time(state: LiveState) -> str:
    if state.run_time_s is None or state.phase not in {Phase.STARTING, Phase.RUNNING}:
        return clock(state.elapsed_s)
    return f"{clock(state.elapsed_s)}/{clock(state.run_time_s)}"


def _progress(state: LiveState, width: int) -> list[Text]:
    facts = [
        Text("slowhop live", style="bold"),
        safe_text(state.run_name, "bold"),
        Text(str(state.phase), style="bold"),
    ]
    time = Text(_time(state))
    if state.run_time_s:
        done = min(max(state.elapsed_s / state.run_time_s, 0.0), 1.0)
        bar = Bar(share=done, full=1.0, style="cyan").at(PROGRESS_CELLS)
        rest = Text("─" * (PROGRESS_CELLS - bar.cell_len), style="dim")
        time = Text(f"{_time(state)} ").append_text(bar).append_text(rest)
    return flow([*facts, time], width=width, lead=" " * INDENT)


def _numbers(state: LiveState, width: int) -> Iterator[Text]:
    lead = " " * INDENT
    share = failed(state.failures, state.requests)
    facts = [] if state.users is None else [Text(plural(state.users, "user"))]
    facts.append(Text(plural(state.requests, "request")))
    if state.throughput_rps is not None:
        facts.append(Text(f"{rate(state.throughput_rps)}/s"))
    facts.append(Text(f"{count(state.failures)} failed ({share.text})", style=share.style))
    facts.append(Text(plural(state.spans, "span")))
    facts += [Text(fact) for fact in _incomplete(state.report)]
    yield from flow(facts, width=width, lead=lead)
    if (times := state.latency) is not None:
        figures = (
            ("mean", times.mean_ms), ("p50", times.p50_ms), ("p95", times.p95_ms),
            ("p99", times.p99_ms), ("max", times.max_ms),
        )  # fmt: skip
        shown = [Text(f"{name} {milliseconds(value)}") for name, value in figures]
        yield from flow([Text("response time, ms"), *shown], width=width, lead=lead)
    yield from busiest(state.resources, width)
    for trouble in state.troubles:
        yield from paragraph(f"! {trouble}", width=width, lead=lead, style="red")


def _incomplete(report: Report | None) -> Iterator[str]:
    """Traces that miss spans so far; a few always do, because they are under way."""
    if report is None:
        return
    seen = report.completeness
    if seen.partial:
        yield f"{plural(seen.partial, 'trace')} incomplete"
    if seen.rootless:
        yield f"{plural(seen.rootless, 'trace')} with an unseen caller"


def _body(state: LiveState, room: Room) -> Iterator[Text]:
    """The provisional ranking and endpoints, as many rows as fit; or why there are none."""
    report = state.report
    if report is None or without_ranking(report) is not None:
        yield Text()
        yield from _waiting(state, room.width)
        return
    course = _lines_over_time(report, room)
    note = any(not part.row.enough_data for part in parts(report)[:MOST_ROWS])
    spare = room.height - 1 - 2 * FRAME_LINES - course - note
    wanted = min(len(report.endpoints), MOST_ENDPOINTS, max(spare // 3, 2))
    ranked = list(ranking(report, room.width, most=max(min(MOST_ROWS, spare - wanted - 1), 1)))
    yield Text()
    yield from ranked
    left = room.height - 1 - FRAME_LINES - (1 + len(ranked))
    if report.endpoints and left - course > 0:
        asked = endpoints(report, room.width, most=min(max(left - course - 1, 1), MOST_ENDPOINTS))
        yield Text()
        yield from asked
        left -= len(asked) - 2
    if left >= FEWEST_STRIPS + 2:
        yield Text()
        yield from strips(report.load, room.width, most=min(left - 2, MOST_STRIPS))


def _lines_over_time(report: Report, room: Room) -> int:
    """Lines that are kept for the run over time; 0 where it shows no course yet."""
    if room.height < STRIPS_FROM_LINES or len(report.load.timeline) < FEWEST_POINTS:
        return 0
    return FEWEST_STRIPS + 2


def _waiting(state: LiveState, width: int) -> Iterator[Text]:
    """What is missing; what to do about it once it is clear that nothing comes by itself."""
    silent = state.spans == 0 or _client_spans_only(state)
    advice = state.advice if silent and state.phase is not Phase.STARTING else ()
    yield from explain(nothing_yet(state), advice, width)


def nothing_yet(state: LiveState) -> str:
    """Why there is no ranking yet, in a plain sentence."""
    if state.spans == 0:
        return "No spans have arrived yet."
    if state.compiling:
        return "Compiling the analysis, once after an install; nothing is lost meanwhile."
    if _client_spans_only(state):
        return "Only the load generator's own spans have arrived yet; the services send none."
    return "Waiting for the first whole requests."


def _client_spans_only(state: LiveState) -> bool:
    return state.report is not None and state.report.completeness.client_spans_only
