"""What only a finished run's spans show: the tail, growth with load, what a test concludes."""

import numpy as np

from analyzer.attribution.contributions import Contributions
from analyzer.model import resources
from analyzer.model.run import Capture
from analyzer.pipeline.alerts import alerts_of
from analyzer.pipeline.contributions import Prepared
from analyzer.pipeline.load_generators import clients_of
from analyzer.pipeline.traits import traits_of
from analyzer.pipeline.weighting import Weighted
from analyzer.ranking.owners import Owners
from analyzer.ranking.rank import tail_mask
from analyzer.ranking.scaling import scaling_of
from analyzer.ranking.scaling_occupancy import Occupancy, by_service, occupancies
from analyzer.ranking.tail import tail_of
from analyzer.ranking.tail_groups import groups
from analyzer.ranking.tail_traits import requests_to_look_at
from analyzer.report.load_test import LoadTest
from analyzer.report.model import Report, Scaling, ServiceRow, Tail
from analyzer.verdicts.evidence import Evidence
from analyzer.verdicts.levels import levels_of
from analyzer.verdicts.section import section_of

LEAKS = frozenset((resources.MEMORY, resources.THREADS))
"""What only grows where something is not given back; processors and disks follow the load."""


def with_conclusions(
    report: Report,
    capture: Capture,
    prepared: Prepared,
    found: Contributions,
    owners: Owners,
    weights: Weighted | None = None,
) -> Report:
    """The report with its tail, its scaling, its test's verdict, and how busy each service was.

    How busy is not told where services recorded only some of what they did.

    Args:
        report: what is known so far.
        capture: what is known of the run besides its spans.
        prepared: the spans.
        found: the contributions of its requests, sorted.
        owners: who owns the entities.
        weights: how often requests count, where services recorded only some.
    """
    occupancy: tuple[Occupancy, ...] = ()
    if weights is None:
        occupancy = occupancies(prepared.spans, some_twice=found.counts.tree.duplicates > 0)
    users = {p.time_ns: p.users for p in capture.load.points} if capture.load else {}
    standing = weights.standing(found, clients_of(capture)) if weights is not None else None
    scaling = scaling_of(found, owners, users, occupancy, standing)
    return report.model_copy(
        update={
            "tail": _tail(prepared, found, owners, weights),
            "scaling": scaling,
            "alerts": alerts_of(capture.run.alerts if capture.run else None, found),
            "test": _test(capture, found, owners, occupancy, scaling, weights),
            "services": tuple(_busy(row, by_service(occupancy)) for row in report.services),
        }
    )


def _tail(
    prepared: Prepared, found: Contributions, owners: Owners, weights: Weighted | None
) -> Tail | None:
    """Why slow requests are slow; of sampled ones, what those are that they stand for."""
    times = None
    if weights is not None:
        counting = np.flatnonzero(weights.times)
        found, times = found.take(counting), weights.times[counting]
    compared = groups(found, tail_mask(found, times), times)
    if compared is None:
        return None
    looked_at = requests_to_look_at(found, compared)
    return tail_of(found, owners, compared, traits_of(prepared, found, looked_at))


def _test(
    capture: Capture,
    found: Contributions,
    owners: Owners,
    occupancy: tuple[Occupancy, ...],
    scaling: Scaling | None,
    weights: Weighted | None,
) -> LoadTest | None:
    """What the run's test concludes; None of a run without one, or without requests."""
    if capture.test is None or not len(found.requests):
        return None
    load = capture.load
    totals = resources.service_totals(capture.resources)
    return section_of(
        Evidence(
            test=capture.test,
            levels=levels_of(capture.test, found.requests, load.started_at_ns if load else None),
            c=found,
            owners=owners,
            occupancy=occupancy,
            scaling=scaling,
            resources=tuple(series for series in totals if series.name in LEAKS),
            counted=load.endpoints if load else (),
            begin_ns=int(found.requests.start_ns.min()),
            counting=None if weights is None else weights.weight > 0,
        )
    )


def _busy(row: ServiceRow, occupancy: dict[str, Occupancy]) -> ServiceRow:
    mine = occupancy.get(row.service) if not row.inferred else None
    if mine is None:
        return row
    return row.model_copy(update={"busy_mean": round(mine.mean, 3), "busy_max": mine.most})
