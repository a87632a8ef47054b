"""From a capture to its report."""

from dataclasses import dataclass
from datetime import UTC, datetime

from analyzer import __version__
from analyzer.attribution.contributions import Contributions
from analyzer.model.public_text import without_secrets
from analyzer.model.run import Capture, ForwardRecord
from analyzer.pipeline.completeness import completeness_of
from analyzer.pipeline.conclusions import with_conclusions
from analyzer.pipeline.contributions import Progress, learn_and_attribute, prepare
from analyzer.pipeline.endpoints import endpoints_of
from analyzer.pipeline.exemplars import exemplars_of
from analyzer.pipeline.findings import findings_of
from analyzer.pipeline.frequent_paths import paths_of
from analyzer.pipeline.gains import savings_of
from analyzer.pipeline.load_generators import LOAD_GENERATORS, clients_of
from analyzer.pipeline.load_section import load_section_of, response_time_of
from analyzer.pipeline.resources import with_resources
from analyzer.pipeline.true_counts import with_true_counts
from analyzer.pipeline.warnings import warnings
from analyzer.pipeline.weighting import MOST_COUNTED, Weighted, weighted, with_own_certainty
from analyzer.profiles.compare import profile_of
from analyzer.profiles.requests import requests_by_task
from analyzer.ranking import requests as of_requests
from analyzer.ranking.gains import OwnerSavings, RankedBy, by_gain, with_gains
from analyzer.ranking.owners import find_owners
from analyzer.ranking.rank import rank, tail_mask
from analyzer.repair.steps import RepairOptions
from analyzer.report import model as report
from analyzer.report.profile import Profile


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
        paths=paths_of(prepared, found.take(weights.rows) if weights else found, learned),
        name=name,
        saved=savings_of(prepared, learned, found, owners),
        ranked_by=ranked_by,
        weights=weights,
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
    weights: Weighted | None = None,
) -> report.Report:
    """Put together what a report says; sampled requests count as often as they stand for.

    Args:
        capture: what is known of the run besides its spans.
        found: the contributions of its requests, sorted.
        paths: the distinct critical paths.
        name: what names the run where the capture does not.
        saved: what requests would save; without it no gains are told.
        ranked_by: what services, hops and operations are ranked by.
        weights: how often requests count, where services recorded only some.
    """
    if weights is None:
        return _unweighted(capture, found, paths, name, (saved, ranked_by))
    plain = _unweighted(capture, found, (), name, (None, ranked_by))
    saved = saved.take(weights.rows) if saved is not None else None
    counted = found.take(weights.rows)
    estimate = _unweighted(capture, counted, paths, name, (saved, ranked_by))
    estimate = with_true_counts(estimate, found, weights, clients_of(capture))
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
    completeness = completeness_of(capture, found)
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
