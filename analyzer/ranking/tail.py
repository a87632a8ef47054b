"""Why slow requests are slow: what they spend more time on than typical requests do."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from analyzer.attribution.contributions import Contributions
from analyzer.model.spans import Float64Array, Int32Array, Int64Array, trace_id_hex
from analyzer.ranking.owners import HopOwner, Owners
from analyzer.ranking.rank import rounded
from analyzer.ranking.statistics import NS_PER_MS
from analyzer.ranking.tail_groups import Groups
from analyzer.ranking.tail_traits import Traits, telling_traits
from analyzer.report.model import Tail, TailRow

MOST_OPERATIONS = 20
"""Operations that get a row; services and hops all do, since their excess adds up to the whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """Per slow request and per typical one of the same endpoint, by owner.

    Attributes:
        slow_ns: float64[o], time on the critical path.
        typical_ns: float64[o].
        slow_calls: float64[o], spans.
        typical_calls: float64[o].
        exemplar: int64[o], the slow request that spends most on each owner, -1 where none does.
    """

    slow_ns: Float64Array
    typical_ns: Float64Array
    slow_calls: Float64Array
    typical_calls: Float64Array
    exemplar: Int64Array

    @property
    def excess_ns(self) -> Float64Array:
        """float64[o], by how much slow requests spend more."""
        return self.slow_ns - self.typical_ns


def tail_of(c: Contributions, owners: Owners, g: Groups, traits: Traits | None = None) -> Tail:
    """What slow requests have that typical ones have not.

    The excess of services and hops adds up to the whole: by how much slow requests are slower. Rows
    of operations split the same excess another way.

    Args:
        c: the requests' contributions, sorted.
        owners: who owns the entities.
        g: slow and typical requests.
        traits: what the spans of slow and of typical requests say of themselves, where known.
    """
    duration = c.requests.duration_ns
    whole_ns = float(duration @ g.slow_weight) - float(duration @ g.typical_weight)
    both = len(owners.services) + len(owners.hops)
    parts = _means(c, g, owners.of[c.cells.entity], both)
    operations = _means(c, g, owners.operation_of[c.cells.entity], len(owners.operations))
    rows = [_row(c, _part_name(owners, i), parts, i, whole_ns) for i in _by_excess(parts)]
    rows += [
        _row(c, _operation_name(owners, i), operations, i, whole_ns)
        for i in _by_excess(operations)[:MOST_OPERATIONS]
    ]
    telling = telling_traits(c, g, traits, _by_service(owners, parts)) if traits else None
    return Tail(
        slow_from_ms=rounded(int(duration[g.slow].min()) / NS_PER_MS),
        slow_requests=g.slow.size,
        typical_requests=g.typical.size,
        slow_mean_ms=rounded(float(duration @ g.slow_weight) / NS_PER_MS),
        typical_mean_ms=rounded(float(duration @ g.typical_weight) / NS_PER_MS),
        excess_ms=rounded(whole_ns / NS_PER_MS),
        rows=tuple(rows),
        attributes=telling.rows if telling else (),
        attributes_tested=telling.tested if telling else 0,
    )


def _means(c: Contributions, g: Groups, owner: Int64Array, owners: int) -> Means:
    request = c.cells.request
    own, spans = c.cells.own_ns, c.cells.spans

    def mean(value: Int64Array | Int32Array, weight: Float64Array) -> Float64Array:
        weighted = value * weight[request]
        return np.bincount(owner, weights=weighted, minlength=owners).astype(np.float64)

    slow = np.flatnonzero(g.slow_weight[request] > 0)
    exemplar = np.full(owners, -1, np.int64)
    # the largest cell of each owner comes last, of equal ones that of the earliest request
    ascending = slow[np.lexsort((-request[slow], own[slow]))]
    exemplar[owner[ascending]] = request[ascending]
    return Means(
        slow_ns=mean(own, g.slow_weight),
        typical_ns=mean(own, g.typical_weight),
        slow_calls=mean(spans, g.slow_weight),
        typical_calls=mean(spans, g.typical_weight),
        exemplar=exemplar,
    )


def _by_service(owners: Owners, parts: Means) -> dict[str, float]:
    """By service, the excess of itself and of the hops into it."""
    found: dict[str, float] = {}
    for i, excess in enumerate(parts.excess_ns.tolist()):
        owner = owners.owner(i)
        name = owner.callee if isinstance(owner, HopOwner) else owner.service
        found[name] = found.get(name, 0.0) + excess
    return found


def _by_excess(means: Means) -> list[int]:
    """The owners that either group spends time on, the largest excess first."""
    seen = np.flatnonzero((means.slow_ns > 0) | (means.typical_ns > 0))
    return sorted(seen.tolist(), key=lambda i: (-float(means.excess_ns[i]), i))  # names' order


@dataclass(frozen=True, slots=True, kw_only=True)
class _Name:
    """What a row is about."""

    kind: Literal["service", "hop", "operation"]
    service: str | None = None
    caller: str | None = None
    callee: str | None = None
    operation: str | None = None


def _part_name(owners: Owners, i: int) -> _Name:
    owner = owners.owner(i)
    if isinstance(owner, HopOwner):
        return _Name(kind="hop", caller=owner.caller, callee=owner.callee)
    return _Name(kind="service", service=owner.service)


def _operation_name(owners: Owners, i: int) -> _Name:
    owner = owners.operations[i]
    return _Name(
        kind="operation",
        service=owner.service,
        operation=owner.operation,
        callee=owner.callee or None,
    )


def _row(c: Contributions, name: _Name, m: Means, i: int, whole_ns: float) -> TailRow:
    excess_ns = float(m.excess_ns[i])
    r = int(m.exemplar[i])
    return TailRow(
        kind=name.kind,
        service=name.service,
        caller=name.caller,
        callee=name.callee,
        operation=name.operation,
        slow_mean_ms=rounded(m.slow_ns[i] / NS_PER_MS),
        typical_mean_ms=rounded(m.typical_ns[i] / NS_PER_MS),
        excess_ms=rounded(excess_ns / NS_PER_MS),
        excess_share=round(excess_ns / whole_ns, 6) if whole_ns > 0 else 0.0,
        slow_calls_per_request=round(float(m.slow_calls[i]), 4),
        typical_calls_per_request=round(float(m.typical_calls[i]), 4),
        exemplars=(trace_id_hex(c.requests.trace_hi[r], c.requests.trace_lo[r]),) if r >= 0 else (),
    )
