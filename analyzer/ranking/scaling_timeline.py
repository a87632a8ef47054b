"""What the largest services and hops add to requests, over time."""

from collections.abc import Sequence

import numpy as np

from analyzer.attribution.contributions import Contributions
from analyzer.model.spans import Int64Array
from analyzer.ranking.owners import HopOwner, Owners
from analyzer.ranking.rank import rounded
from analyzer.ranking.requests import NS_PER_S, observed
from analyzer.ranking.statistics import NS_PER_MS
from analyzer.report.model import PartMean, TimelinePoint

MOST_PARTS = 5
"""Services and hops whose contribution is told over time: those that add most to the run."""


def with_parts(
    points: Sequence[TimelinePoint], c: Contributions, owners: Owners
) -> tuple[TimelinePoint, ...]:
    """The points of a run's timeline with what was added to the requests that ended in each.

    Args:
        points: at equal distances, the first at the begin of the first request.
        c: the contributions of all requests.
        owners: who owns the entities.
    """
    if not points or not c.cells.own_ns.size:
        return tuple(points)
    interval = _interval(points, c)
    owner = owners.of[c.cells.entity]
    totals = np.bincount(owner, weights=c.cells.own_ns)
    largest = np.argsort(-totals, kind="stable")[:MOST_PARTS]  # owners are in name order
    largest = largest[totals[largest] > 0]
    place = np.full(totals.size, -1, np.int64)
    place[largest] = np.arange(largest.size)
    mine = place[owner]
    at = interval[c.cells.request] * largest.size + mine
    sums = np.bincount(
        at[mine >= 0],
        weights=c.cells.own_ns[mine >= 0],
        minlength=len(points) * largest.size,
    ).reshape(len(points), -1)
    ended = np.bincount(interval, minlength=len(points))
    means = sums / np.maximum(ended, 1)[:, None] / NS_PER_MS
    names = [_name(owners, i) for i in largest.tolist()]
    return tuple(
        point.model_copy(update={"parts": _parts(names, mean) if count else ()})
        for point, mean, count in zip(points, means.tolist(), ended.tolist(), strict=True)
    )


def _interval(points: Sequence[TimelinePoint], c: Contributions) -> Int64Array:
    """int64[r], the point in whose interval each request ended; what ends last is in the last."""
    begin, end = observed(c.requests)
    step = round((points[1].t_s - points[0].t_s) * NS_PER_S) if len(points) > 1 else end - begin
    finish = c.requests.start_ns + c.requests.duration_ns
    found: Int64Array = np.minimum((finish - begin) // max(step, 1), len(points) - 1)
    return found


def _name(owners: Owners, i: int) -> PartMean:
    owner = owners.owner(i)
    if isinstance(owner, HopOwner):
        return PartMean(kind="hop", caller=owner.caller, callee=owner.callee, mean_ms=0.0)
    return PartMean(kind="service", service=owner.service, mean_ms=0.0)


def _parts(names: Sequence[PartMean], means: Sequence[float]) -> tuple[PartMean, ...]:
    return tuple(
        name.model_copy(update={"mean_ms": rounded(mean)})
        for name, mean in zip(names, means, strict=True)
    )
