"""The service that has no free worker first, while requests to it wait."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from analyzer.findings.evidence import Evidence
from analyzer.findings.fixes import FasterHop
from analyzer.findings.found import Found, Severity
from analyzer.findings.load import Load, slowest
from analyzer.findings.visits import UNKNOWN_NS, Visits, inside_at
from analyzer.findings.words import number, percent, several
from analyzer.model.spans import Float64Array, Int64Array
from analyzer.report.model import ServiceRow

WAITING = 2
"""Calls on their way at once from which on they wait: one is always on its way somewhere."""

OFTEN = 0.1
"""The part of the run in which calls must wait like that."""

PLATEAU = 0.8
"""The part of that time in which as many are worked on as ever."""

NEARLY = 0.9
"""From this part of the most on all workers are as good as busy: some are between two calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plateau:
    """A service all of whose workers are busy for much of a run.

    Attributes:
        workers: how many requests it works on at most.
        busy: how many it works on in the mean while others wait.
        waiting: how many wait meanwhile.
        part: for which part of the run.
        exemplars: ids of traces that waited long.
        fix: nobody waits longer than when few others are there.
        size_ns: how much time of all requests that concerns.
    """

    service: int
    workers: int
    busy: float
    waiting: float
    part: float
    exemplars: tuple[str, ...]
    fix: FasterHop
    size_ns: int


class FirstToSaturate:
    """Finds services that are always busy with as many requests as ever while others wait.

    ```
    under way    ....--------======##########      grows on
    worked on    ....--------=============...      stays at the number of workers
    ```
    """

    kind = "first_to_saturate"

    def find(self, evidence: Evidence) -> Iterable[Found]:
        """At most one finding: a full service makes those full that wait for it."""
        visits = evidence.survey.visits
        if not len(visits):
            return
        begin = int((visits.start_ns - visits.before_ns).min())
        run_ns = max(int(visits.end_ns.max()) - begin, 1)
        full = [
            plateau
            for (service,), mine in visits.by("service")
            if (plateau := _plateau(service, mine, run_ns))
        ]
        if not full:
            return
        calls = {(int(a), int(b)) for a, b in evidence.survey.moved.keys.tolist() if a != b}
        first = min(
            full, key=lambda p: (_waits_for(p, full, calls), -p.part, evidence.name(p.service))
        )
        name = evidence.name(first.service)
        others = len(full) - 1
        yield Found(
            kind=self.kind,
            severity=Severity.WARNING,
            subject=name,
            message=(
                f"works on {number(first.busy)} requests at once, never on more than "
                f"{first.workers}, while {number(first.waiting)} others wait, in "
                f"{percent(first.part)} of the run"
                + (
                    f"; {several(others, 'service')} that may wait for it fill up too"
                    if others
                    else ""
                )
                + _meanwhile(evidence, name)
            ),
            advice=_advice(evidence, name),
            exemplars=first.exemplars,
            fix=first.fix,
            size_ns=first.size_ns,
        )


def _row(evidence: Evidence, name: str) -> ServiceRow | None:
    return next((row for row in evidence.services if row.service == name), None)


def _meanwhile(evidence: Evidence, name: str) -> str:
    """What its processor did, where that was measured and is clear."""
    row = _row(evidence, name)
    if row is None or row.bound is None or row.cpu_percent is None:
        return ""
    doing = {"cpu": "it computes", "waiting": "it waits", "io": "it waits for bytes"}[row.bound]
    return f"; {doing}: its processor is at {percent(row.cpu_percent / 100)} of a core"


def _advice(evidence: Evidence, name: str) -> str:
    row = _row(evidence, name)
    if row is not None and row.bound == "cpu":
        return f"give {name} more processes, on more cores, or make it compute less"
    if row is not None and row.bound == "waiting":
        return f"give {name} more workers, which cost little as they wait, or make them wait less"
    return f"give {name} more workers or instances, or make its calls shorter"


def _waits_for(plateau: Plateau, full: list[Plateau], calls: set[tuple[int, int]]) -> bool:
    """Whether a full service calls another full one."""
    return any((plateau.service, other.service) in calls for other in full)


def _plateau(service: int, visits: Visits, run_ns: int) -> Plateau | None:
    """The plateau of a service; None where it has none."""
    arrive_ns = visits.start_ns - visits.before_ns
    edges = np.concatenate([arrive_ns, visits.start_ns, visits.end_ns])
    order = np.argsort(edges, kind="stable")
    length = np.diff(edges[order]).astype(np.float64)
    kind = order // len(visits)  # 0 arrives, 1 is let in, 2 leaves
    waiting = np.cumsum(np.array([1, -1, 0])[kind])[:-1]  # from each edge on
    queue = waiting >= WAITING
    queued = float(length[queue].sum())
    if queued < OFTEN * run_ns:
        return None
    busy = np.cumsum(np.array([0, 1, -1])[kind])[:-1]
    workers = int(busy[length > 0].max())
    if float(length[queue & (busy >= NEARLY * workers)].sum()) < PLATEAU * queued:
        return None
    low_ns, mean_ns = _hop_ns(visits, arrive_ns)
    return Plateau(
        service=service,
        workers=workers,
        busy=_mean(busy, length, queue),
        waiting=_mean(waiting, length, queue),
        part=queued / run_ns,
        exemplars=slowest(visits, visits.before_ns.astype(np.float64)),
        fix=FasterHop(caller=None, callee=service, factor=min(low_ns / max(mean_ns, 1.0), 1.0)),
        size_ns=max(round((mean_ns - low_ns) * len(visits)), 0),
    )


def _hop_ns(visits: Visits, arrive_ns: Int64Array) -> tuple[float, float]:
    """How long the way to a service and back takes while few others are under way, and always."""
    known = np.flatnonzero(visits.hop_ns != UNKNOWN_NS)
    if not known.size:
        return 0.0, 0.0
    others = inside_at(arrive_ns, visits.end_ns, arrive_ns[known]).astype(np.float64)
    hop_ns = visits.hop_ns[known]
    low_ns, _ = Load.of(others).means(hop_ns)
    return low_ns, int(hop_ns.sum()) / known.size


def _mean(count: Int64Array, length: Float64Array, where: np.ndarray) -> float:
    return float((count[where] * length[where]).sum() / length[where].sum())
