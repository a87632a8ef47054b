"""What users ask for, with a ranking of each endpoint's own requests."""

from dataclasses import replace

import numpy as np

from analyzer.attribution.contributions import Contributions
from analyzer.ranking import requests as of_requests
from analyzer.ranking.gains import OwnerSavings, RankedBy, by_gain, with_gains
from analyzer.ranking.owners import Owners
from analyzer.ranking.rank import Ranking, rank
from analyzer.report import model as report

ENDPOINTS_RANKED = 100
"""How many endpoints get a ranking of their own; a run with more is better filtered."""


def endpoints_of(
    found: Contributions,
    owners: Owners,
    tail: np.ndarray,
    saved: OwnerSavings | None,
    ranked_by: RankedBy,
) -> tuple[report.EndpointRow, ...]:
    """Endpoints by the sum of their requests' durations: where users wait most."""
    requests = found.requests
    by_endpoint = np.argsort(requests.endpoint, kind="stable")
    bounds = np.searchsorted(requests.endpoint[by_endpoint], np.arange(len(found.endpoints) + 1))
    mine = [by_endpoint[bounds[i] : bounds[i + 1]] for i in range(len(found.endpoints))]
    totals = [int(requests.duration_ns[rows].sum()) for rows in mine]
    order = sorted(range(len(mine)), key=lambda i: (-totals[i], found.endpoints[i]))
    begin, end = of_requests.observed(requests)
    rows = []
    for place, i in enumerate(order, 1):
        ranking = Ranking(services=(), hops=(), operations=())
        if place <= ENDPOINTS_RANKED:
            ranking = rank(found.take(mine[i]), owners, tail[mine[i]])
        slowest_part = ranking.slowest_part()
        if saved is not None and place <= ENDPOINTS_RANKED:
            mine_saved, duration_ns = saved.take(mine[i]), requests.duration_ns[mine[i]]
            parts = replace(ranking, operations=())  # an endpoint's row tells of none
            ranking = with_gains(parts, owners, mine_saved, duration_ns)
            ranking = by_gain(ranking) if ranked_by == "gain" else ranking
        rows.append(
            report.EndpointRow(
                rank=place,
                endpoint=found.endpoints[i].operation,
                service=found.endpoints[i].service,
                requests=int(mine[i].size),
                failures=int(requests.failed[mine[i]].sum()),
                throughput_rps=round(mine[i].size * 1e9 / (end - begin), 3) if end > begin else 0.0,
                latency=of_requests.latency(requests.duration_ns[mine[i]]),
                slowest_part=slowest_part,
                services=ranking.services,
                hops=ranking.hops,
            )
        )
    return tuple(rows)
