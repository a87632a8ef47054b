"""Repaired traces one by one, as plain objects, for predictors in plain Python."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from analyzer.attribution.attribute import callees
from analyzer.attribution.contributions import Entity, EntityKind
from analyzer.model.spans import NO_NAME, Kind, Spans
from analyzer.pipeline.contributions import Repaired, batches, learn, prepare, repair
from analyzer.repair.steps import RepairOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairedSpan:
    """A span after repair.

    Attributes:
        entity: who owns its own time.
        low_ns: where it begins.
        high_ns: where it ends.
        waited: whether its parent waited for it.
        children: positions of its children in the request.
    """

    entity: Entity
    low_ns: int
    high_ns: int
    waited: bool
    children: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairedRequest:
    """One request: its root first, parents before children."""

    trace: int
    spans: tuple[RepairedSpan, ...]


def repaired_requests(spans: Spans) -> list[RepairedRequest]:
    """All requests of the spans as repair leaves them, by trace id."""
    prepared = prepare(spans, RepairOptions())
    learned = learn(prepared)
    requests: list[RepairedRequest] = []
    for first, last in batches(prepared.grouping):
        done, _ = repair(prepared, first, last, learned)
        requests += _requests(spans, done)
    return sorted(requests, key=lambda request: request.trace)


def _requests(spans: Spans, done: Repaired) -> Iterator[RepairedRequest]:
    batch, tree, nested = done.batch, done.tree, done.nested
    entities = _entities(spans, done)
    low, high = nested.low_ns.tolist(), nested.high_ns.tolist()
    waited, order = nested.waited.tolist(), tree.order.tolist()
    first, count = tree.children.tolist(), tree.child_count.tolist()
    offset = tree.offset.tolist()
    for begin, end in pairwise(offset):
        yield RepairedRequest(
            trace=int(spans.trace_lo[batch.row[order[begin]]]),
            spans=tuple(
                RepairedSpan(
                    entity=entities[at],
                    low_ns=low[at],
                    high_ns=high[at],
                    waited=waited[at],
                    children=tuple(range(first[at] - begin, first[at] + count[at] - begin)),
                )
                for at in order[begin:end]
            ),
        )


def _entities(spans: Spans, done: Repaired) -> list[Entity]:
    """Who owns each row's own time, by what attribution says of calls."""
    batch = done.batch
    callee = callees(batch, done.tree, done.nested)
    columns = (batch.kind, batch.service, batch.operation, batch.peer, batch.protocol, callee)
    known: dict[tuple[int, ...], Entity] = {}
    found = []
    for key in zip(*(column.tolist() for column in columns), strict=True):
        if key not in known:
            known[key] = _entity(spans.names, *key)
        found.append(known[key])
    return found


def _entity(
    names: tuple[str, ...],
    kind: int,
    service: int,
    operation: int,
    peer: int,
    protocol: int,
    callee: int,
) -> Entity:
    def name(code: int) -> str:
        return "" if code == NO_NAME else names[code]

    outgoing = kind in (Kind.CLIENT, Kind.PRODUCER)
    what = EntityKind.SELF
    if outgoing:
        what = EntityKind.INFERRED if callee == NO_NAME else EntityKind.HOP
    return Entity(
        kind=what,
        service=name(service),
        operation=name(operation),
        callee=name(callee),
        peer=name(peer) if outgoing else "",
        protocol=name(protocol) if outgoing else "",
    )
