"""The critical paths that most requests have in common."""

from analyzer.attribution.contributions import Contributions
from analyzer.model.spans import trace_id_hex
from analyzer.pipeline import one_trace
from analyzer.pipeline.contributions import Learned, Prepared
from analyzer.ranking import requests as of_requests
from analyzer.ranking.statistics import NS_PER_MS
from analyzer.report import model as report

PATHS_SHOWN = 10
"""How many distinct critical paths a report names."""


def paths_of(
    prepared: Prepared, found: Contributions, learned: Learned
) -> tuple[report.PathRow, ...]:
    """The most frequent critical paths; the steps are those of each path's median request."""
    requests = found.requests
    groups = of_requests.path_groups(requests, most=PATHS_SHOWN)
    if not groups:
        return ()
    heads = prepared.grouping.order[prepared.grouping.offset[:-1]]
    trace_at = {
        (int(hi), int(lo)): i
        for i, (hi, lo) in enumerate(
            zip(prepared.spans.trace_hi[heads], prepared.spans.trace_lo[heads], strict=True)
        )
    }
    rows = []
    for place, group in enumerate(groups, 1):
        r = int(group.requests[group.requests.size // 2])
        key = int(requests.trace_hi[r]), int(requests.trace_lo[r])
        one = one_trace.look_at(prepared, trace_at[key], learned, root_id=int(requests.span_id[r]))
        rows.append(
            report.PathRow(
                rank=place,
                steps=one_trace.steps(one),
                requests=int(group.requests.size),
                share=round(group.requests.size / len(requests), 6),
                mean_ms=round(group.total_ns / group.requests.size / NS_PER_MS, 3),
                exemplars=(trace_id_hex(*key),),
            )
        )
    return tuple(rows)
