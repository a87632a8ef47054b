"""What the run used: resources by service, what services are bound by, the load generator's own."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from analyzer.attribution.contributions import Contributions
from analyzer.findings.words import percent
from analyzer.model.resources import CPU, ResourceSeries, service_totals
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

    What services are bound by is not told where they recorded only some of what they did: their own
    work is then longer than their spans show.

    Args:
        report: what is known so far.
        capture: what is known of the run besides its spans.
        prepared: the spans.
        learned: what repair learned from all of them.
        found: the contributions of its requests.
    """
    report = _with_generator(report, capture.load.points if capture.load else ())
    begin_ns, end_ns = of_requests.observed(found.requests)
    series = tuple(s.between(begin_ns, end_ns) for s in service_totals(capture.resources))
    if not any(map(len, series)):
        return report
    kpis = report.kpis.model_copy(update={"resources": used(series)})
    thinned = report.completeness.sampling is not None
    known = {} if thinned else _spent(series, prepared, learned)
    services = tuple(_bound(row, known.get(row.service)) for row in report.services)
    return report.model_copy(update={"kpis": kpis, "services": services})


def _spent(
    series: Sequence[ResourceSeries], prepared: Prepared, learned: Learned
) -> dict[str, Spent]:
    """How services spent their own time, where that can be told."""
    measured = {s.service for s in series if s.name == CPU and len(s)}
    names = prepared.spans.names
    codes = np.array([i for i, name in enumerate(names) if name in measured], np.int32)
    ranges = list(batches(prepared.grouping))
    if not codes.size or not ranges:
        return {}

    def one(traces: tuple[int, int]) -> OwnWork:
        done, _ = repair(prepared, *traces, learned)
        return own_work(done.batch, done.tree, done.nested).of_services(codes)

    with ThreadPoolExecutor(max(1, min(os.cpu_count() or 1, len(ranges)))) as pool:
        work = OwnWork.merge(list(pool.map(one, ranges)))
    known: dict[str, Spent] = {}
    for code in codes.tolist():
        busy = work.busy(code)
        mine = [s for s in series if s.service == names[code] and len(s)]
        told = spent(busy, mine) if busy is not None else None
        if told is not None:
            known[names[code]] = told
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
    mean = float(measured.mean())
    # seconds at either end are in fewer windows than others, so that the mean may be above them all
    most = max(float(np.convolve(measured, window, "valid").max()), mean)
    load = report.load.model_copy(
        update={
            "generator_cpu_percent": round(mean, 2),
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
