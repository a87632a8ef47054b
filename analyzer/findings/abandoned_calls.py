"""Callers that give up while the callee works on."""

from collections.abc import Iterable

from analyzer.findings.evidence import Evidence
from analyzer.findings.found import Found, Severity
from analyzer.findings.words import ms, several

FEW = 3
"""Fewer may be one hiccup of a machine."""


class AbandonedCalls:
    """Finds work that goes on for a caller who no longer waits.

    A callee's span that is much longer than its failed call cannot be explained by clocks that
    differ: these move spans, and leave them as long as they are.
    """

    kind = "abandoned_calls"

    def find(self, evidence: Evidence) -> Iterable[Found]:
        """One finding for each hop and operation of the call."""
        for row in evidence.rows(evidence.survey.timeouts, named=3):
            _, given_up, asked_ns, over_ns = row.sums
            if given_up < FEW:
                continue
            caller, operation, callee = row.names
            yield Found(
                kind=self.kind,
                severity=Severity.ERROR,
                subject=f"{caller} → {callee}",
                message=(
                    f"{several(given_up, 'call')} ({operation}) gave up after "
                    f"{ms(asked_ns / given_up)} on average, while {callee} worked on for another "
                    f"{ms(over_ns / given_up)} in vain"
                ),
                advice=(
                    f"pass the deadline on so that {callee} stops in time, "
                    "or let the caller wait longer than its slowest good answer takes"
                ),
                exemplars=row.exemplars,
                size_ns=asked_ns,
            )
