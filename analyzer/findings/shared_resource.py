"""Requests that slow each other down inside a service: a lock, a small pool, a busy processor."""

from collections.abc import Iterable

import numpy as np

from analyzer.findings.evidence import Evidence
from analyzer.findings.fixes import FasterOwn
from analyzer.findings.found import Found, Severity
from analyzer.findings.load import FEW, Load, slowest
from analyzer.findings.visits import Visits, mean_beside
from analyzer.findings.words import ms, number
from analyzer.model.spans import Float64Array, Int64Array

GROWTH = 1.5
"""How much longer the own time must be among others: a busy machine alone makes it a bit longer."""

GROWTH_ONE_BY_ONE = 1.25
"""As much less is needed where the departures say the same."""

LEAST_NS = 2_000_000
"""... and by at least so much, which no scheduler's time slice explains alone."""

NOT_CLOSER = 0.1
"""The nearest tenth of departures says how close two can come."""

APART = 0.5
"""Departures hardly ever closer than this part of what each other request costs, and of how far
apart they usually are, leave one by one: by chance a tenth of them is within a seventh.
"""


class SharedResource:
    """Finds operations whose own time grows with the requests inside the same process.

    Behind a lock or a pool of one, requests leave one by one, each as long after the one before as
    it held the lock. Where they share a processor, or a pool of several, two can leave together.
    """

    kind = "shared_resource"

    def find(self, evidence: Evidence) -> Iterable[Found]:
        """One finding for each operation."""
        visits = evidence.survey.visits
        for (service,), inside in visits.by("service"):
            if evidence.name(service) in evidence.load_generators:
                continue
            others = np.zeros(len(inside))
            for instance in np.unique(inside.instance):
                mine = np.flatnonzero(inside.instance == instance)
                others[mine] = mean_beside(inside.start_ns[mine], inside.end_ns[mine])
            for operation in np.unique(inside.operation).tolist():
                rows = np.flatnonzero(inside.operation == operation)
                yield from self._one(
                    evidence, (service, int(operation)), inside.take(rows), others[rows]
                )

    def _one(
        self, evidence: Evidence, what: tuple[int, int], visits: Visits, others: Float64Array
    ) -> Iterable[Found]:
        load = Load.of(others)
        if not load.enough or not load.grows(visits.bare_ns):
            return
        low_ns, high_ns = load.means(visits.bare_ns)
        few, many = load.means(others)
        if many <= few or high_ns - low_ns < LEAST_NS:
            return
        each_ns = (high_ns - low_ns) / (many - few)
        apart_ns, usually_ns = _departures_ns(visits)
        one_by_one = apart_ns >= APART * max(each_ns, usually_ns)
        if high_ns < (GROWTH_ONE_BY_ONE if one_by_one else GROWTH) * low_ns:
            return
        service, operation = evidence.name(what[0]), evidence.name(what[1])
        mean_ns = int(visits.bare_ns.sum()) / len(visits)
        yield Found(
            kind=self.kind,
            severity=Severity.WARNING,
            subject=f"{service} {operation}",
            message=(
                f"its own time grows from {ms(low_ns)} beside {number(few)} other requests in "
                f"{service} to {ms(high_ns)} beside {number(many)}; "
                + (
                    f"they leave one by one, {ms(apart_ns)} apart, as from a lock or a pool of one"
                    if one_by_one
                    else "they share something: processor, interpreter lock, or a pool of a few"
                )
            ),
            advice=(
                "hold the lock or connection for less time, split it, or enlarge the pool"
                if one_by_one
                else f"profile {service}; compute less, or give it more processes"
            ),
            exemplars=slowest(visits, visits.bare_ns.astype(np.float64)),
            fix=FasterOwn(service=what[0], operation=what[1], factor=low_ns / mean_ns),
            size_ns=round((mean_ns - low_ns) * len(visits)),
        )


def _departures_ns(visits: Visits) -> tuple[float, float]:
    """How close departures come at their closest and usually, where the next was inside already."""
    apart: list[Int64Array] = []
    for _, mine in visits.by("instance"):
        order = np.lexsort((mine.start_ns, mine.end_ns))
        start_ns, end_ns = mine.start_ns[order], mine.end_ns[order]
        together = start_ns[1:] < end_ns[:-1]
        apart.append(np.diff(end_ns)[together])
    between = np.concatenate(apart)
    if between.size < FEW:
        return 0.0, 0.0
    closest, usual = np.quantile(between, [NOT_CLOSER, 0.5])
    return float(closest), float(usual)
