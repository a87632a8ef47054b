"""What limits a system: which part of a request grew most between two loads, and who is full.

```
load -> gateway    waits: all workers of the gateway wait for pricing too
gateway -> pricing waits: pricing has one worker, which is always busy     <- pricing is the limit
```

A queue fills up backwards: who waits for a full service is full too. So of the services all of
whose workers are busy, the one that calls no other full one is named, also if most of the waiting
shows elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analyzer.attribution.contributions import Contributions
from analyzer.model.spans import Float64Array, Int64Array
from analyzer.ranking.owners import HopOwner, Owners
from analyzer.ranking.rank import rounded
from analyzer.ranking.scaling_occupancy import Occupancy
from analyzer.ranking.statistics import NS_PER_MS
from analyzer.report.load_test import Limit, PartChange

FULL_SHARE = 0.6
"""A service is full where all its workers are busy for so much of the time; less is a burst."""

OF_THE_GROWTH = 0.1
"""A full service limits if at least so much of the growth is in it or in the ways to it."""

FEWEST_OF_ENDPOINT = 3
"""Requests of an endpoint at both loads for it to be compared."""

MOST_PARTS = 4
"""Parts named."""

LEAST_MS = 1.0
"""Growth below this is not felt."""

LEAST_GROWTH = 0.1
"""... nor is growth by less than a tenth of the request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What o owners add to a request at two loads, with the same mix of endpoints; in ms.

    Attributes:
        before: float64[o].
        after: float64[o].
    """

    before: Float64Array
    after: Float64Array

    @property
    def more(self) -> Float64Array:
        """float64[o], by how much each grew."""
        return self.after - self.before


def change_of(
    c: Contributions, owners: Owners, before: Int64Array, after: Int64Array
) -> Change | None:
    """Compare requests at two loads; None where no endpoint was used at both.

    Args:
        c: the contributions of all requests.
        owners: who owns the entities.
        before: the requests at the lower load.
        after: those at the higher one.
    """
    endpoints = len(c.endpoints)
    counts = [
        np.bincount(c.requests.endpoint[rows], minlength=endpoints) for rows in (before, after)
    ]
    both = np.minimum(*counts) >= FEWEST_OF_ENDPOINT
    if not both.any():
        return None
    weight = np.where(both, counts[0] + counts[1], 0).astype(np.float64)
    weight /= weight.sum()
    means = [
        _means(c, owners, rows, count) for rows, count in zip((before, after), counts, strict=True)
    ]
    return Change(before=weight @ means[0], after=weight @ means[1])


def _means(c: Contributions, owners: Owners, rows: Int64Array, count: Int64Array) -> Float64Array:
    """float64[endpoints, owners], the mean contribution to requests of each endpoint, in ms."""
    most = len(owners.services) + len(owners.hops)
    part = c.take(rows)
    at = part.requests.endpoint.astype(np.int64)[part.cells.request] * most
    sums = np.bincount(
        at + owners.of[part.cells.entity],
        weights=part.cells.own_ns,
        minlength=count.size * most,
    ).reshape(count.size, most)
    found: Float64Array = sums / np.maximum(count, 1)[:, None] / NS_PER_MS
    return found


def limit_of(
    change: Change | None,
    owners: Owners,
    occupancy: Sequence[Occupancy],
    window_ns: tuple[int, int],
) -> Limit | None:
    """Who limits the system at the higher of two loads; None where nothing grew.

    Args:
        change: what each owner adds at both.
        owners: the owners.
        occupancy: how busy services were.
        window_ns: the time of the higher load.
    """
    if change is None:
        return None
    more = np.maximum(change.more, 0.0)
    total, request = float(more.sum()), float(change.before.sum())
    if total < max(LEAST_MS, LEAST_GROWTH * request):
        return None
    into = _growth_into(owners, more)
    full = {
        o.service: float(o.full_between(np.array(window_ns))[0])
        for o in occupancy
        if into.get(o.service, 0.0) >= OF_THE_GROWTH * total
    }
    full = {service: share for service, share in full.items() if share >= FULL_SHARE}
    order = np.lexsort((np.arange(more.size), -more))
    grew = tuple(_row(owners, change, i) for i in order[:MOST_PARTS].tolist() if more[i] > 0)
    if not full:
        owner = owners.owner(int(order[0]))
        named = owner.callee if isinstance(owner, HopOwner) else owner.service
        return Limit(service=named, grew=grew)
    calls = {(hop.caller, hop.callee) for hop in owners.hops}
    first = min(full, key=lambda s: (_waits_for(s, full, calls), -into[s], s))
    workers = next(o.most for o in occupancy if o.service == first)
    return Limit(
        service=first, workers_busy=workers, full_share=round(min(full[first], 1.0), 4), grew=grew
    )


def _growth_into(owners: Owners, more: Float64Array) -> dict[str, float]:
    """By service: how much grew in it and on the ways to it."""
    into: dict[str, float] = {}
    for i, ms in enumerate(more.tolist()):
        owner = owners.owner(i)
        service = owner.callee if isinstance(owner, HopOwner) else owner.service
        into[service] = into.get(service, 0.0) + ms
    return into


def _waits_for(service: str, full: dict[str, float], calls: set[tuple[str, str]]) -> bool:
    """Whether a service calls another full one, or one that does."""
    seen, open_ = {service}, [service]
    while open_:
        caller = open_.pop()
        for callee in (b for a, b in calls if a == caller and b not in seen):
            if callee in full:
                return True
            seen.add(callee)
            open_.append(callee)
    return False


def _row(owners: Owners, change: Change, i: int) -> PartChange:
    owner = owners.owner(i)
    before, after = rounded(change.before[i]), rounded(change.after[i])
    if isinstance(owner, HopOwner):
        return PartChange(
            kind="hop",
            caller=owner.caller,
            callee=owner.callee,
            before_ms=before,
            after_ms=after,
        )
    return PartChange(kind="service", service=owner.service, before_ms=before, after_ms=after)
