"""What one batch of repaired traces shows of everything that the checks look at."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from analyzer.findings.calls import Calls
from analyzer.findings.tally import Tally, Traces
from analyzer.findings.visits import Visits, visits_of
from analyzer.model.spans import BoolArray, Int32Array, Int64Array, Kind, Spans, Status
from analyzer.model.traces import Batch, Nested, Parent, Paths, Tree

IN_A_ROW = 5
"""Calls of one site one after another from which on they are repeated calls.

Sentry's detector of N+1 queries asks for as many; fewer are often meant, such as a read, a write
and a read again.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A batch with everything that is known of it, to be surveyed or changed."""

    batch: Batch
    tree: Tree
    nested: Nested
    paths: Paths
    calls: Calls


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What some whole traces show. Codes are those of the names of the `Spans` they are from.

    Attributes:
        sites: by call site: parents, calls, failed calls, ns, ns of the failed ones.
        repeats: by call site, of runs of `IN_A_ROW` calls and more: runs, calls, ns.
        retries: by call site, of failed calls that were followed by another: calls, ns.
        sequels: by service, parent operation, (operation, callee) of a call and of the next one:
            times, ns of the shorter of both, ns between them.
        overlaps: as `sequels`: times that the two were under way together.
        inside: by service and operation, of spans on a critical path with children: spans, ns.
        gaps: by service, operation, operations of the children before and after: gaps, ns.
        failures: by service and operation of what requests begin with: requests, failed ones, ns,
            ns of the failed ones.
        timeouts: by caller, operation of the call and callee, of failed calls: calls, calls whose
            answerer went on long after the caller had given up, ns that these took the caller, ns
            that they went on.
        unawaited: by service, operation, service of the parent: spans nobody waited for, their ns.
        moved: by service of caller and callee: calls, calls moved, of these later, ns moved in sum.
        lost: by service, of spans in no request: spans.
        heads: by service and kind, of those whose parent is missing: spans.
        visits: how long each request stayed in each service, and how long it waited to get in.
    """

    sites: Tally
    repeats: Tally
    retries: Tally
    sequels: Tally
    overlaps: Tally
    inside: Tally
    gaps: Tally
    failures: Tally
    timeouts: Tally
    unawaited: Tally
    moved: Tally
    lost: Tally
    heads: Tally
    visits: Visits

    @classmethod
    def merge(cls, parts: Sequence[Self]) -> Self:
        """What all parts show, in an order that the order of the parts does not change."""
        merged = {
            f.name: Tally.merge([getattr(part, f.name) for part in parts])
            for f in fields(cls)
            if f.name != "visits"
        }
        return cls(**merged, visits=Visits.concat([part.visits for part in parts]))


def survey(spans: Spans, seen: Seen) -> Survey:
    """What a batch shows."""
    batch, tree, nested, calls = seen.batch, seen.tree, seen.nested, seen.calls
    traces = traces_of(spans, batch)
    of_site = tuple(calls.sites[calls.site].T)
    one = np.ones(calls.row.size, np.int64)
    failed_ns = np.where(calls.failed, calls.took_ns, 0)
    retried = asked_again(calls)
    bare_ns, gaps = _gaps(seen, traces)
    visits, timeouts = visits_of(batch, tree, nested, calls, bare_ns, traces)
    return Survey(
        sites=Tally.of(
            of_site,
            (
                calls.first.astype(np.int64),
                one,
                calls.failed.astype(np.int64),
                calls.took_ns,
                failed_ns,
            ),
            weight=np.where(calls.failed, calls.took_ns, -1),
            traces=traces.take(calls.row),
        ),
        repeats=_repeats(calls, traces),
        retries=Tally.of(
            [part[retried] for part in of_site],
            (one[retried], calls.took_ns[retried]),
            weight=calls.took_ns[retried],
            traces=traces.take(calls.row[retried]),
        ),
        sequels=_sequels(seen, traces),
        overlaps=_overlaps(seen, traces),
        inside=_inside(seen, bare_ns, traces),
        gaps=gaps,
        failures=_failures(batch, tree, nested, traces),
        timeouts=timeouts,
        unawaited=_unawaited(batch, tree, nested, traces),
        moved=_moved(batch, tree, nested, traces),
        lost=_lost(batch, tree, traces),
        heads=_heads(batch, tree, traces),
        visits=visits,
    )


