"""A way to a service that takes longer the more calls are under way to it."""

from collections.abc import Iterable

import numpy as np

from analyzer.findings.evidence import Evidence
from analyzer.findings.fixes import FasterHop
from analyzer.findings.found import Found, Severity
from analyzer.findings.load import Load, slowest
from analyzer.findings.visits import UNKNOWN_NS, Visits, inside_at
from analyzer.findings.words import ms, number
from analyzer.model.spans import Float64Array

GROWTH = 2.0
"""A queue doubles its waiting time easily; a network or a processor under load does not."""

STEADY = 0.5
"""The callee's own time may grow by this part of the hop's growth: it is no queue if all grows."""

LEAST_NS = 1_000_000
"""A hop that grows by less is not felt."""

OF_THE_CALL = 3
"""A queue grows by the calls that wait in it; growth by less than a third of one may be that of
threads that take turns on a busy processor.
"""


class QueueingHop:
    """Finds hops whose time grows with the calls under way while their callee stays as fast."""

    kind = "queueing_hop"

    def find(self, evidence: Evidence) -> Iterable[Found]:
        """One finding for each hop."""
        for (callee,), visits in evidence.survey.visits.by("service"):
            arrive_ns = visits.start_ns - visits.before_ns
            others = inside_at(arrive_ns, visits.end_ns, arrive_ns).astype(np.float64)
            for caller in np.unique(visits.caller[visits.caller >= 0]).tolist():
                mine = np.flatnonzero((visits.caller == caller) & (visits.hop_ns != UNKNOWN_NS))
                if mine.size:
                    yield from self._one(
                        evidence, (int(caller), callee), visits.take(mine), others[mine]
                    )

    def _one(
        self, evidence: Evidence, hop: tuple[int, int], visits: Visits, others: Float64Array
    ) -> Iterable[Found]:
        load = Load.of(others)
        if not load.enough or not load.grows(visits.hop_ns):
            return
        low_ns, high_ns = load.means(visits.hop_ns)
        inside = load.means(visits.end_ns - visits.start_ns)
        more_ns = high_ns - low_ns
        grows = more_ns >= max(LEAST_NS, inside[0] / OF_THE_CALL) and high_ns >= GROWTH * low_ns
        if not grows or _growth(inside) > 1 + STEADY * (_growth((low_ns, high_ns)) - 1):
            return
        caller, callee = evidence.name(hop[0]), evidence.name(hop[1])
        few, many = load.means(others)
        mean_ns = int(visits.hop_ns.sum()) / len(visits)
        yield Found(
            kind=self.kind,
            severity=Severity.WARNING,
            subject=f"{caller} → {callee}",
            message=(
                f"waiting grows from {ms(low_ns)} to {ms(high_ns)} as other calls under way to "
                f"{callee} go from {number(few)} to {number(many)}, while {callee} itself takes "
                f"{ms(inside[0])} and {ms(inside[1])}"
            ),
            advice=f"add workers or connections to {callee}, or send it fewer calls at once",
            exemplars=slowest(visits, visits.hop_ns.astype(np.float64)),
            fix=FasterHop(caller=hop[0], callee=hop[1], factor=low_ns / mean_ns),
            size_ns=round((mean_ns - low_ns) * len(visits)),
        )


def _growth(low_and_high: tuple[float, float]) -> float:
    return low_and_high[1] / max(low_and_high[0], 1.0)
