"""From a capture to its report."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from analyzer import __version__
from analyzer.attribution.contributions import Contributions
from analyzer.model.public_text import public_name, without_secrets
from analyzer.model.run import Capture, ForwardRecord, LoadRecord, ToolLatency
from analyzer.model.spans import trace_id_hex
from analyzer.model.trace_ui import trace_url
from analyzer.pipeline import one_trace
from analyzer.pipeline.completeness import completeness_of
from analyzer.pipeline.conclusions import with_conclusions
from analyzer.pipeline.contributions import (
    Learned,
    Prepared,
    Progress,
    learn_and_attribute,
    prepare,
)
from analyzer.pipeline.findings import findings_of
from analyzer.pipeline.gains import savings_of
from analyzer.pipeline.load_generators import LOAD_GENERATORS, clients_of
from analyzer.pipeline.resources import with_resources
from analyzer.pipeline.true_counts import with_true_counts
from analyzer.pipeline.warnings import warnings
from analyzer.pipeline.weighting import MOST_COUNTED, weighted, with_own_certainty
from analyzer.profiles.compare import profile_of
from analyzer.profiles.requests import requests_by_task
from analyzer.ranking import requests as of_requests
from analyzer.ranking.gains import OwnerSavings, RankedBy, by_gain, with_gains
from analyzer.ranking.owners import Owners, find_owners
from analyzer.ranking.rank import Ranking, rank, tail_mask
from analyzer.ranking.scaling_timeline import with_parts
from analyzer.ranking.statistics import NS_PER_MS
from analyzer.repair.steps import RepairOptions
from analyzer.report import model as report
from analyzer.report.profile import Profile

PATHS_SHOWN = 10
"""How many distinct critical paths a report names."""

ENDPOINTS_RANKED = 100
"""How many endpoints get a ranking of their own; a run with more is better filtered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunName:
    """What names a run in its report, where the capture does not."""

    id: str
    command: str


def analyze(
    capture: Capture,
    *,
    name: RunName,
    options: RepairOptions | None = None,
    ranked_by: RankedBy = "contribution",
    progress: Progress | None = None,
    most_counted: int = MOST_COUNTED,
) -> report.Report:
    """The report of a capture.

    The same capture gives the same report, whatever the order its spans arrived in.

    Args:
        capture: the spans, and what is known of the run besides.
        name: what names the run where the capture does not.
        options: what repair may do.
        ranked_by: what services, hops and operations are ranked by.
        progress: told now and then how far it is.
        most_counted: how many copies of sampled requests are worked with at most.
    """
    prepared = prepare(capture.spans, options or RepairOptions())
    found, learned = learn_and_attribute(prepared, progress=progress)
    owners = find_owners(found.entities, found.cells)
    weights = weighted(found, clients_of(capture), most=most_counted)
    so_far = report_of(
        capture,
        found,
        paths=_paths(prepared, found.take(weights.rows) if weights else found, learned),
        name=name,
        saved=savings_of(prepared, learned, found, owners),
        ranked_by=ranked_by,
        most_counted=most_counted,
    )
    concluded = with_conclusions(so_far, capture, prepared, found, owners, weights)
    concluded = with_resources(concluded, capture, prepared, learned, found)
    findings = findings_of(prepared, learned, found, owners, concluded, LOAD_GENERATORS, weights)
    return concluded.model_copy(update={"findings": findings, "profile": _profile(capture)})


def _profile(capture: Capture) -> Profile | None:
    if capture.profile is None:
        return None
    return profile_of(capture.profile, requests_by_task(capture.spans))


def report_of(
    capture: Capture,
    found: Contributions,
    *,
    paths: tuple[report.PathRow, ...],
    name: RunName,
    saved: OwnerSavings | None = None,
    ranked_by: RankedBy = "contribution",
    most_counted: int = MOST_COUNTED,
) -> report.Report:
    """Put together what a report says; sampled requests count as often as they stand for.

    Args:
        capture: what is known of the run besides its spans.
        found: the contributions of its requests, sorted.
        paths: the distinct critical paths.
        name: what names the run where the capture does not.
        saved: what requests would save; without it no gains are told.
        ranked_by: what services, hops and operations are ranked by.
        most_counted: how many copies of sampled requests are worked with at most.
    """
    weights = weighted(found, clients_of(capture), most=most_counted)
    if weights is None:
        return _unweighted(capture, found, paths, name, (saved, ranked_by))
    plain = _unweighted(capture, found, (), name, (None, ranked_by))
    saved = saved.take(weights.rows) if saved is not None else None
    counted = found.take(weights.rows)
    estimate = _unweighted(capture, counted, paths, name, (saved, ranked_by))
    estimate = with_true_counts(estimate, found, weights, clients_of(capture))
    completeness = completeness_of(capture, found, weights.told)
    update = {
        "completeness": completeness,
        "warnings": warnings(completeness, found.counts, _forwards(capture)),
    }
    return with_own_certainty(estimate, plain, weights).model_copy(update=update)