def traces_of(spans: Spans, batch: Batch) -> Traces:
    """The trace of each row of a batch."""
    return Traces(spans.trace_hi[batch.row], spans.trace_lo[batch.row])


def asked_again(calls: Calls) -> Int64Array:
    """The places of failed calls that were followed by another try."""
    before = calls.again[calls.again >= 0]
    return np.sort(before[calls.failed[before]]).astype(np.int64)


def long_runs(calls: Calls) -> BoolArray:
    """bool[k], whether each call is one of `IN_A_ROW` and more of its site in a row."""
    sizes = np.bincount(calls.run, minlength=calls.row.size)
    return sizes[calls.run] >= IN_A_ROW


def _repeats(calls: Calls, traces: Traces) -> Tally:
    begins = np.flatnonzero(long_runs(calls) & (calls.run == np.arange(calls.run.size)))
    sizes = np.bincount(calls.run, minlength=calls.row.size)
    took = np.zeros(calls.row.size, np.int64)
    np.add.at(took, calls.run, calls.took_ns)
    return Tally.of(
        tuple(calls.sites[calls.site[begins]].T),
        (np.ones(begins.size, np.int64), sizes[begins], took[begins]),
        weight=sizes[begins],
        traces=traces.take(calls.row[begins]),
    )


def _pair_key(seen: Seen, one: Int64Array, other: Int64Array) -> list[Int32Array]:
    sites = seen.calls.sites
    first, second = sites[seen.calls.site[one]], sites[seen.calls.site[other]]
    return [first[:, 0], first[:, 1], first[:, 2], first[:, 3], second[:, 2], second[:, 3]]


def _sequels(seen: Seen, traces: Traces) -> Tally:
    """Calls of different sites of which one began when the other had ended, nothing beside it."""
    calls, nested = seen.calls, seen.nested
    later = np.flatnonzero(calls.follows >= 0)
    earlier = calls.follows[later].astype(np.int64)
    differ = calls.site[later] != calls.site[earlier]
    later, earlier = later[differ], earlier[differ]
    shorter = np.minimum(calls.took_ns[later], calls.took_ns[earlier])
    between = nested.low_ns[calls.row[later]] - nested.high_ns[calls.row[earlier]]
    return Tally.of(
        _pair_key(seen, earlier, later),
        (np.ones(later.size, np.int64), shorter, between),
        weight=shorter,
        traces=traces.take(calls.row[later]),
    )


def _overlaps(seen: Seen, traces: Traces) -> Tally:
    """Neighbours of different sites that were under way together, in both orders."""
    calls, nested = seen.calls, seen.nested
    up = seen.tree.parent[calls.row]
    later = np.flatnonzero(up[1:] == up[:-1]) + 1
    earlier = later - 1
    beside = (nested.high_ns[calls.row[earlier]] > nested.low_ns[calls.row[later]]) & (
        calls.site[later] != calls.site[earlier]
    )
    later, earlier = later[beside], earlier[beside]
    one, other = np.concatenate([earlier, later]), np.concatenate([later, earlier])
    return Tally.of(
        _pair_key(seen, one, other),
        (np.ones(one.size, np.int64),),
        weight=np.ones(one.size, np.int64),
        traces=traces.take(calls.row[one]),
    )


