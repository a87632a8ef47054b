"""Failed calls and requests that take longer than good ones."""

from collections.abc import Iterable

from analyzer.findings.evidence import Evidence, SiteRow
from analyzer.findings.fixes import FailFaster, FailRequestsFaster, Fix
from analyzer.findings.found import Found, Severity
from analyzer.findings.words import ms, percent

FEW = 5
"""As many failed and good calls are needed to compare their means."""

SLOWER = 1.5
"""Failures this much slower than good answers are not just the slow ones among them."""

NOTABLE_NS = 5_000_000
"""... and by at least so much: below, the means of a few calls differ by chance."""


class CostlyErrors:
    """Finds timeouts and slow refusals: time after which users got nothing."""

    kind = "costly_errors"

    def find(self, evidence: Evidence) -> Iterable[Found]:
        """One finding for each call site, and for each kind of request."""
        costly = [row for row in evidence.sites(evidence.survey.sites) if _factor(*row.sums[1:])]
        for row in costly:
            _, calls, failed, took_ns, failed_ns = row.sums
            if not any(_explains(other, row) for other in costly):
                factor = _factor(calls, failed, took_ns, failed_ns)
                yield self._found(
                    subject=row.hop,
                    what=f"calls ({row.operation}) of {row.parent}",
                    sums=(calls, failed, took_ns, failed_ns),
                    exemplars=row.exemplars,
                    fix=FailFaster(site=row.site, factor=factor),
                )
        for request in evidence.rows(evidence.survey.failures, named=2):
            if factor := _factor(*request.sums):
                yield self._found(
                    subject=request.names[1],
                    what="requests",
                    sums=request.sums,
                    exemplars=request.exemplars,
                    fix=FailRequestsFaster(
                        service=request.codes[0], operation=request.codes[1], factor=factor
                    ),
                )

    def _found(
        self,
        *,
        subject: str,
        what: str,
        sums: tuple[int, ...],
        exemplars: tuple[str, ...],
        fix: Fix,
    ) -> Found:
        calls, failed, took_ns, failed_ns = sums
        good_ns = (took_ns - failed_ns) / (calls - failed)
        return Found(
            kind=self.kind,
            severity=Severity.WARNING,
            subject=subject,
            message=(
                f"{percent(failed / calls)} of {calls:,} {what} fail, and take "
                f"{ms(failed_ns / failed)} where good ones take {ms(good_ns)}"
            ),
            advice="fail fast: shorter timeouts, and no waiting for what cannot succeed",
            exemplars=exemplars,
            fix=fix,
            size_ns=round(failed_ns - failed * good_ns),
        )


def _explains(below: SiteRow, above: SiteRow) -> bool:
    """Whether calls take long to fail because their callee waits for calls of its own that fail."""
    same = below.caller == above.callee and below.site != above.site
    return same and below.sums[4] * 2 >= above.sums[4]


def _factor(calls: int, failed: int, took_ns: int, failed_ns: int) -> float:
    """What part of the failures' time good answers take; 0 where failures do not take longer."""
    good = calls - failed
    if failed < FEW or good < FEW:
        return 0.0
    good_ns, bad_ns = (took_ns - failed_ns) / good, failed_ns / failed
    slower = bad_ns >= SLOWER * good_ns and bad_ns - good_ns >= NOTABLE_NS
    return max(good_ns / bad_ns, 1e-9) if slower else 0.0
