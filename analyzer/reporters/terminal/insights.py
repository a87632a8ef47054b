"""What a report concludes: the tail, growth with load, findings, warnings, odd data."""

from collections.abc import Iterator

from rich.text import Text

from analyzer.report.model import Finding, IssueRow, Report, Scaling, ScalingRow, Tail, TailRow
from analyzer.reporters.terminal.figures import (
    change_with_unit,
    count,
    percent,
    plural,
    rate,
    times,
    with_unit,
)
from analyzer.reporters.terminal.grid import ROW_INDENT
from analyzer.reporters.terminal.safe_text import in_sentence
from analyzer.reporters.terminal.view import flow, heading, paragraph

MOST_PARTS = 4
"""Parts named in a line about the tail or about growth."""

_SIGNS = {"error": ("!!", "bold red"), "warning": ("! ", "bold red"), "info": ("· ", "dim")}


def tail(section: Tail, width: int) -> Iterator[Text]:
    """What the slow requests have more of than the typical ones."""
    yield heading("Why the slowest requests are slow")
    lead = " " * ROW_INDENT
    slow = plural(section.slow_requests, "request")
    typical = plural(section.typical_requests, "typical one")
    about = f"{slow} from {with_unit(section.slow_from_ms)} on, beside {typical}:"
    yield from paragraph(about, width=width, lead=lead)
    yield from flow([_excess(row) for row in section.rows[:MOST_PARTS]], width=width, lead=lead)


def scaling(section: Scaling, width: int) -> Iterator[Text]:
    """What grows with load, and where it ends."""
    yield heading("As load grows")
    lead = " " * ROW_INDENT
    rows = section.rows[:MOST_PARTS]
    if rows:
        yield from flow([_growth(row) for row in rows], width=width, lead=lead)
    if (end := section.capacity) is not None:
        users = f" at {plural(end.at_users, 'user')}" if end.at_users is not None else ""
        first = (
            f"; {in_sentence(end.first_to_saturate)} saturates first"
            if end.first_to_saturate
            else ""
        )
        about = f"It stops to scale near {rate(end.throughput_rps)} requests/s{users}{first}."
        yield from paragraph(about, width=width, lead=lead)


def findings(found: tuple[Finding, ...], width: int) -> Iterator[Text]:
    """What is wrong, what to do, what it would bring."""
    yield heading("Findings")
    for finding in found:
        sign, style = _SIGNS[finding.severity]
        said = f"{finding.subject}: {finding.message}"
        yield from _signed(sign, style, said, width)
        brings = ""
        if finding.gain_mean_ms is not None:
            brings = f" ({change_with_unit(finding.gain_mean_ms)} a request)"
        lead = " " * (ROW_INDENT + 3)
        yield from paragraph(f"→ {finding.advice}{brings}", width=width, lead=lead)
        if finding.exemplars:
            yield from paragraph(
                f"trace {finding.exemplars[0]}", width=width, lead=lead, style="dim"
            )


def warnings(report: Report, width: int) -> Iterator[Text]:
    """What to keep in mind when reading the figures, and what was odd in the data."""
    yield heading("Warnings")
    for warning in report.warnings:
        yield from _signed("! ", "bold red", warning, width)
    for issue in report.completeness.issues:
        yield from _signed("· ", "", _odd(issue), width)


def _signed(sign: str, style: str, sentence: str, width: int) -> Iterator[Text]:
    """A sentence with a sign before its first line."""
    lead = " " * (ROW_INDENT + 3)
    first, *others = paragraph(sentence, width=width, lead=lead) or [Text(lead)]
    yield Text(" " * ROW_INDENT).append(sign, style=style).append_text(first[ROW_INDENT + 2 :])
    yield from others


def _odd(issue: IssueRow) -> str:
    spans = f" ({plural(issue.spans, 'span')})" if issue.spans else ""
    example = f", such as {issue.examples[0]}" if issue.examples else ""
    return f"{count(issue.count)} × {issue.kind.replace('_', ' ')}{spans}{example}"


def _excess(row: TailRow) -> Text:
    more = change_with_unit(row.typical_mean_ms - row.slow_mean_ms)
    return Text(f"{_part(row)} {more} ({percent(row.excess_share)})")


def _growth(row: ScalingRow) -> Text:
    from_to = f"{with_unit(row.at_low_load_ms)} → {with_unit(row.at_high_load_ms)}"
    return Text(f"{_part(row)} {times(row.growth)} ({from_to})")


def _part(row: TailRow | ScalingRow) -> str:
    if row.service is not None:
        return in_sentence(row.service)
    return in_sentence(row.caller or "", row.callee or "")
