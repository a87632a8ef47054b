"""What happens as load grows: what grows with it, what saturates first, where throughput ends."""

from collections.abc import Mapping, Sequence

import numpy as np

from analyzer.attribution.contributions import Contributions
from analyzer.ranking.owners import Owners
from analyzer.ranking.rank import ENOUGH_REQUESTS, rounded
from analyzer.ranking.scaling_capacity import Knee, knee_of
from analyzer.ranking.scaling_growth import growth_of, growth_rows
from analyzer.ranking.scaling_load import Standing, Windows, load_groups, windows
from analyzer.ranking.scaling_occupancy import Occupancy
from analyzer.report.model import Capacity, Saturation, Scaling, ScalingRow

FULL_SHARE = 0.6
"""A service is saturated where it is full for so much of the time; less is a burst."""

FEWEST_FULL_WINDOWS = 3
"""Windows in which a service must have been full: one may be a hiccup."""


def scaling_of(
    c: Contributions,
    owners: Owners,
    users: Mapping[int, int],
    occupancy: Sequence[Occupancy] = (),
    standing: Standing | None = None,
) -> Scaling | None:
    """How the run behaved as load grew; None with too few requests.

    Args:
        c: the requests' contributions, sorted.
        owners: who owns the entities.
        users: users by time in ns since the epoch, as the load tool noted them.
        occupancy: how busy the services were.
        standing: for how many requests each stands, where services recorded only some.
    """
    if len(c.requests) < 3 * ENOUGH_REQUESTS:
        return None
    count, times = (standing.in_load, standing.times) if standing else (None, None)
    load = load_groups(c.requests, count)
    growth = growth_of(c, owners, load, times) if load.varied else None
    rows = growth_rows(growth, owners) if growth is not None else ()
    in_time = windows(c.requests, users, count)
    knee = knee_of(in_time)
    saturation = _first_to_saturate(rows, in_time, occupancy)
    return Scaling(
        in_flight_low=round(load.low_mean, 3),
        in_flight_high=round(load.high_mean, 3),
        load_varied=load.varied,
        rows=rows,
        saturation=saturation,
        capacity=_capacity(knee, saturation, rows) if knee else None,
    )


def _first_to_saturate(
    rows: Sequence[ScalingRow], w: Windows, occupancy: Sequence[Occupancy]
) -> Saturation | None:
    """The service that is full at the lowest load while requests wait for it ever longer.

    Full alone proves nothing: where each request gets a thread, a service holds as many as there
    are users. A queue alone proves nothing either: the network may be slow.
    """
    queues: dict[str, ScalingRow] = {}
    for row in rows:
        if row.kind == "hop" and row.grows and row.callee is not None:
            queues.setdefault(row.callee, row)  # rows are ordered: the one that grows most
    found: list[tuple[float, str, Saturation]] = []
    for o in occupancy:
        queue = queues.get(o.service)
        if queue is None:
            continue
        full = np.flatnonzero(o.full_between(w.edge_ns) >= FULL_SHARE)
        if full.size < FEWEST_FULL_WINDOWS:
            continue
        first = full[np.lexsort((full, w.in_flight[full]))][:FEWEST_FULL_WINDOWS]
        in_flight = float(w.in_flight[first].mean())
        saturation = Saturation(
            service=o.service,
            workers_busy=o.most,
            in_flight=round(in_flight, 3),
            throughput_rps=round(float(w.throughput_rps[first].mean()), 3),
            wait_low_ms=queue.at_low_load_ms,
            wait_high_ms=queue.at_high_load_ms,
        )
        found.append((in_flight, o.service, saturation))
    return min(found, key=lambda item: item[:2])[2] if found else None


def _capacity(knee: Knee, saturation: Saturation | None, rows: Sequence[ScalingRow]) -> Capacity:
    """The knee, and who makes it: what saturates, else what grows most."""
    first = saturation.service if saturation else None
    if first is None and rows and rows[0].grows:
        first = rows[0].service if rows[0].kind == "service" else rows[0].callee
    return Capacity(
        throughput_rps=rounded(knee.throughput_rps),
        at_users=knee.users,
        at_in_flight=rounded(knee.in_flight),
        contention=float(f"{knee.law.contention:.4g}"),
        coherency=float(f"{knee.law.coherency:.4g}"),
        fit_r2=round(knee.law.r2, 4),
        first_to_saturate=first,
    )
