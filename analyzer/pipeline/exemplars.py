"""Requests of a run that are worth looking at."""

import numpy as np

from analyzer.attribution.contributions import Contributions
from analyzer.model.spans import trace_id_hex
from analyzer.model.trace_ui import trace_url
from analyzer.ranking.statistics import NS_PER_MS
from analyzer.report import model as report


def exemplars_of(found: Contributions, jaeger_ui: str | None) -> tuple[report.Exemplar, ...]:
    """The median, a slow and the slowest request of the run."""
    requests = found.requests
    if not len(requests):
        return ()
    order = np.argsort(requests.duration_ns, kind="stable")
    rows = []
    for why, place in (("median", 0.5), ("p95", 0.95), ("slowest", 1.0)):
        r = int(order[round((order.size - 1) * place)])
        trace_id = trace_id_hex(int(requests.trace_hi[r]), int(requests.trace_lo[r]))
        rows.append(
            report.Exemplar(
                trace_id=trace_id,
                endpoint=found.endpoints[int(requests.endpoint[r])].operation,
                latency_ms=round(int(requests.duration_ns[r]) / NS_PER_MS, 3),
                why=why,
                url=trace_url(jaeger_ui, trace_id) if jaeger_ui else None,
            )
        )
    return tuple(rows)
