"""Time inside an instrumented operation that no span explains."""

from collections.abc import Iterable

from analyzer.findings.evidence import Evidence, Row
from analyzer.findings.found import Found, Severity
from analyzer.findings.words import ms, percent

NOTABLE = 0.05
"""The part of all response time from which on a gap is worth a sentence."""

LARGE = 0.2
"""From a fifth of all response time on it hides what the run is about."""

MOST_OF_IT = 0.3
"""A gap below this part of its operation is what any operation does between its calls."""


class UnexplainedGap:
    """Finds where in an operation the time goes that none of its calls takes."""

    kind = "unexplained_gap"

    def find(self, evidence: Evidence) -> Iterable[Found]:
        """One finding for each place in an operation."""
        inside = {row.codes: row.sums for row in evidence.rows(evidence.survey.inside, named=2)}
        for row in evidence.rows(evidence.survey.gaps, named=4):
            _, gap_ns = row.sums
            service, operation, *_ = row.names
            spans, took_ns = inside.get(row.codes[:2], (0, 0))
            share = evidence.share(gap_ns)
            if share < NOTABLE or gap_ns < MOST_OF_IT * took_ns:
                continue
            if service in evidence.load_generators:
                continue
            yield Found(
                kind=self.kind,
                severity=Severity.WARNING if share >= LARGE else Severity.INFO,
                subject=f"{service} {operation}",
                message=(
                    f"{ms(gap_ns / max(spans, 1))} of its {ms(took_ns / max(spans, 1))} pass "
                    f"{_where(row)}, where no span says why: {percent(share)} of all response time"
                ),
                advice="put a span around what happens there, or profile it",
                exemplars=row.exemplars,
                size_ns=gap_ns,
            )


def _where(row: Row) -> str:
    after, before = row.names[2:]
    if row.codes[2] < 0:
        return f"before its first call ({before})"
    if row.codes[3] < 0:
        return f"after its last call ({after})"
    if after == before:
        return f"between its calls ({after})"
    return f"between {after} and {before}"
