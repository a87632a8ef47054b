"""Findings: a pass over the batches for the evidence, and one for what the fixes would bring."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np

from analyzer.attribution.contributions import Contributions, EntityKind
from analyzer.findings.calls import calls_of
from analyzer.findings.checks import find_all, weigh
from analyzer.findings.evidence import Evidence, Unanswered
from analyzer.findings.fixes import Fix, factors_of
from analyzer.findings.found import Found, Severity
from analyzer.findings.survey import Seen, Survey, survey
from analyzer.model.spans import Int32Array, Int64Array
from analyzer.paths.replay import replay
from analyzer.paths.timeline import timeline
from analyzer.pipeline.contributions import Learned, Prepared, batches, repair
from analyzer.pipeline.weighting import Weighted
from analyzer.ranking.owners import HopOwner, Owners
from analyzer.ranking.statistics import NS_PER_MS
from analyzer.report import model as report

T = TypeVar("T")

NOBODY = -1


def findings_of(
    prepared: Prepared,
    learned: Learned,
    found: Contributions,
    owners: Owners,
    so_far: report.Report,
    load_generators: frozenset[str],
    weights: Weighted | None = None,
) -> tuple[report.Finding, ...]:
    """What is wrong with the run, the gravest first.

    Args:
        prepared: the spans.
        learned: what repair learned from all of them.
        found: their contributions.
        owners: who owns the time of the contributions' entities.
        so_far: the report without findings.
        load_generators: services that make load, of which nothing is expected.
        weights: how often requests count, where services recorded only some: those that others
            stand for miss no spans.
    """
    expected = found if weights is None else found.take(np.flatnonzero(weights.weight))
    answering = _answering(prepared.spans.names, found, owners)
    evidence = Evidence(
        names=prepared.spans.names,
        survey=Survey.merge(
            _each(prepared, learned, answering, lambda seen: survey(prepared.spans, seen))
        ),
        requests=len(found.requests),
        whole_ns=int(found.requests.duration_ns.sum()),
        services=so_far.services,
        operations=so_far.operations,
        endpoints=_as_recorded(so_far.endpoints, found),
        completeness=so_far.completeness,
        unanswered=_unanswered(expected, owners),
        load_generators=load_generators,
    )
    suspected = find_all(evidence)
    fixes = tuple(f.fix for f in suspected if f.fix is not None)
    saved = iter(_saved(prepared, learned, answering, fixes).tolist())
    told = []
    for each in suspected:
        gain_ns = next(saved) if each.fix is not None else each.gain_ns
        severity = weigh(each, gain_ns, evidence.whole_ns)
        if severity is not None:
            told.append((_place(each, severity, gain_ns), _row(each, severity, gain_ns, evidence)))
    return tuple(row for _, row in sorted(told, key=lambda pair: pair[0]))


def _as_recorded(
    rows: tuple[report.EndpointRow, ...], found: Contributions
) -> tuple[report.EndpointRow, ...]:
    """Endpoints with how many of their requests were recorded, whatever these stand for."""
    count = np.bincount(found.requests.endpoint, minlength=len(found.endpoints)).tolist()
    recorded = {(e.service, e.operation): n for e, n in zip(found.endpoints, count, strict=True)}
    return tuple(
        row.model_copy(update={"requests": recorded[row.service, row.endpoint]}) for row in rows
    )


def _place(found: Found, severity: Severity, gain_ns: int | None) -> tuple[int, int, int, str, str]:
    """Where a finding stands: the grave ones first, then those that bring most."""
    return (-severity, -(gain_ns or 0), -found.size_ns, found.kind, found.subject)


def _row(
    found: Found, severity: Severity, gain_ns: int | None, evidence: Evidence
) -> report.Finding:
    names: dict[Severity, str] = {s: s.name.lower() for s in Severity}
    return report.Finding.model_validate(
        {
            "kind": found.kind,
            "severity": names[severity],
            "subject": found.subject,
            "message": found.message,
            "advice": found.advice,
            "gain_mean_ms": None
            if gain_ns is None
            else round(gain_ns / max(evidence.requests, 1) / NS_PER_MS, 3),
            "exemplars": found.exemplars,
        }
    )


def _each(
    prepared: Prepared, learned: Learned, answering: Int32Array, what: Callable[[Seen], T]
) -> list[T]:
    """What is so in each batch; one empty batch where there are no spans."""
    ranges = list(batches(prepared.grouping)) or [(0, 0)]

    def one(traces: tuple[int, int]) -> T:
        done, _ = repair(prepared, *traces, learned)
        return what(
            Seen(
                batch=done.batch,
                tree=done.tree,
                nested=done.nested,
                paths=done.paths,
                calls=calls_of(done.batch, done.tree, done.nested, answering),
            )
        )

    with ThreadPoolExecutor(max(1, min(os.cpu_count() or 1, len(ranges)))) as pool:
        return list(pool.map(one, ranges))


def _saved(
    prepared: Prepared, learned: Learned, answering: Int32Array, fixes: tuple[Fix, ...]
) -> Int64Array:
    """int64[fixes], by how many ns each fix alone shortens all requests together."""
    if not fixes:
        return np.zeros(0, np.int64)

    def one(seen: Seen) -> Int64Array:
        times = timeline(seen.batch, seen.tree, seen.nested)
        lasted = replay(times, factors_of(fixes, seen)).lasted
        roots = seen.tree.roots
        recorded = seen.nested.high_ns[roots] - seen.nested.low_ns[roots]
        # whole ns a request: a sum of floats would depend on the order of the batches
        saved: Int64Array = np.rint(recorded[:, np.newaxis] - lasted[roots]).astype(np.int64)
        total: Int64Array = saved.sum(axis=0)
        return total

    parts = _each(prepared, learned, answering, one)
    together: Int64Array = np.sum(parts, axis=0, dtype=np.int64)
    return together


def _answering(names: tuple[str, ...], found: Contributions, owners: Owners) -> Int32Array:
    """int32[names + 1], by the name callers have for a peer: the service that answers there."""
    code = {name: i for i, name in enumerate(names)}
    answering = np.full(len(names) + 1, NOBODY, np.int32)
    for entity, number in zip(found.entities, owners.of.tolist(), strict=True):
        owner = owners.owner(number)
        if isinstance(owner, HopOwner) and entity.peer and entity.kind is EntityKind.INFERRED:
            answering[code[entity.peer]] = code[owner.callee]
    return answering


def _unanswered(found: Contributions, owners: Owners) -> tuple[Unanswered, ...]:
    """Calls that succeeded without a span of whoever answered, by callee and caller."""
    cells = found.cells
    entities = len(found.entities)
    spans = np.bincount(cells.entity, weights=cells.spans, minlength=entities)
    failed = np.bincount(cells.entity, weights=cells.errors, minlength=entities)
    calls: dict[HopOwner, int] = {}
    silent: dict[HopOwner, int] = {}
    for at, (entity, number) in enumerate(zip(found.entities, owners.of.tolist(), strict=True)):
        owner = owners.owner(number)
        if isinstance(owner, HopOwner):
            calls[owner] = calls.get(owner, 0) + int(spans[at])
            if entity.kind is EntityKind.INFERRED:
                silent[owner] = silent.get(owner, 0) + int(spans[at] - failed[at])
    return tuple(
        Unanswered(
            caller=owner.caller, callee=owner.callee, calls=calls[owner], unanswered=silent[owner]
        )
        for owner in sorted(silent, key=lambda o: (o.callee, o.caller))
        if silent[owner]
    )
