"""Spans that were sent by nobody, by whose they would be."""

from collections.abc import Iterable
from itertools import groupby

from analyzer.findings.evidence import Evidence, Unanswered
from analyzer.findings.found import Found, Severity
from analyzer.findings.words import listed, percent, several

NOTABLE = 0.01
"""The part from which on missing spans change what the figures say."""

FEW = 3
"""Fewer calls without an answer may be those under way when the run ended."""


class LostSpans:
    """Finds services whose spans are missing, by the holes that they leave."""

    kind = "lost_spans"

    def find(self, evidence: Evidence) -> Iterable[Found]:
        """One finding for each service with a hole."""
        yield from self._parents(evidence)
        for callee, group in groupby(evidence.unanswered, key=lambda row: row.callee):
            yield from self._answers(callee, list(group))

    def _answers(self, callee: str, rows: list[Unanswered]) -> Iterable[Found]:
        """Calls that succeeded although nobody sent a span of who answered."""
        unanswered, calls = sum(row.unanswered for row in rows), sum(row.calls for row in rows)
        if unanswered < FEW:
            return
        part = unanswered / calls
        callers = tuple(row.caller for row in rows)
        yield Found(
            kind=self.kind,
            severity=Severity.WARNING if part >= NOTABLE else Severity.INFO,
            subject=callee,
            message=(
                f"{several(unanswered, 'call')} of {listed(callers)} ({percent(part)}) succeeded "
                f"without a span of {callee}: hops to it look longer than they are"
            ),
            advice=(
                f"see whether {callee}'s exporter drops spans (its queue is full, "
                "it ends before it has sent them) or samples them"
            ),
        )

    def _parents(self, evidence: Evidence) -> Iterable[Found]:
        """Spans whose parent is missing: the caller's if they answer a call, else their own."""
        lost = {row.codes[0]: row.sums[0] for row in evidence.rows(evidence.survey.lost, named=1)}
        for row in evidence.rows(evidence.survey.heads, named=1):
            service, answers = row.names[0], bool(row.codes[1])
            heads = row.sums[0]
            hanging = lost.get(row.codes[0], heads)
            whose = _callers(evidence, row.codes[0]) if answers else (service,)
            share = sum(lost.values()) / max(evidence.completeness.spans, 1)
            missing = listed(whose) if whose else f"a caller of {service}"
            yield Found(
                kind=self.kind,
                severity=Severity.WARNING if share >= NOTABLE else Severity.INFO,
                subject=missing,
                message=(
                    f"{several(heads, 'span')} above spans of {service} never arrived, so "
                    f"{several(hanging, 'span')} of {service} hang in the air, in no request"
                ),
                advice=f"see whether the exporter of {missing} drops or samples spans",
                exemplars=row.exemplars,
            )


def _callers(evidence: Evidence, callee: int) -> tuple[str, ...]:
    """Who calls a service, as far as the run shows."""
    keys = evidence.survey.moved.keys.tolist()
    return tuple(sorted({evidence.name(caller) for caller, called in keys if called == callee}))
