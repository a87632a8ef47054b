"""From spans to contributions: repair, walk and attribution, batch by batch.

A batch holds whole traces and few enough spans for the processor's cache, so the steps stay
separate functions on values without costing memory bandwidth; batches are independent and run in
threads.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np

from analyzer.attribution.attribute import attribute
from analyzer.attribution.contributions import Contributions
from analyzer.model.spans import Int64Array, Spans, UInt64Array
from analyzer.model.traces import Batch, Grouping, Nested, Paths, Tree
from analyzer.paths.walk import name_hashes, walk
from analyzer.repair import adoption, steps
from analyzer.repair.adoption import Candidates, Holding
from analyzer.repair.links import join_linked_traces
from analyzer.repair.order import Order, OrderEvidence, as_seen, observe, order_of
from analyzer.repair.steps import RepairOptions

BATCH_SPANS = 65_536
"""Spans in a batch (unless one trace is larger): about 6 MB of columns. Half and twice as many were
slower where it was measured."""

SPANS_FOR_ORDER = 200_000
"""Spans from which order is learned: thousands of traces, enough for all that is common."""

SPREAD = np.uint64(0x9E3779B97F4A7C15)
"""2^64 divided by the golden ratio: ids times this differ in their first bits."""

Progress = Callable[[int, int], None]
"""Told (spans done, spans in all)."""

Sites = frozenset[Holding]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What all batches of one set of spans have in common."""

    spans: Spans
    grouping: Grouping
    grain_ns: Int64Array
    names: UInt64Array
    options: RepairOptions
    linked_traces: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What repair knows from all traces together.

    Attributes:
        sites: the call sites at which children are adopted (rule 6).
        order: which calls do not wait for each other, or are not waited for (rule 9).
    """

    sites: Sites = frozenset()
    order: Order = field(default_factory=as_seen)


NOTHING_LEARNED = Learned()
"""Every trace speaks for itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """A batch with everything that is known of it after the walk."""

    batch: Batch
    tree: Tree
    nested: Nested
    paths: Paths


def prepare(spans: Spans, options: RepairOptions) -> Prepared:
    """Join linked traces, group the spans by trace and see how fine the clocks are."""
    joined, linked = join_linked_traces(spans)
    return Prepared(
        spans=joined,
        grouping=steps.group(joined),
        grain_ns=steps.clock_grain(joined),
        names=name_hashes(joined),
        options=options,
        linked_traces=linked,
    )


def batches(grouping: Grouping, batch_spans: int = BATCH_SPANS) -> Iterator[tuple[int, int]]:
    """Ranges of traces (first, last exclusive) of about `batch_spans` spans each."""
    first = 0
    while first < grouping.traces:
        wanted = int(grouping.offset[first]) + batch_spans
        last = int(np.searchsorted(grouping.offset, wanted, side="right")) - 1
        last = min(max(last, first + 1), grouping.traces)
        yield first, last
        first = last


def repair(
    prepared: Prepared, first: int, last: int, learned: Learned
) -> tuple[Repaired, Candidates]:
    """Repair and walk the traces `first` to `last`."""
    batch = steps.gather(prepared.spans, prepared.grouping, first, last)
    joined = steps.join_parents(batch)
    candidates = adoption.adoption_candidates(batch, joined)
    tree = steps.order_requests(batch, adoption.adopt(joined, candidates, learned.sites))
    nested = steps.nest(batch, tree, prepared.grain_ns, prepared.options, learned.order)
    paths = walk(batch, tree, nested, prepared.names)
    return Repaired(batch=batch, tree=tree, nested=nested, paths=paths), candidates


def contributions(
    spans: Spans,
    options: RepairOptions | None = None,
    *,
    threads: int | None = None,
    batch_spans: int = BATCH_SPANS,
    progress: Progress | None = None,
) -> Contributions:
    """Contributions of all requests, in an order that no order of arrival can change.

    Args:
        spans: all spans of whole traces.
        options: what repair may do.
        threads: how many to use; by default one for each processor.
        batch_spans: how many spans are worked on at a time; changes nothing but the speed.
        progress: told now and then how far it is.
    """
    prepared = prepare(spans, options or RepairOptions())
    return learn_and_attribute(
        prepared, threads=threads, batch_spans=batch_spans, progress=progress
    )[0]


