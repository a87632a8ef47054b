"""From two captures, or two reports, to their comparison."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

from analyzer import __version__
from analyzer.attribution.attribute import attribute, name_rows
from analyzer.comparison.by_calls import compare_calls
from analyzer.comparison.by_reports import compare_reports
from analyzer.comparison.calls import Counted, Measured, calls_of
from analyzer.comparison.cautions import cautions
from analyzer.comparison.pair import Pair, find_strata
from analyzer.comparison.rows import Compared
from analyzer.errors import InputError, TooLittleData
from analyzer.model.run import Capture
from analyzer.model.spans import Spans
from analyzer.model.trace_ui import ui_address
from analyzer.pipeline.completeness import completeness_of
from analyzer.pipeline.contributions import (
    Learned,
    Prepared,
    Progress,
    batches,
    learn,
    prepare,
    repair,
)
from analyzer.pipeline.load_generators import clients_of
from analyzer.pipeline.sampling import of_sampling
from analyzer.pipeline.weighting import MOST_COUNTED, Weighted, weighted
from analyzer.ranking.requests import latency, observed
from analyzer.repair.steps import RepairOptions
from analyzer.report.compare import Comparison, Side
from analyzer.report.model import Completeness, GeneratedBy, Latency, Report

ONLY_REPORTS = (
    "saved reports hold no single calls: means stand in for medians, so a few odd requests or "
    "another mix of them can look like a change; compare the run directories where they are "
    "still there"
)

NO_COMMON_ENDPOINT = "the two runs have no endpoint in common"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One of the two runs, by its spans; `name` is used where the capture has no id."""

    name: str
    capture: Capture


def compare_runs(
    base: Recorded,
    candidate: Recorded,
    *,
    options: RepairOptions | None = None,
    progress: Progress | None = None,
    most_counted: int = MOST_COUNTED,
) -> Comparison:
    """Compare two runs by their spans; sampled requests count as often as they stand for.

    The same runs give the same comparison, whatever the order their spans arrived in.

    Args:
        base: the run as it should be.
        candidate: the run in question.
        options: what repair may do.
        progress: told now and then how far it is.
        most_counted: how many copies of a run's sampled requests are worked with at most.

    Raises:
        TooLittleData: one of them holds no request.
        InputError: they have no endpoint in common.
    """
    runs = base, candidate
    measured = [
        measure(run.capture.spans, options or RepairOptions(), progress=progress) for run in runs
    ]
    weights = [
        weighted(of.contributions, clients_of(run.capture), most=most_counted)
        for run, of in zip(runs, measured, strict=True)
    ]
    sides = [_side(*of) for of in zip(runs, measured, weights, strict=True)]
    pair = Pair.from_runs(
        measured[0], measured[1], counted=(_counted(weights[0]), _counted(weights[1]))
    )
    if not find_strata(pair).weight.size:
        names = " and ".join(
            ", ".join(f"{e.service} {e.operation}" for e in sorted(of.contributions.endpoints)[:3])
            for of in measured
        )
        raise InputError(NO_COMMON_ENDPOINT, hint=f"requests begin with {names}")
    seen = [
        completeness_of(run.capture, of.contributions, side.sampling)
        for run, of, side in zip(runs, measured, sides, strict=True)
    ]
    return _comparison(compare_calls(pair), "calls", sides[0], sides[1], _about(*seen))


def compare_saved(base: Report, candidate: Report) -> Comparison:
    """Compare two runs by their reports, as far as these go.

    Raises:
        TooLittleData: one of them holds no request.
        InputError: they have no endpoint in common.
    """
    sides = _side_of_report(base), _side_of_report(candidate)
    compared = compare_reports(base, candidate)
    if not compared.endpoints:
        raise InputError(NO_COMMON_ENDPOINT, hint="compare runs of the same load")
    notes = (ONLY_REPORTS, *_about(base.completeness, candidate.completeness))
    return _comparison(compared, "reports", *sides, notes)


def _about(base: Completeness, candidate: Completeness) -> tuple[str, ...]:
    """What sampling in the services means for either side."""
    return tuple(
        f"{name}: {said}"
        for name, side in (("base", base), ("candidate", candidate))
        for said in of_sampling(side)
    )