def _gaps(seen: Seen, traces: Traces) -> tuple[Int64Array, Tally]:
    """How much of each span no child covers, and where that is."""
    from analyzer.findings.gaps_kernel import list_gaps

    batch, most = seen.batch, 2 * seen.tree.order.size
    wanted = (seen.paths.own_ns > 0) & ~seen.calls.is_call
    bare_ns = np.zeros(len(batch), np.int64)
    row, after, before = (np.empty(most, np.int32) for _ in range(3))
    gap_ns = np.empty(most, np.int64)
    n = list_gaps(batch, seen.tree, seen.nested, wanted, bare_ns, row, after, before, gap_ns)
    row, after, before, gap_ns = row[:n], after[:n], before[:n], gap_ns[:n]
    operation = np.append(batch.operation, np.int32(-1))  # at -1: no child
    return bare_ns, Tally.of(
        (batch.service[row], batch.operation[row], operation[after], operation[before]),
        (np.ones(n, np.int64), gap_ns),
        weight=gap_ns,
        traces=traces.take(row),
    )


def _inside(seen: Seen, bare_ns: Int64Array, traces: Traces) -> Tally:
    batch, nested = seen.batch, seen.nested
    took = nested.high_ns - nested.low_ns
    wanted = (seen.paths.own_ns > 0) & ~seen.calls.is_call & (bare_ns < took)
    rows = np.flatnonzero(wanted)
    return Tally.of(
        (batch.service[rows], batch.operation[rows]),
        (np.ones(rows.size, np.int64), took[rows]),
        weight=took[rows],
        traces=traces.take(rows),
    )


def _failures(batch: Batch, tree: Tree, nested: Nested, traces: Traces) -> Tally:
    rows = tree.roots.astype(np.int64)
    took = nested.high_ns[rows] - nested.low_ns[rows]
    failed = batch.status[rows] == Status.ERROR
    return Tally.of(
        (batch.service[rows], batch.operation[rows]),
        (np.ones(rows.size, np.int64), failed.astype(np.int64), took, np.where(failed, took, 0)),
        weight=np.where(failed, took, -1),
        traces=traces.take(rows),
    )


def _unawaited(batch: Batch, tree: Tree, nested: Nested, traces: Traces) -> Tally:
    rows = np.flatnonzero(nested.asynchronous)
    took = batch.end_ns[rows] - batch.start_ns[rows]
    return Tally.of(
        (batch.service[rows], batch.operation[rows], batch.service[tree.parent[rows]]),
        (np.ones(rows.size, np.int64), took),
        weight=took,
        traces=traces.take(rows),
    )


def _moved(batch: Batch, tree: Tree, nested: Nested, traces: Traces) -> Tally:
    """Calls whose answer was moved because its clock and the caller's differ."""
    rows = np.flatnonzero(tree.remote & (tree.parent >= 0) & nested.waited)
    up = tree.parent[rows]
    by = nested.shift_ns[rows] - nested.shift_ns[up]
    return Tally.of(
        (batch.service[up], batch.service[rows]),
        (np.ones(rows.size, np.int64), (by != 0).astype(np.int64), (by > 0).astype(np.int64), by),
        weight=np.where(by != 0, np.abs(by), -1),
        traces=traces.take(rows),
    )


def _lost(batch: Batch, tree: Tree, traces: Traces) -> Tally:
    lost = tree.parent != Parent.DUPLICATE
    lost[tree.order] = False
    rows = np.flatnonzero(lost)
    return Tally.of(
        (batch.service[rows],),
        (np.ones(rows.size, np.int64),),
        weight=np.ones(rows.size, np.int64),
        traces=traces.take(rows),
    )


def _heads(batch: Batch, tree: Tree, traces: Traces) -> Tally:
    head = tree.parent == Parent.LOST
    head[tree.order] = False
    rows = np.flatnonzero(head)
    called = np.isin(batch.kind[rows], (Kind.SERVER, Kind.CONSUMER))
    return Tally.of(
        (batch.service[rows], called.astype(np.int32)),
        (np.ones(rows.size, np.int64),),
        weight=np.ones(rows.size, np.int64),
        traces=traces.take(rows),
    )