def contributions_of(
    prepared: Prepared, *, threads: int | None = None, progress: Progress | None = None
) -> Contributions:
    """Contributions of prepared spans; see `contributions`."""
    return learn_and_attribute(prepared, threads=threads, progress=progress)[0]


def learn_and_attribute(
    prepared: Prepared,
    *,
    threads: int | None = None,
    batch_spans: int = BATCH_SPANS,
    progress: Progress | None = None,
) -> tuple[Contributions, Learned]:
    """Contributions of prepared spans, and what was learned to find them."""
    ranges = list(batches(prepared.grouping, batch_spans))
    learned = Learned(order=learn_order(prepared, threads=threads))
    parts, candidates = _run(prepared, learned, ranges, threads=threads, progress=progress)
    sites = adoption.adopting_sites([c.evidence for c in candidates])
    if sites:
        learned = replace(learned, sites=sites)
        parts, _ = _run(prepared, learned, ranges, threads=threads, progress=progress)
    if not parts:
        parts = [_one(prepared, 0, 0, NOTHING_LEARNED)[0]]
    merged = Contributions.merge_sorted(parts)
    counts = replace(merged.counts, linked_traces=prepared.linked_traces)
    return replace(merged, counts=counts), learned


def learn(prepared: Prepared) -> Learned:
    """What all traces together tell about each."""
    evidence = []
    for first, last in batches(prepared.grouping):
        batch = steps.gather(prepared.spans, prepared.grouping, first, last)
        joined = steps.join_parents(batch)
        evidence.append(adoption.adoption_candidates(batch, joined).evidence)
    return Learned(sites=adoption.adopting_sites(evidence), order=learn_order(prepared))


def learn_order(prepared: Prepared, *, threads: int | None = None) -> Order:
    """What a sample of the traces tells about the order of calls, however they arrived.

    Adoption does not change it: it moves children of other processes, which have no part in it.
    """
    grouping = _sample(prepared)

    def observed(traces: tuple[int, int]) -> OrderEvidence:
        batch = steps.gather(prepared.spans, grouping, *traces)
        tree = steps.order_requests(batch, steps.join_parents(batch))
        return observe(batch, tree, prepared.grain_ns)

    ranges = list(batches(grouping))
    with ThreadPoolExecutor(_workers(threads, ranges)) as pool:
        evidence = list(pool.map(observed, ranges))
    return order_of(OrderEvidence.merge(evidence))


def _sample(prepared: Prepared) -> Grouping:
    """Whole traces, chosen by their ids, of about `SPANS_FOR_ORDER` spans at most."""
    whole = prepared.grouping
    halvings = (len(prepared.spans) // SPANS_FOR_ORDER).bit_length()
    if not halvings:
        return whole
    ids = prepared.spans.trace_lo[whole.order[whole.offset[:-1]]]
    chosen = np.flatnonzero((ids * SPREAD) >> np.uint64(64 - halvings) == 0)
    sizes = np.diff(whole.offset)[chosen]
    offset = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    rows = np.repeat(whole.offset[chosen] - offset[:-1], sizes) + np.arange(int(offset[-1]))
    return Grouping(offset=offset, order=whole.order[rows])


def _workers(threads: int | None, ranges: Sequence[tuple[int, int]]) -> int:
    return max(1, min(threads or os.cpu_count() or 1, len(ranges)))


def _one(
    prepared: Prepared, first: int, last: int, learned: Learned
) -> tuple[Contributions, Candidates]:
    done, candidates = repair(prepared, first, last, learned)
    found = attribute(prepared.spans, done.batch, done.tree, done.nested, done.paths)
    return found, candidates


def _run(
    prepared: Prepared,
    learned: Learned,
    ranges: Sequence[tuple[int, int]],
    *,
    threads: int | None,
    progress: Progress | None,
) -> tuple[list[Contributions], list[Candidates]]:
    parts: list[Contributions] = []
    candidates: list[Candidates] = []
    with ThreadPoolExecutor(_workers(threads, ranges)) as pool:
        runs = pool.map(lambda r: _one(prepared, r[0], r[1], learned), ranges)
        for (_, last), (part, found) in zip(ranges, runs, strict=True):
            parts.append(part)
            candidates.append(found)
            if progress is not None:
                progress(int(prepared.grouping.offset[last]), len(prepared.spans))
    return parts, candidates
