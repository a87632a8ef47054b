"""Work that goes on after the reply: nobody waits for it, but it takes part in the load."""

from collections.abc import Iterable

from analyzer.findings.evidence import Evidence
from analyzer.findings.found import Found, Severity
from analyzer.findings.words import ms, percent, several

WORTH_TELLING = 0.01
"""Less than this part of all requests' time is not worth a sentence."""


class WorkAfterReply:
    """Finds asynchronous work, such as a message's consumer, by who does it."""

    kind = "work_after_reply"

    def find(self, evidence: Evidence) -> Iterable[Found]:
        """One finding for each operation and who left it to be done."""
        for row in evidence.rows(evidence.survey.unawaited, named=3):
            spans, took_ns = row.sums
            if evidence.share(took_ns) < WORTH_TELLING:
                continue
            service, operation, asking = row.names
            for_whom = f" for {asking}" if asking != service else ""
            yield Found(
                kind=self.kind,
                severity=Severity.INFO,
                subject=f"{service} {operation}",
                message=(
                    f"goes on{for_whom} after the reply: {several(spans, 'time')}, "
                    f"{ms(took_ns / spans)} each, {percent(evidence.share(took_ns))} of the time "
                    "that users wait"
                ),
                advice="no user waits for it; keep it off the processors that answer users",
                exemplars=row.exemplars,
                size_ns=took_ns,
            )
