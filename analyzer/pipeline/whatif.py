"""From a capture and some changes to response times before and after."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from analyzer import __version__
from analyzer.attribution.attribute import name_rows
from analyzer.attribution.contributions import Contributions, Entity
from analyzer.model.run import Capture
from analyzer.model.spans import Int32Array, Int64Array, UInt64Array
from analyzer.paths.timeline import timeline
from analyzer.paths.whatif import Limited, Scaled, SideBySide, replay_changed
from analyzer.pipeline.completeness import completeness_of
from analyzer.pipeline.contributions import (
    Learned,
    Prepared,
    Progress,
    batches,
    learn_and_attribute,
    prepare,
    repair,
)
from analyzer.pipeline.load_generators import clients_of
from analyzer.pipeline.sampling import of_sampling
from analyzer.pipeline.weighting import MOST_COUNTED, Weighted, weighted
from analyzer.ranking import requests as of_requests
from analyzer.ranking.owners import find_owners
from analyzer.ranking.targets import Names, SideBySideCalls, Target
from analyzer.repair.steps import RepairOptions
from analyzer.report import model as report
from analyzer.report import whatif


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is wanted of a part's own time: a factor, or a limit for each call.

    Attributes:
        target: a service, hop or operation, as people write it.
        slower: whether time is added rather than taken away.
        factor: what the own time is multiplied by; None where there is a limit.
        time_ns: the longest that a call takes, or the shortest if it gets slower.
    """

    target: str
    slower: bool
    factor: float | None = None
    time_ns: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """All that is to change at once.

    Attributes:
        times: factors first, then limits, is how they are applied.
        side_by_side: calls that no longer wait for each other: `SERVICE: CALLEE, CALLEE`.
    """

    times: tuple[Wish, ...] = ()
    side_by_side: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """Wishes whose names were found in the run.

    Attributes:
        wishes: with what each concerns.
        side_by_side: groups of calls.
        group: int32[e + 1], see `Names.group_of`; the last is for unknown entities.
        number: of each entity.
    """

    wishes: tuple[tuple[Wish, Target], ...]
    side_by_side: tuple[SideBySideCalls, ...]
    group: Int32Array
    number: dict[Entity, int]


def what_if(
    capture: Capture,
    wishes: Wishes,
    *,
    run_id: str,
    options: RepairOptions | None = None,
    progress: Progress | None = None,
    most_counted: int = MOST_COUNTED,
) -> whatif.WhatIf:
    """Response times as they would be; sampled requests count as often as they stand for.

    Args:
        capture: the spans, and what is known of the run besides.
        wishes: what is to change.
        run_id: what names the run where the capture does not.
        options: what repair may do.
        progress: told now and then how far it is.
        most_counted: how many copies of sampled requests are worked with at most.

    Raises:
        InputError: a name is not in the run, or could mean several things.
    """
    prepared = prepare(capture.spans, options or RepairOptions())
    found, learned = learn_and_attribute(prepared, progress=progress)
    resolved = _resolve(found, wishes)
    after_ns = _durations(prepared, learned, resolved)
    weights = weighted(found, clients_of(capture), most=most_counted)
    sampling = weights.told if weights is not None else None
    rows = weights.rows if weights is not None else np.arange(len(found.requests))
    return whatif.WhatIf(
        generated_by=report.GeneratedBy(name="slowhop", version=__version__),
        id=capture.run.id if capture.run else run_id,
        inputs=tuple(
            report.Input(path=i.path, format=i.format, bytes=i.bytes, spans=i.spans)
            for i in capture.inputs
        ),
        changes=_changes(found, resolved),
        requests=weights.told.estimated if weights is not None else len(found.requests),
        sampling=sampling,
        overall=_times(found.requests.duration_ns[rows], after_ns[rows]),
        endpoints=_endpoints(found, after_ns, weights),
        warnings=tuple(of_sampling(completeness_of(capture, found, sampling))),
    )


def _resolve(found: Contributions, wishes: Wishes) -> Resolved:
    names = Names(found.entities, find_owners(found.entities, found.cells))
    side_by_side = tuple(names.side_by_side(text) for text in wishes.side_by_side)
    return Resolved(
        wishes=tuple((wish, names.target(wish.target)) for wish in wishes.times),
        side_by_side=side_by_side,
        group=np.append(names.group_of(side_by_side), np.int32(0)),
        number={entity: i for i, entity in enumerate(found.entities)},
    )