def _unweighted(
    capture: Capture,
    found: Contributions,
    paths: tuple[report.PathRow, ...],
    name: RunName,
    gains: tuple[OwnerSavings | None, RankedBy],
) -> report.Report:
    """As `report_of`, with every request counted once."""
    saved, ranked_by = gains
    owners = find_owners(found.entities, found.cells)
    tail = tail_mask(found)
    ranking = rank(found, owners, tail)
    if saved is not None:
        ranking = with_gains(ranking, owners, saved, found.requests.duration_ns)
        ranking = by_gain(ranking) if ranked_by == "gain" else ranking
    completeness = completeness_of(capture, found)
    return report.Report(
        generated_by=report.GeneratedBy(name="slowhop", version=__version__),
        run=_run(capture, found, name),
        completeness=completeness,
        load=_load(capture, found, owners),
        kpis=report.Kpis(response_time_ms=_response_time(found)),
        endpoints=_endpoints(found, owners, tail, saved, ranked_by),
        services=ranking.services,
        hops=ranking.hops,
        operations=ranking.operations,
        paths=paths,
        ranked_by=ranked_by,
        exemplars=_exemplars(found, capture.jaeger_ui),
        warnings=warnings(completeness, found.counts, _forwards(capture)),
    )


def _forwards(capture: Capture) -> tuple[ForwardRecord, ...]:
    return capture.collector.forwards if capture.collector else ()


def _run(capture: Capture, found: Contributions, name: RunName) -> report.Run:
    begin, end = of_requests.observed(found.requests)
    run, load = capture.run, None
    if run is not None and run.load is not None:
        load = report.Load(
            tool=run.load.tool,
            version=run.load.version,
            users=run.load.users,
            spawn_rate=run.load.spawn_rate,
            run_time_s=run.load.run_time_s,
            shape=run.load.shape,
            host=without_secrets(run.load.host) if run.load.host else None,
            locustfile=run.load.locustfile,
            profile_hash=run.load.profile_hash,
        )
    started_ns = begin if run is None or run.started_at_ns is None else run.started_at_ns
    started = datetime.fromtimestamp(started_ns / 1e9, tz=UTC) if started_ns else None
    return report.Run(
        id=run.id if run else name.id,
        command=run.command if run else name.command,
        started_at=started.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        if started
        else None,
        duration_s=round((end - begin) / 1e9, 3),
        load=load,
        jaeger_ui=capture.jaeger_ui,
        inputs=tuple(
            report.Input(path=i.path, format=i.format, bytes=i.bytes, spans=i.spans)
            for i in capture.inputs
        ),
    )


def _load(capture: Capture, found: Contributions, owners: Owners) -> report.LoadSection:
    requests, load = found.requests, capture.load
    begin, end = of_requests.observed(requests)
    flight = of_requests.in_flight(requests)
    users = {p.time_ns: p.users for p in load.points} if load else {}
    return report.LoadSection(
        requests=len(requests),
        failures=int(requests.failed.sum()),
        throughput_rps=round(len(requests) * 1e9 / (end - begin), 3) if end > begin else 0.0,
        users_max=load.users_max if load else None,
        in_flight_mean=round(flight.mean, 3),
        in_flight_max=flight.max,
        timeline=with_parts(of_requests.timeline(requests, users), found, owners),
        reported=_reported(load) if load else None,
    )


def _reported(load: LoadRecord) -> report.ToolLoad:
    return report.ToolLoad(
        tool=load.tool,
        version=load.version,
        requests=load.requests,
        failures=load.failures,
        throughput_rps=load.throughput_rps,
        latency=_tool_latency(load.latency) if load.latency else None,
        endpoints=tuple(
            report.ToolEndpoint(
                method=e.method,
                name=public_name(e.name),
                requests=e.requests,
                failures=e.failures,
                latency=_tool_latency(e.latency),
            )
            for e in load.endpoints
        ),
    )


def _tool_latency(of: ToolLatency) -> report.Latency:
    return report.Latency(
        mean_ms=of.mean_ms, p50_ms=of.p50_ms, p95_ms=of.p95_ms, p99_ms=of.p99_ms, max_ms=of.max_ms
    )


def _response_time(found: Contributions) -> report.ResponseTime:
    of = of_requests.latency(found.requests.duration_ns)
    return report.ResponseTime(
        mean=of.mean_ms, p50=of.p50_ms, p95=of.p95_ms, p99=of.p99_ms, max=of.max_ms
    )


def _endpoints(
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


def _paths(
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


def _exemplars(found: Contributions, jaeger_ui: str | None) -> tuple[report.Exemplar, ...]:
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
