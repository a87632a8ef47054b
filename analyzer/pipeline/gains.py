"""What would come back: a second pass over the batches, once the whole run says who owns what."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from analyzer.attribution.attribute import name_rows
from analyzer.attribution.contributions import Contributions, Entity
from analyzer.attribution.gains import Savings, savings
from analyzer.model.spans import Int32Array, Int64Array, UInt64Array
from analyzer.paths.timeline import timeline
from analyzer.pipeline.contributions import Learned, Prepared, batches, repair
from analyzer.ranking.gains import OwnerSavings
from analyzer.ranking.owners import Owners

OWNERS_REPLAYED = 200
"""How many services and hops, and how many operations, get a gain: those with most own time.

A report shows far fewer; without a limit, a trace in which every span is an operation of its own
would cost the square of its size.
"""

NOBODY = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbering:
    """The owners that are replayed.

    Attributes:
        of: int32[entities + 1], the number of each entity's owner among them; the last is for
            entities that are not known.
        owners: int64[replayed], what `Owners` calls them.
    """

    of: Int32Array
    owners: Int64Array


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSavings:
    """What the requests of a batch would save, and the keys that requests are sorted by."""

    parts: Savings
    operations: Savings
    taken_over_ns: Int64Array
    trace_hi: UInt64Array
    trace_lo: UInt64Array
    span_id: UInt64Array


def savings_of(
    prepared: Prepared,
    learned: Learned,
    found: Contributions,
    owners: Owners,
    *,
    most: int = OWNERS_REPLAYED,
    threads: int | None = None,
) -> OwnerSavings:
    """What every request saves if one owner of its time is faster.

    Args:
        prepared: the spans.
        learned: what repair learned from all of them.
        found: their contributions, sorted; requests are numbered as there.
        owners: who owns the time of the contributions' entities.
        most: how many services and hops, and how many operations, are replayed.
        threads: how many to use; by default one for each processor.
    """
    both = len(owners.services) + len(owners.hops)
    parts = _numbering(found, owners.of, both, most)
    operations = _numbering(found, owners.operation_of, len(owners.operations), most)
    entity_of = {entity: i for i, entity in enumerate(found.entities)}
    ranges = list(batches(prepared.grouping))
    workers = max(1, min(threads or os.cpu_count() or 1, len(ranges)))
    with ThreadPoolExecutor(workers) as pool:
        done = list(
            pool.map(
                lambda r: _one(prepared, r, learned, entity_of, parts, operations),
                ranges,
            )
        )
    rows = _as_sorted(done)
    taken_over = np.zeros((both, both), np.int64)
    taken_over[np.ix_(parts.owners, parts.owners)] = sum(
        (batch.taken_over_ns for batch in done),
        np.zeros((parts.owners.size, parts.owners.size), np.int64),
    )
    return OwnerSavings(
        parts=_renumbered(Savings.concat([batch.parts for batch in done]).take(rows), parts),
        operations=_renumbered(
            Savings.concat([batch.operations for batch in done]).take(rows), operations
        ),
        taken_over_ns=taken_over,
        known_parts=tuple(np.isin(np.arange(both), parts.owners).tolist()),
        known_operations=tuple(
            np.isin(np.arange(len(owners.operations)), operations.owners).tolist()
        ),
    )


def _numbering(found: Contributions, owner_of: Int64Array, owners: int, most: int) -> Numbering:
    """The `most` owners with most own time on critical paths."""
    own_ns = np.zeros(owners, np.int64)
    np.add.at(own_ns, owner_of[found.cells.entity], found.cells.own_ns)
    replayed = np.argsort(-own_ns, kind="stable")[:most]
    number = np.full(owners, NOBODY, np.int32)
    number[replayed] = np.arange(replayed.size, dtype=np.int32)
    return Numbering(of=np.append(number[owner_of], np.int32(NOBODY)), owners=replayed)


def _one(
    prepared: Prepared,
    traces: tuple[int, int],
    learned: Learned,
    entity_of: dict[Entity, int],
    parts: Numbering,
    operations: Numbering,
) -> BatchSavings:
    done, _ = repair(prepared, *traces, learned)
    batch, tree, nested = done.batch, done.tree, done.nested
    named = name_rows(prepared.spans, batch, tree, nested)
    entity = np.array([entity_of.get(e, NOBODY) for e in named.entities], np.int64)[named.of]
    times = timeline(batch, tree, nested)
    own_ns = done.paths.own_ns
    taken_over = np.zeros((parts.owners.size, parts.owners.size), np.int64)
    none_asked = np.zeros((0, operations.owners.size), np.int64)
    roots = tree.order[tree.offset[:-1]]
    rows = batch.row[roots]
    return BatchSavings(
        parts=savings(times, nested.waited, own_ns, parts.of[entity], taken_over),
        operations=savings(times, nested.waited, own_ns, operations.of[entity], none_asked),
        taken_over_ns=taken_over,
        trace_hi=prepared.spans.trace_hi[rows],
        trace_lo=prepared.spans.trace_lo[rows],
        span_id=batch.span_id[roots],
    )


def _as_sorted(parts: list[BatchSavings]) -> Int64Array:
    """The requests of all batches in the order in which `Contributions.sorted` has them."""
    if not parts:
        return np.empty(0, np.int64)
    return np.lexsort(
        (
            np.concatenate([part.span_id for part in parts]),
            np.concatenate([part.trace_lo for part in parts]),
            np.concatenate([part.trace_hi for part in parts]),
        )
    )


def _renumbered(found: Savings, numbering: Numbering) -> Savings:
    return Savings(
        requests=found.requests,
        request=found.request,
        owner=numbering.owners[found.owner].astype(np.int32),
        saved_ns=found.saved_ns,
    )
