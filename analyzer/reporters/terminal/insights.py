"""What a report concludes: findings, warnings, odd data."""

from collections.abc import Iterator

from rich.text import Text

from analyzer.model.trace_ui import trace_url
from analyzer.report.alerts import Alerts
from analyzer.report.model import IssueRow, Report
from analyzer.reporters.terminal.cells import Plain
from analyzer.reporters.terminal.figures import change_with_unit, count, plural
from analyzer.reporters.terminal.grid import ROW_INDENT
from analyzer.reporters.terminal.view import heading, paragraph, signed

_SIGNS = {"error": ("!!", "bold red"), "warning": ("! ", "bold red"), "info": ("· ", "dim")}


MOST_FINDINGS = 10
"""Findings shown: those that matter most; the JSON has all."""


def findings(report: Report, width: int) -> Iterator[Text]:
    """What is wrong, what to do, what it would bring."""
    found, ui = report.findings, report.run.jaeger_ui
    yield heading("Findings")
    for finding in found[:MOST_FINDINGS]:
        sign, style = _SIGNS[finding.severity]
        said = f"{finding.subject}: {finding.message}"
        yield from _signed(sign, style, said, width)
        brings = ""
        if finding.gain_mean_ms is not None:
            brings = f" ({change_with_unit(finding.gain_mean_ms)} a request)"
        lead = " " * (ROW_INDENT + 3)
        yield from paragraph(f"→ {finding.advice}{brings}", width=width, lead=lead)
        if finding.exemplars:
            trace_id = finding.exemplars[0]
            url = trace_url(ui, trace_id) if ui else None
            shown = Plain(f"trace {trace_id}", "dim", link=url).at(width - len(lead))
            yield Text(lead).append_text(shown)
    if (more := len(found) - MOST_FINDINGS) > 0:
        yield Text(f"{' ' * (ROW_INDENT + 3)}{count(more)} more in the JSON report", style="dim")


def alerts(of: Alerts, width: int) -> Iterator[Text]:
    """When the conditions held that somebody wanted to know of."""
    yield heading("Alerts")
    if of.aborted is not None:
        said = f"the run was stopped: {of.aborted.condition} ({of.aborted.value})"
        yield from _signed("!!", "bold red", said, width)
    for row in of.rows:
        what = f"{row.condition}, to stop for" if row.aborts else row.condition
        if not row.held:
            yield from _signed("· ", "dim", f"{what}: never", width)
        for time in row.held:
            until = f"to {time.ended_s:g} s" if time.ended_s is not None else "to the end"
            when = f"from {time.began_s:g} s {until}, at worst {time.worst_text}"
            yield from _signed("! ", "bold red", f"{what}: {when}", width)
    for name in of.unknown_endpoints:
        yield from _signed("· ", "", f"nobody asked for an endpoint {name!r}", width)


def warnings(report: Report, width: int) -> Iterator[Text]:
    """What to keep in mind when reading the figures, and what was odd in the data."""
    yield heading("Warnings")
    for warning in report.warnings:
        yield from _signed("! ", "bold red", warning, width)
    for issue in report.completeness.issues:
        yield from _signed("· ", "", _odd(issue), width)


def _signed(sign: str, style: str, sentence: str, width: int) -> Iterator[Text]:
    """A sentence with a sign before its first line."""
    yield from signed(sign, style, sentence, width=width, lead=" " * (ROW_INDENT + 3))


def _odd(issue: IssueRow) -> str:
    spans = f" ({plural(issue.spans, 'span')})" if issue.spans else ""
    example = f", such as {issue.examples[0]}" if issue.examples else ""
    return f"{count(issue.count)} × {issue.kind.replace('_', ' ')}{spans}{example}"
