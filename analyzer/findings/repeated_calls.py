"""The same call many times one after another under one parent: N+1."""

from collections.abc import Iterable

from analyzer.findings.evidence import Evidence, SiteRow
from analyzer.findings.fixes import CallOnce
from analyzer.findings.found import Found, Severity
from analyzer.findings.words import ms, number, several


class RepeatedCalls:
    """Finds calls that could be one call.

    Whether their answers could come together is not seen in a trace: that they were asked for in a
    row, `IN_A_ROW` and more, each after the one before had succeeded, is.
    """

    kind = "repeated_calls"

    def find(self, evidence: Evidence) -> Iterable[Found]:
        """One finding for each call site."""
        for row in evidence.sites(evidence.survey.repeats):
            runs, calls, took_ns = row.sums
            in_a_row = calls / runs
            yield Found(
                kind=self.kind,
                severity=Severity.WARNING,
                subject=row.hop,
                message=(
                    f"{row.parent} makes the same call ({row.operation}) {number(in_a_row)} times "
                    f"one after another, {ms(took_ns / calls)} each, "
                    f"in {several(runs, 'case')} of this run"
                ),
                advice=_advice(row),
                exemplars=row.exemplars,
                fix=CallOnce(site=row.site),
                size_ns=round(took_ns * (1 - 1 / in_a_row)),
            )


def _advice(row: SiteRow) -> str:
    if row.traced:
        return f"ask {row.callee} once for all of them, or for all at the same time"
    return "read everything with one query (a join, or WHERE ... IN), or keep what was read"
