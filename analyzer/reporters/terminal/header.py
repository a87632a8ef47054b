"""What was run and how it went: the first lines of a report."""

from collections.abc import Iterator

from rich.text import Text

from analyzer.report.accounting import Accounting
from analyzer.report.model import Completeness, Latency, Report
from analyzer.reporters.terminal.cells import Cell, Plain
from analyzer.reporters.terminal.figures import (
    count,
    milliseconds,
    percent,
    plural,
    rate,
    seconds,
    with_unit,
)
from analyzer.reporters.terminal.grid import Column, Row, grid
from analyzer.reporters.terminal.resources import generator_note
from analyzer.reporters.terminal.safe_text import safe_text
from analyzer.reporters.terminal.view import INDENT, flow

_TIMES = "response time, ms"

_COLUMNS = (
    Column(justify="left", least=6),
    Column(title="requests"),
    Column(title="/s"),
    Column(title="failed"),
    Column(title="mean", group=_TIMES),
    Column(title="p50", group=_TIMES, drop=1),
    Column(title="p95", group=_TIMES),
    Column(title="p99", group=_TIMES),
    Column(title="max", group=_TIMES, drop=0),
)


def header(report: Report, width: int) -> Iterator[Text]:
    """Run and load, requests and response times as traces and load tool saw them, completeness."""
    lead = " " * INDENT
    yield from flow(_identity(report), width=width, lead=lead)
    yield from grid(_COLUMNS, list(_counted(report)), width=width)
    yield from flow(_concurrency(report), width=width, lead=lead)
    yield from flow(_complete(report.completeness), width=width, lead=lead)
    if (accounting := report.completeness.accounting) is not None:
        yield from flow(_accounted(accounting), width=width, lead=lead)


def _identity(report: Report) -> list[Text]:
    run, load = report.run, report.run.load
    facts = [
        Text("slowhop ", style="bold").append_text(safe_text(run.command, "bold")),
        safe_text(run.id, "bold"),
    ]
    if load is not None:
        facts.append(safe_text(" ".join((load.tool, load.version or "")).strip()))
        if load.users is not None:
            facts.append(Text(plural(load.users, "user")))
        if load.shape:
            facts.append(safe_text(load.shape))
    if run.duration_s > 0:
        facts.append(Text(seconds(run.duration_s)))
    return facts


def _counted(report: Report) -> Iterator[Row]:
    """The traces' figures, and under them the load tool's own."""
    load, times = report.load, report.kpis.response_time_ms
    if load.requests:
        seen = Latency(
            mean_ms=times.mean, p50_ms=times.p50, p95_ms=times.p95, p99_ms=times.p99,
            max_ms=times.max,
        )  # fmt: skip
        yield _row("traces", load.requests, load.throughput_rps, load.failures, seen, style="bold")
    if (told := load.reported) is not None:
        yield _row(told.tool, told.requests, told.throughput_rps, told.failures, told.latency)


def _row(
    who: str, requests: int, rps: float, failures: int, latency: Latency | None, *, style: str = ""
) -> Row:
    cells: list[Cell] = [
        Plain(safe_text(who).plain),
        Plain(count(requests), style),
        Plain(rate(rps)),
        failed(failures, requests),
    ]
    figures = (
        (latency.mean_ms, latency.p50_ms, latency.p95_ms, latency.p99_ms, latency.max_ms)
        if latency is not None
        else (None,) * 5
    )
    return Row((*cells, *(Plain(milliseconds(figure), style) for figure in figures)))


def failed(failures: int, requests: int) -> Plain:
    """The share of failed requests, red where there are any."""
    share = min(failures / requests, 1.0) if requests else 0.0
    return Plain(percent(share), "red" if failures else "")


def _concurrency(report: Report) -> list[Text]:
    load = report.load
    facts = []
    if load.requests:
        facts.append(
            Text(f"in flight mean {rate(load.in_flight_mean)}, max {count(load.in_flight_max)}")
        )
    planned = report.run.load.users if report.run.load else None
    if load.users_max is not None and load.users_max != planned:
        facts.append(Text(f"at most {plural(load.users_max, 'user')}"))
    if (busy := generator_note(report)) is not None:
        facts.append(Text(busy))
    return facts


def _accounted(of: Accounting) -> list[Text]:
    """What became of each request that the load tool counted."""
    facts = [f"of {plural(of.requests, 'request')}: {count(of.traced)} traced"]
    for number, what in (
        (of.without_services, "without services"),
        (of.sampled_out, "sampled out"),
        (of.lost, "lost"),
        (of.untraced, "of untraced clients"),
        (of.unexplained, "unexplained"),
    ):
        if number:
            facts.append(f"{count(number)} {what}")
    if of.killed:
        facts.append(f"{count(of.killed)} more killed under way")
    return [Text(fact) for fact in facts]


def _complete(seen: Completeness) -> list[Text]:
    """How much of the run the spans show: what is worth a word only."""
    whole = f", {percent(seen.whole / seen.traces)} whole" if seen.traces else ""
    facts = [f"{plural(seen.spans, 'span')} in {plural(seen.traces, 'trace')}{whole}"]
    if seen.sampled_share < 1 and seen.requests:
        facts.append(f"{percent(seen.sampled_share)} of requests traced")
    if seen.requests_without_trace:
        facts.append(f"{plural(seen.requests_without_trace, 'request')} without a trace")
    for number, one, many in (
        (seen.lost_spans, "lost span", "lost spans"),
        (seen.duplicates, "duplicate", "duplicates"),
        (seen.rejected, "rejected span", "rejected spans"),
        (seen.rootless, "trace with an unseen caller", "traces with an unseen caller"),
        (seen.multi_root, "trace of several requests", "traces of several requests"),
        (seen.linked_traces, "trace joined by links", "traces joined by links"),
        (seen.adopted_spans, "span moved under its real caller", "spans moved under their callers"),
        (seen.async_spans, "span nobody waited for", "spans nobody waited for"),
    ):
        if number:
            facts.append(plural(number, one, many))
    if seen.skew_corrected_spans:
        moved = plural(seen.skew_corrected_spans, "span")
        far = f" (up to {with_unit(seen.skew_max_ms)})" if seen.skew_max_ms else ""
        facts.append(f"{moved} moved for clock skew{far}")
    return [Text(fact) for fact in facts]