def _durations(prepared: Prepared, learned: Learned, resolved: Resolved) -> Int64Array:
    """How long each request would take, in ns, in the order of sorted contributions."""
    ranges = list(batches(prepared.grouping))
    with ThreadPoolExecutor(max(1, min(os.cpu_count() or 1, len(ranges)))) as pool:
        parts = list(pool.map(lambda r: _one(prepared, r, learned, resolved), ranges))
    if not parts:
        return np.empty(0, np.int64)
    hi, lo, span_id, after = (np.concatenate(column) for column in zip(*parts, strict=True))
    return after[np.lexsort((span_id, lo, hi))]


def _one(
    prepared: Prepared, traces: tuple[int, int], learned: Learned, resolved: Resolved
) -> tuple[UInt64Array, UInt64Array, UInt64Array, Int64Array]:
    """Trace ids and root of each request of a batch, and how long it would take."""
    done, _ = repair(prepared, *traces, learned)
    batch, tree = done.batch, done.tree
    named = name_rows(prepared.spans, batch, tree, done.nested)
    numbers = np.array([resolved.number.get(e, -1) for e in named.entities], np.int64)
    entity = np.full(len(batch), -1, np.int64)
    entity[tree.order] = numbers[named.of]
    scaled: list[Scaled] = []
    limited: list[Limited] = []
    for wish, target in resolved.wishes:
        rows = np.append(target.entities, False)[entity]
        if wish.time_ns is not None:
            limited.append(Limited(rows=rows, time_ns=wish.time_ns, at_least=wish.slower))
        elif wish.factor is not None:
            scaled.append(Scaled(rows=rows, factor=wish.factor))
    hosts = np.zeros(len(resolved.group), np.bool_)
    for calls in resolved.side_by_side:
        hosts[:-1] |= calls.hosts
    after_ns = replay_changed(
        timeline(batch, tree, done.nested),
        scaled,
        limited,
        SideBySide(hosts=hosts[entity], calls=resolved.group[entity], remote=tree.remote),
    )
    roots = tree.order[tree.offset[:-1]]
    rows = batch.row[roots]
    return (
        prepared.spans.trace_hi[rows],
        prepared.spans.trace_lo[rows],
        batch.span_id[roots],
        np.rint(after_ns).astype(np.int64),
    )


def _changes(found: Contributions, resolved: Resolved) -> tuple[whatif.Change, ...]:
    spans = np.bincount(
        found.cells.entity, weights=found.cells.spans, minlength=len(found.entities)
    )
    times = [
        whatif.Change(
            kind="slower" if wish.slower else "faster",
            target=target.label,
            factor=wish.factor,
            time_ms=None if wish.time_ns is None else wish.time_ns / 1e6,
            spans=int(spans[target.entities].sum()),
        )
        for wish, target in resolved.wishes
    ]
    parallel = [
        whatif.Change(kind="parallel", target=calls.label, spans=int(spans[calls.calls].sum()))
        for calls in resolved.side_by_side
    ]
    return (*times, *parallel)


def _endpoints(
    found: Contributions, after_ns: Int64Array, weights: Weighted | None
) -> tuple[whatif.EndpointTimes, ...]:
    """Endpoints by the sum of their requests' durations as recorded."""
    requests = found.requests
    of_endpoint = [requests.endpoint == i for i in range(len(found.endpoints))]
    count = [int(mine.sum()) for mine in of_endpoint]
    rows = [np.flatnonzero(mine) for mine in of_endpoint]
    if weights is not None:
        count = [weights.estimated(mine) for mine in of_endpoint]
        rows = [np.repeat(mine, weights.times[mine]) for mine in rows]
    totals = [int(requests.duration_ns[mine].sum()) for mine in rows]
    order = sorted(range(len(rows)), key=lambda i: (-totals[i], found.endpoints[i]))
    return tuple(
        whatif.EndpointTimes(
            **dict(_times(requests.duration_ns[rows[i]], after_ns[rows[i]])),
            endpoint=found.endpoints[i].operation,
            service=found.endpoints[i].service,
            requests=count[i],
        )
        for i in order
    )


def _times(before_ns: Int64Array, after_ns: Int64Array) -> whatif.Times:
    before, after = of_requests.latency(before_ns), of_requests.latency(after_ns)
    return whatif.Times(
        before=before,
        after=after,
        drop=report.Latency(
            **{name: round(value - getattr(after, name), 3) for name, value in before}
        ),
    )
