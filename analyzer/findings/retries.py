"""Calls that are made again after they failed."""

from collections.abc import Iterable

from analyzer.findings.evidence import Evidence
from analyzer.findings.fixes import DropRetried
from analyzer.findings.found import Found, Severity
from analyzer.findings.words import ms, number, percent

FEW = 5
"""Fewer retries in a run are an accident, not a habit."""

STORM = 2.0
"""Calls for each parent that calls from which on retrying at least doubles the callee's load."""


class Retries:
    """Finds failed attempts that users waited for, and retry storms."""

    kind = "retries"

    def find(self, evidence: Evidence) -> Iterable[Found]:
        """One finding for each call site."""
        totals = {row.site: row.sums for row in evidence.sites(evidence.survey.sites)}
        for row in evidence.sites(evidence.survey.retries):
            retried, took_ns = row.sums
            parents, calls, failed, *_ = totals[row.site]
            if retried < FEW:
                continue
            attempts = calls / parents
            storm = attempts >= STORM
            yield Found(
                kind=self.kind,
                severity=Severity.ERROR if storm else Severity.WARNING,
                subject=row.hop,
                message=(
                    f"{row.parent} calls {number(attempts)} times on average where once would do: "
                    f"{percent(failed / calls)} of {calls:,} calls ({row.operation}) fail and "
                    f"{retried:,} were made again, {ms(took_ns / retried)} each"
                    + (" (a retry storm)" if storm else "")
                ),
                advice=(
                    f"find out why {row.callee} fails; retry fewer times, later each time, "
                    "and not at all while it is overloaded"
                ),
                exemplars=row.exemplars,
                fix=DropRetried(site=row.site),
                size_ns=took_ns,
            )
