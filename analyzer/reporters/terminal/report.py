"""The final report in a terminal."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from rich.console import RenderableType
from rich.text import Text

from analyzer.report.model import Report
from analyzer.reporters.terminal import insights, sections
from analyzer.reporters.terminal.grid import ROW_INDENT
from analyzer.reporters.terminal.header import header
from analyzer.reporters.terminal.load_test import load_test
from analyzer.reporters.terminal.over_time import strips
from analyzer.reporters.terminal.profile import profile
from analyzer.reporters.terminal.ranking import ranking
from analyzer.reporters.terminal.resources import resources
from analyzer.reporters.terminal.safe_text import safe_text
from analyzer.reporters.terminal.scaling import scaling
from analyzer.reporters.terminal.tail import tail
from analyzer.reporters.terminal.view import (
    INDENT,
    Room,
    View,
    command_lines,
    heading,
    paragraph,
)

NO_SPANS = "No spans arrived, so nothing can be said about where the time goes."
CLIENT_SPANS_ONLY = (
    "Only the load generator's own spans arrived. They show how long requests took, "
    "but not where: the services send no spans."
)
NO_REQUESTS = "Spans arrived, but no request could be put together from them."


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """A command to go on with: `purpose` says in a few words what it brings."""

    purpose: str
    command: str


def render_report(
    report: Report,
    *,
    width: int | None = None,
    saved: str | None = None,
    follow_ups: Sequence[FollowUp] = (),
    advice: Sequence[str] = (),
) -> RenderableType:
    """The report as a rich renderable.

    Args:
        report: what to show.
        width: terminal cells to use; None for all that the console has.
        saved: where the run was saved.
        follow_ups: commands to go on with.
        advice: what to set or run, shown where services sent no spans; lines that are indented
            are commands and can be copied.
    """

    def layout(room: Room) -> Iterator[Text]:
        yield from _body(report, room.width, advice)
        yield from _closing(room.width, saved, follow_ups)

    return View(layout, width)


def without_ranking(report: Report) -> str | None:
    """Why there is no ranking to show, in a plain sentence; None where there is one."""
    if report.completeness.spans == 0:
        return NO_SPANS
    if report.completeness.client_spans_only:
        return CLIENT_SPANS_ONLY
    return None if report.services or report.hops else NO_REQUESTS


def explain(reason: str, advice: Sequence[str], width: int) -> Iterator[Text]:
    """A plain sentence and what to do about it; an indented line of advice is a command."""
    yield from paragraph(reason, width=width, lead=" " * INDENT, style="bold")
    for line in advice:
        indent = len(line) - len(line.lstrip(" "))
        lines = command_lines if indent else paragraph
        yield from lines(line, width=width, lead=" " * (ROW_INDENT + indent))


def _body(report: Report, width: int, advice: Sequence[str]) -> Iterator[Text]:
    yield from header(report, width)
    reason = without_ranking(report)
    if reason is not None:
        yield Text()
        yield from explain(reason, advice, width)
    for has_content, section in (
        (reason is None, partial(ranking, report)),
        (report.endpoints, partial(sections.endpoints, report)),
        (reason is None and report.paths, partial(sections.paths, report)),
        (reason is None and report.operations, partial(sections.operations, report)),
        (report.kpis.resources, partial(resources, report)),
    ):
        if has_content:
            yield Text()
            yield from section(width)
    yield from _conclusions(report, width)


def _conclusions(report: Report, width: int) -> Iterator[Text]:
    if report.tail is not None:
        yield Text()
        yield from tail(report.tail, width)
    if report.scaling is not None:
        yield Text()
        yield from scaling(report.scaling, width)
    if report.profile is not None:
        yield Text()
        yield from profile(report.profile, width)
    if report.services and (over_time := list(strips(report.load, width))):
        yield Text()
        yield from over_time
    if report.alerts is not None:
        yield Text()
        yield from insights.alerts(report.alerts, width)
    if report.findings:
        yield Text()
        yield from insights.findings(report, width)
    if report.exemplars:
        yield Text()
        yield from sections.exemplars(report, width)
    if report.warnings or report.completeness.issues:
        yield Text()
        yield from insights.warnings(report, width)
    if report.test is not None:
        yield Text()
        yield from load_test(report.test, width)


def _closing(width: int, saved: str | None, follow_ups: Sequence[FollowUp]) -> Iterator[Text]:
    if saved is not None or follow_ups:
        yield Text()
    if saved is not None:
        yield heading("Saved ").append_text(safe_text(saved))
    for follow_up in follow_ups:
        yield Text(" " * ROW_INDENT).append(f"{follow_up.purpose}:", style="dim")
        yield from command_lines(follow_up.command, width=width, lead=" " * (ROW_INDENT + 2))
