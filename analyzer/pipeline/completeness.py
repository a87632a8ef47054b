"""How much of a run its spans show."""

from analyzer.attribution.contributions import Contributions
from analyzer.model.issue import LEFT_OUT
from analyzer.model.run import Capture
from analyzer.pipeline.accounting import accounting_of, unserved
from analyzer.pipeline.load_generators import LOAD_GENERATORS, clients_of
from analyzer.pipeline.sampling import samplers
from analyzer.pipeline.traffic import traffic_part
from analyzer.ranking.statistics import NS_PER_MS
from analyzer.report import model as report
from analyzer.report.sampling import SamplingPart


def completeness_of(
    capture: Capture, found: Contributions, sampling: SamplingPart | None = None
) -> report.Completeness:
    """How complete a run's spans are.

    Args:
        capture: what is known of the run besides its spans.
        found: the contributions of its requests.
        sampling: how often they count, where spans tell.
    """
    counts, tree = found.counts, found.counts.tree
    traced = len(found.requests)
    requests = capture.load.requests if capture.load else traced
    refused = capture.collector.refused if capture.collector else 0
    services = {e.service for e in found.entities}
    accounting = accounting_of(capture.load, found, clients_of(capture))
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
        accounting=accounting,
        unserved=_unserved(capture, found) if accounting is None else None,
        sampling=sampling,
        samplers=samplers(capture.spans) or None,
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


def _unserved(capture: Capture, found: Contributions) -> int | None:
    """Requests that no service recorded; None where there are none, or spans are on their way."""
    if {"run", "collector"} & set(_unfinished(capture)):
        return None
    return unserved(found, clients_of(capture)) or None
