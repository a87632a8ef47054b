"""A dependency that sends no spans and takes a large share."""

from collections.abc import Iterable

from analyzer.findings.evidence import Evidence
from analyzer.findings.found import Found, Severity
from analyzer.findings.words import NS_PER_MS, ms, number, percent
from analyzer.report.model import OperationRow, ServiceRow

LARGE = 0.1
"""From a tenth of the response time on it is worth knowing what happens inside."""

DOMINANT = 0.3
"""From here on the analysis ends at its door, and that is a problem."""


class SlowDependency:
    """Finds callees known from their callers only, such as databases, that take long."""

    kind = "slow_dependency"

    def find(self, evidence: Evidence) -> Iterable[Found]:
        """One finding for each."""
        for row in evidence.services:
            share = row.contribution.share
            if not row.inferred or share < LARGE or not row.calls_per_request:
                continue
            took_ns = row.contribution.mean_ms * NS_PER_MS
            calls = row.calls_per_request
            yield Found(
                kind=self.kind,
                severity=Severity.WARNING if share >= DOMINANT else Severity.INFO,
                subject=row.service,
                message=(
                    f"takes {percent(share)} of the response time and sends no spans itself: "
                    f"{_calls(calls)} a request, {ms(took_ns / calls)} each"
                    + _most(evidence.operations, row)
                ),
                advice=f"look into {row.service} itself: its slow query log, its statistics",
                exemplars=row.exemplars,
                gain_ns=_gain_ns(row, evidence.requests),
                size_ns=round(took_ns * evidence.requests),
            )


def _calls(calls: float) -> str:
    return "1 call" if number(calls) == "1" else f"{number(calls)} calls"


def _most(operations: tuple[OperationRow, ...], row: ServiceRow) -> str:
    """Which calls take most of it."""
    mine = [o for o in operations if o.callee == row.service]
    if not mine:
        return ""
    most = max(mine, key=lambda o: (o.contribution.mean_ms, o.service, o.operation))
    part = most.contribution.mean_ms / max(row.contribution.mean_ms, 1e-9)
    return f", {percent(min(part, 1.0))} of it for {most.service} ({most.operation})"


def _gain_ns(row: ServiceRow, requests: int) -> int | None:
    half = row.gain.if_50_percent_faster
    return round(half.mean_ms * NS_PER_MS * requests) if half else None