def measure(
    spans: Spans,
    options: RepairOptions,
    *,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Measured:
    """Contributions and calls of all requests of a run."""
    prepared = prepare(spans, options)
    learned = learn(prepared)
    ranges = list(batches(prepared.grouping)) or [(0, 0)]
    workers = max(1, min(threads or os.cpu_count() or 1, len(ranges)))
    parts = []
    with ThreadPoolExecutor(workers) as pool:
        runs = pool.map(lambda r: _one(prepared, r[0], r[1], learned), ranges)
        for (_, last), part in zip(ranges, runs, strict=True):
            parts.append(part)
            if progress is not None:
                progress(int(prepared.grouping.offset[last]), len(spans))
    return Measured.merge(parts)


def _one(prepared: Prepared, first: int, last: int, learned: Learned) -> Measured:
    done, _ = repair(prepared, first, last, learned)
    named = name_rows(prepared.spans, done.batch, done.tree, done.nested)
    found = attribute(prepared.spans, done.batch, done.tree, done.nested, done.paths)
    return Measured(
        contributions=found, calls=calls_of(done.batch, done.tree, done.nested, named.of)
    )


def _comparison(
    compared: Compared, basis: str, base: Side, candidate: Side, notes: tuple[str, ...]
) -> Comparison:
    return Comparison(
        generated_by=GeneratedBy(name="slowhop", version=__version__),
        basis="calls" if basis == "calls" else "reports",
        base=base,
        candidate=candidate,
        overall=compared.overall,
        endpoints=compared.endpoints,
        services=compared.services,
        hops=compared.hops,
        operations=compared.operations,
        background=compared.background,
        calls=compared.calls,
        only_in_base=compared.only_in_base,
        only_in_candidate=compared.only_in_candidate,
        noise=compared.noise,
        warnings=(*notes, *cautions(base, candidate, compared)),
    )


def _counted(weights: Weighted | None) -> Counted | None:
    return Counted(times=weights.times, each=weights.each) if weights is not None else None


def _side(run: Recorded, measured: Measured, weights: Weighted | None) -> Side:
    capture, found = run.capture, measured.contributions
    traced, tree = len(found.requests), found.counts.tree
    requests, failed = traced, found.requests.failed
    failures, duration_ns = int(failed.sum()), found.requests.duration_ns
    if weights is not None:
        requests, failures = weights.told.estimated, weights.estimated(failed)
        duration_ns = duration_ns[weights.rows]
    name = capture.run.id if capture.run and capture.run.id else run.name
    if not traced:
        raise _no_requests(name)
    asked = max(capture.load.requests if capture.load else traced, traced)
    begin, end = observed(found.requests)
    started_ns = capture.run.started_at_ns if capture.run else None
    started = datetime.fromtimestamp((started_ns or begin) / 1e9, tz=UTC)
    plan = capture.run.load if capture.run else None
    return Side(
        id=name,
        source="spans",
        started_at=started.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        duration_s=round((end - begin) / 1e9, 3),
        requests=requests,
        failures=failures,
        throughput_rps=round(requests * 1e9 / (end - begin), 3) if end > begin else 0.0,
        users=plan.users if plan else None,
        profile_hash=plan.profile_hash if plan else None,
        latency=latency(duration_ns),
        spans=tree.spans,
        lost_share=round(tree.lost_spans / max(tree.spans, 1), 6),
        sampled_share=round(traced / asked, 6),
        sampling=weights.told if weights is not None else None,
        jaeger_ui=capture.jaeger_ui,
    )


def _side_of_report(report: Report) -> Side:
    load, seen, times = report.load, report.completeness, report.kpis.response_time_ms
    if not load.requests:
        raise _no_requests(report.run.id)
    plan = report.run.load
    return Side(
        id=report.run.id,
        source="report",
        started_at=report.run.started_at,
        duration_s=report.run.duration_s,
        requests=load.requests,
        failures=load.failures,
        throughput_rps=load.throughput_rps,
        users=plan.users if plan else None,
        profile_hash=plan.profile_hash if plan else None,
        latency=Latency(
            mean_ms=times.mean,
            p50_ms=times.p50,
            p95_ms=times.p95,
            p99_ms=times.p99,
            max_ms=times.max,
        ),
        spans=seen.spans,
        lost_share=round(seen.lost_spans / max(seen.spans, 1), 6),
        sampled_share=seen.sampled_share,
        sampling=seen.sampling,
        jaeger_ui=ui_address(report.run.jaeger_ui or ""),
    )


def _no_requests(name: str) -> TooLittleData:
    return TooLittleData(
        f"{name} holds no request: there is nothing to compare",
        hint="slowhop replay shows what arrived in that run",
    )
