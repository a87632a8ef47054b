"""Too few requests to say anything about."""

from collections.abc import Iterable

from analyzer.findings.evidence import Evidence
from analyzer.findings.found import Found, Severity
from analyzer.findings.words import listed, several
from analyzer.ranking.rank import ENOUGH_REQUESTS


class TooLittleData:
    """Finds runs, and endpoints of a run, with too few requests."""

    kind = "too_little_data"

    def find(self, evidence: Evidence) -> Iterable[Found]:
        """At most one finding."""
        requests = evidence.requests
        if not requests:
            return
        if requests < ENOUGH_REQUESTS:
            yield Found(
                kind=self.kind,
                severity=Severity.WARNING,
                subject="this run",
                message=f"has {several(requests, 'request')}: too few to tell a habit from chance",
                advice=f"make at least {ENOUGH_REQUESTS} requests, better some hundreds",
            )
            return
        few = tuple(e.endpoint for e in evidence.endpoints if e.requests < ENOUGH_REQUESTS)
        if few:
            yield Found(
                kind=self.kind,
                severity=Severity.INFO,
                subject=few[0] if len(few) == 1 else several(len(few), "endpoint"),
                message=(
                    f"fewer than {ENOUGH_REQUESTS} requests"
                    + (f" each: {listed(few)}" if len(few) > 1 else "")
                ),
                advice="run longer before reading their percentiles",
            )
