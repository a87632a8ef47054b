"""What a running test's web page shows of the analysis, as two files in the run directory.

live.json           the ranking so far: small, renewed with the live view
live-report.json    the report so far, renewed every few seconds; the whole one while no load runs

Both go when the load has ended: from then on the run's own `report.json` says more.
"""

import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from analyzer.cli.output import tell
from analyzer.cli.report_at_rest import ReportAtRest
from analyzer.cli.run_store import replace_file
from analyzer.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.report.live import Live, LiveRow
    from analyzer.report.model import Finding, Report
    from analyzer.reporters.terminal.live import LiveState
    from analyzer.reporters.terminal.ranking import Part

RANKING = "live.json"
REPORT = "live-report.json"

REPORT_EVERY_S = 5.0
"""A report of many services is megabytes: seldom enough to cost next to nothing."""

MOST_ROWS = 50
"""What is further down adds next to nothing, and a page with more rows is read by nobody."""


@dataclass(slots=True)
class LivePage:
    """Keeps the two files of a run up to date."""

    run_dir: Path
    _due: float = 0.0
    _whole: "Report | None" = None
    _at_rest: ReportAtRest | None = None
    _complained: bool = False

    def publish(self, state: "LiveState") -> None:
        """Write what is known now. Where that is not possible the run goes on without."""
        try:
            whole = self._whole_report(state)
            shown = state if whole is None else replace(state, report=whole)
            if shown.report is not None and self._is_due(whole):
                replace_file(self.run_dir / REPORT, shown.report.to_json())
            replace_file(self.run_dir / RANKING, live_ranking(shown).to_json())
        except InputError as error:
            if not self._complained:
                tell(f"the web page shows no bottlenecks: {error.message}: {error.hint}")
            self._complained = True

    def close(self) -> None:
        """Remove both."""
        if self._at_rest is not None:
            self._at_rest.close()
        for name in (RANKING, REPORT):
            with suppress(OSError):
                (self.run_dir / name).unlink()

    def _is_due(self, whole: "Report | None") -> bool:
        """Whether to write a report: the whole one once, the one so far every few seconds."""
        now = time.monotonic()
        is_due = whole is not self._whole if whole is not None else now >= self._due
        if is_due:
            self._whole, self._due = whole, now + REPORT_EVERY_S
        return is_due

    def _whole_report(self, state: "LiveState") -> "Report | None":
        if self._at_rest is None:
            self._at_rest = ReportAtRest(self.run_dir)
        is_loaded = bool(state.users) or not state.requests
        return self._at_rest.look(spans=state.spans, is_loaded=is_loaded)


def live_ranking(state: "LiveState") -> "Live":
    """The ranking of a live state; where there is none, why, and what to do."""
    from analyzer.report.live import Live
    from analyzer.reporters.terminal.live import nothing_yet
    from analyzer.reporters.terminal.ranking import parts
    from analyzer.reporters.terminal.report import without_ranking

    report = state.report
    if report is None or without_ranking(report) is not None:
        return Live(
            run=state.run_name,
            phase=str(state.phase),
            requests=state.requests,
            spans=state.spans,
            message=nothing_yet(state),
            advice=state.advice if state.requests else (),
        )
    shown = parts(report)[:MOST_ROWS]
    return Live(
        run=state.run_name,
        phase=str(state.phase),
        requests=state.requests,
        spans=state.spans,
        rows=tuple(_row(part, report.findings) for part in shown),
        findings=_about_no_row(report, shown),
    )


def _row(part: "Part", findings: "Sequence[Finding]") -> "LiveRow":
    from analyzer.report.live import LiveRow

    row, names = part.row, part.names
    is_hop = len(names) > 1
    return LiveRow(
        rank=part.place,
        kind="hop" if is_hop else "service",
        service=None if is_hop else names[0],
        caller=names[0] if is_hop else None,
        callee=names[1] if is_hop else None,
        inferred=row.inferred,
        enough_data=row.enough_data,
        share=row.contribution.share,
        mean_ms=row.contribution.mean_ms,
        p95_ms=row.contribution.p95_ms,
        gain=row.gain.if_50_percent_faster,
        findings=tuple(finding.message for finding in findings if _is_about(finding, part)),
    )


def _about_no_row(report: "Report", shown: "Sequence[Part]") -> tuple[str, ...]:
    return tuple(
        f"{finding.subject}: {finding.message}"
        for finding in report.findings
        if not any(_is_about(finding, part) for part in shown)
    )


def _is_about(finding: "Finding", part: "Part") -> bool:
    """Whether a finding names the part, or an operation of it."""
    label = " → ".join(part.names)
    return finding.subject == label or (
        len(part.names) == 1
        and finding.subject.startswith(f"{label} ")
        and "→" not in finding.subject
    )
