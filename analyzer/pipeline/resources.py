"""What the run used: resources by service, what services are bound by, the load generator's own."""

from collections.abc import Sequence

import numpy as np

from analyzer.attribution.contributions import Contributions
from analyzer.findings.words import percent
from analyzer.model.resources import ResourceSeries, by_service
from analyzer.model.run import Capture, LoadPoint
from analyzer.pipeline.contributions import Learned, Prepared, batches, repair
from analyzer.ranking import requests as of_requests
from analyzer.ranking.own_work import OwnWork, own_work
from analyzer.ranking.resources import Spent, spent, used
from analyzer.report.model import Report, ServiceRow

GENERATOR_FULL = 90.0
"""Percent of one core from which on locust itself warns that it cannot keep up."""

GENERATOR_SECONDS = 5
"""Seconds that must be so in a row; locust looks every five seconds."""


def with_resources(
    report: Report,
    capture: Capture,
    prepared: Prepared,
    learned: Learned,
    found: Contributions,
) -> Report:
    """The report with what was used of the machines, where somebody measured it.

    Args:
        report: what is known so far.
        capture: what is known of the run besides its spans.
        prepared: the spans.
        learned: what repair learned from all of them.
        found: the contributions of its requests.
    """
    report = _with_generator(report, capture.load.points if capture.load else ())
    begin_ns, end_ns = of_requests.observed(found.requests)
    series = tuple(s.between(begin_ns, end_ns) for s in by_service(capture.resources))
    if not any(map(len, series)):
        return report
    kpis = report.kpis.model_copy(update={"resources": used(series, begin_ns, end_ns)})
    known = _spent(series, prepared, learned)
    services = tuple(_bound(row, known.get(row.service)) for row in report.services)
    return report.model_copy(update={"kpis": kpis, "services": services})


def _spent(
    series: Sequence[ResourceSeries], prepared: Prepared, learned: Learned
) -> dict[str, Spent]:
    """How services spent their own time, where that can be told."""
    parts = []
    for first, last in batches(prepared.grouping):
        done, _ = repair(prepared, first, last, learned)
        parts.append(own_work(done.batch, done.tree, done.nested))
    work = OwnWork.merge(parts)
    known: dict[str, Spent] = {}
    for code in np.unique(work.service).tolist():
        name = prepared.spans.names[code] if code >= 0 else ""
        mine = [s for s in series if s.service == name and len(s)]
        busy = work.of(code) if mine else None
        told = spent(busy, mine) if busy is not None else None
        if told is not None:
            known[name] = told
    return known


def _bound(row: ServiceRow, known: Spent | None) -> ServiceRow:
    if known is None or row.inferred:
        return row
    return row.model_copy(
        update={
            "bound": known.bound,
            "cpu_percent": round(known.cpu_percent, 2),
            "cpu_per_own_second": round(known.per_work, 4),
        }
    )


def _with_generator(report: Report, points: Sequence[LoadPoint]) -> Report:
    """The report with the load generator's own use of the processor."""
    measured = np.array([p.cpu_percent for p in points if p.cpu_percent is not None and p.users])
    if not measured.size:
        return report
    window = np.ones(min(GENERATOR_SECONDS, measured.size)) / min(GENERATOR_SECONDS, measured.size)
    most = float(np.convolve(measured, window, "valid").max())
    load = report.load.model_copy(
        update={
            "generator_cpu_percent": round(float(measured.mean()), 2),
            "generator_cpu_max_percent": round(most, 2),
        }
    )
    warnings = report.warnings
    if most >= GENERATOR_FULL and measured.size >= GENERATOR_SECONDS:
        warnings = (
            *warnings,
            f"the load generator itself was short of processor ({percent(most / 100)} of a core): "
            "response times contain its own delays; start more of its processes (--processes)",
        )
    return report.model_copy(update={"load": load, "warnings": warnings})
