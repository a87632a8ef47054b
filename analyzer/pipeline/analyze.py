"""From a capture to its report."""

from dataclasses import dataclass
from datetime import UTC, datetime

from analyzer import __version__
from analyzer.attribution.contributions import Contributions
from analyzer.model.issue import LEFT_OUT
from analyzer.model.public_text import without_secrets
from analyzer.model.run import Capture, ForwardRecord
from analyzer.pipeline.accounting import accounting_of
from analyzer.pipeline.conclusions import with_conclusions
from analyzer.pipeline.contributions import Progress, learn_and_attribute, prepare
from analyzer.pipeline.endpoints import endpoints_of
from analyzer.pipeline.exemplars import exemplars_of
from analyzer.pipeline.findings import findings_of
from analyzer.pipeline.frequent_paths import paths_of
from analyzer.pipeline.gains import savings_of
from analyzer.pipeline.load_section import load_section_of, response_time_of
from analyzer.pipeline.resources import with_resources
from analyzer.pipeline.traffic import traffic_part
from analyzer.pipeline.warnings import warnings
from analyzer.pipeline.weighting import weighted, with_own_certainty
from analyzer.profiles.compare import profile_of
from analyzer.profiles.requests import requests_by_task
from analyzer.ranking import requests as of_requests
from analyzer.ranking.gains import OwnerSavings, RankedBy, by_gain, with_gains
from analyzer.ranking.owners import find_owners
from analyzer.ranking.rank import rank, tail_mask
from analyzer.ranking.statistics import NS_PER_MS
from analyzer.repair.steps import RepairOptions
from analyzer.report import model as report
from analyzer.report.profile import Profile

LOAD_GENERATORS = frozenset(("locust", "slowhop-load"))
"""Services that make load: a run that shows only these shows no system under test."""


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
) -> report.Report:
    """The report of a capture.

    The same capture gives the same report, whatever the order its spans arrived in.

    Args:
        capture: the spans, and what is known of the run besides.
        name: what names the run where the capture does not.
        options: what repair may do.
        ranked_by: what services, hops and operations are ranked by.
        progress: told now and then how far it is.
    """
    prepared = prepare(capture.spans, options or RepairOptions())
    found, learned = learn_and_attribute(prepared, progress=progress)
    owners = find_owners(found.entities, found.cells)
    weights = weighted(found, _clients(capture))
    so_far = report_of(
        capture,
        found,
        paths=paths_of(prepared, found.take(weights.rows) if weights else found, learned),
        name=name,
        saved=savings_of(prepared, learned, found, owners),
        ranked_by=ranked_by,
    )
    concluded = with_conclusions(so_far, capture, prepared, found, owners)
    concluded = with_resources(concluded, capture, prepared, learned, found)
    findings = findings_of(prepared, learned, found, owners, concluded, LOAD_GENERATORS)
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
) -> report.Report:
    """Put together what a report says; sampled requests count as often as they stand for.

    Args:
        capture: what is known of the run besides its spans.
        found: the contributions of its requests, sorted.
        paths: the distinct critical paths.
        name: what names the run where the capture does not.
        saved: what requests would save; without it no gains are told.
        ranked_by: what services, hops and operations are ranked by.
    """
    weights = weighted(found, _clients(capture))
    if weights is None:
        return _unweighted(capture, found, paths, name, (saved, ranked_by))
    plain = _unweighted(capture, found, (), name, (None, ranked_by))
    saved = saved.take(weights.rows) if saved is not None else None
    counted = found.take(weights.rows)
    estimate = _unweighted(capture, counted, paths, name, (saved, ranked_by))
    completeness = plain.completeness.model_copy(update={"sampling": weights.told})
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
    completeness = _completeness(capture, found)
    return report.Report(
        generated_by=report.GeneratedBy(name="slowhop", version=__version__),
        run=_run(capture, found, name),
        completeness=completeness,
        load=load_section_of(capture, found, owners),
        kpis=report.Kpis(response_time_ms=response_time_of(found)),
        endpoints=endpoints_of(found, owners, tail, saved, ranked_by),
        services=ranking.services,
        hops=ranking.hops,
        operations=ranking.operations,
        paths=paths,
        ranked_by=ranked_by,
        exemplars=exemplars_of(found, capture.jaeger_ui),
        warnings=warnings(completeness, found.counts, _forwards(capture)),
    )


def _forwards(capture: Capture) -> tuple[ForwardRecord, ...]:
    return capture.collector.forwards if capture.collector else ()


def _clients(capture: Capture) -> frozenset[str]:
    """The services whose spans are the load tool's."""
    named = capture.traffic.clients if capture.traffic else frozenset()
    return LOAD_GENERATORS | named


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


def _completeness(capture: Capture, found: Contributions) -> report.Completeness:
    counts, tree = found.counts, found.counts.tree
    traced = len(found.requests)
    requests = capture.load.requests if capture.load else traced
    refused = capture.collector.refused if capture.collector else 0
    services = {e.service for e in found.entities}
    return report.Completeness(
        spans=tree.spans,
        duplicates=tree.duplicates,
        rejected=refused + sum(i.spans for i in capture.issues if i.kind in LEFT_OUT),
        lost_subtrees=tree.lost_subtrees,
        lost_spans=tree.lost_spans,
        traces=tree.traces,
        whole=tree.whole,
        partial=tree.partial,
        rootless=tree.rootless,
        multi_root=tree.multi_root,
        skew_corrected_spans=counts.shifted_spans,
        skew_max_ms=round(counts.largest_shift_ns / NS_PER_MS, 3),
        adopted_spans=tree.adopted,
        async_spans=counts.async_spans,
        linked_traces=counts.linked_traces,
        requests=requests,
        requests_without_trace=max(0, requests - traced),
        sampled_share=round(min(1.0, traced / requests), 6) if requests else 1.0,
        client_spans_only=bool(services) and services <= LOAD_GENERATORS,
        not_stored=capture.collector.missing if capture.collector else 0,
        turned_away=capture.collector.unread if capture.collector else 0,
        lost_datagrams=capture.collector.lost_datagrams if capture.collector else 0,
        unfinished=_unfinished(capture),
        traffic=traffic_part(capture.traffic),
        accounting=accounting_of(capture.load, found, _clients(capture)),
        issues=tuple(
            report.IssueRow(
                kind=i.kind.value,
                count=i.count,
                spans=i.spans,
                examples=tuple(
                    ": ".join(part for part in (e.where, e.detail) if part) for e in i.examples
                ),
            )
            for i in capture.issues
        ),
    )


def _unfinished(capture: Capture) -> tuple[str, ...]:
    """The parts of a run that did not get to say how they ended."""
    run, load, collector = capture.run, capture.load, capture.collector
    ended = {
        "run": run is None or run.ended_at_ns is not None,
        "load": load is None or load.finished,
        "collector": collector is None or collector.finished,
    }
    return tuple(part for part, has_ended in ended.items() if not has_ended)
