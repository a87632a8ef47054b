"""Give remote children to the call that they belong to, where a whole run says so (rule 6)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analyzer.model.spans import Int32Array, UInt64Array
from analyzer.model.traces import Batch, Joined

NEARLY_ALL = 0.9
"""How much of a call site must lie inside its sibling before it is given to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSite:
    """Where a remote call leaves a service: operation of the parent, and the callee's operation."""

    service: int
    operation: int
    callee: int
    callee_operation: int


Holding = tuple[CallSite, int]
"""A call site, and the operation of the sibling that held its children; -1 for no sibling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Remote children directly under a span that is no call.

    Attributes:
        child: int32[k], positions in a batch.
        sibling: int32[k], the sibling that holds each, -1 where none does.
        holding: int32[k], which of the holdings each is an example of.
        evidence: each holding and how many examples of it were met.
    """

    child: Int32Array
    sibling: Int32Array
    holding: Int32Array
    evidence: dict[Holding, int]


def adoption_candidates(batch: Batch, joined: Joined) -> Candidates:
    """Remote children that may belong to a sibling of theirs, with the evidence."""
    from analyzer.repair.adoption_kernel import find_candidates
    from analyzer.repair.grouping_kernel import number_keys

    child, sibling = find_candidates(batch, joined)
    if not child.size:
        return Candidates(child=child, sibling=sibling, holding=child, evidence={})
    up = joined.parent[child]
    held_by = np.where(sibling >= 0, batch.operation[sibling], -1)
    site, _ = number_keys(
        _pair(batch.service[up], batch.operation[up]),
        _pair(batch.service[child], batch.operation[child]),
    )
    holding, distinct = number_keys(site.astype(np.uint64), held_by.astype(np.uint64))
    first = np.empty(distinct, np.int64)
    first[holding[::-1]] = np.arange(holding.size)[::-1]
    holdings = [
        (
            CallSite(
                service=int(batch.service[up[at]]),
                operation=int(batch.operation[up[at]]),
                callee=int(batch.service[child[at]]),
                callee_operation=int(batch.operation[child[at]]),
            ),
            int(held_by[at]),
        )
        for at in first.tolist()
    ]
    counts = np.bincount(holding, minlength=distinct).tolist()
    return Candidates(
        child=child,
        sibling=sibling,
        holding=holding,
        evidence=dict(zip(holdings, counts, strict=True)),
    )


def _pair(service: Int32Array, operation: Int32Array) -> UInt64Array:
    """Two codes in one word."""
    return (service.astype(np.uint64) << np.uint64(32)) | operation.astype(np.uint32)


def adopting_sites(evidence: Sequence[dict[Holding, int]]) -> frozenset[Holding]:
    """Which holdings are those of nearly all calls of their site."""
    held: dict[Holding, int] = {}
    total: dict[CallSite, int] = {}
    for part in evidence:
        for (site, operation), count in part.items():
            held[site, operation] = held.get((site, operation), 0) + count
            total[site] = total.get(site, 0) + count
    return frozenset(
        key for key, count in held.items() if key[1] >= 0 and count >= NEARLY_ALL * total[key[0]]
    )


def adopt(joined: Joined, candidates: Candidates, sites: frozenset[Holding]) -> Joined:
    """Give children of the sites to the sibling that holds them; they stay remote."""
    from analyzer.repair.join_kernel import list_children

    adopting = np.array([holding in sites for holding in candidates.evidence], np.bool_)
    if not adopting.any():
        return joined
    rows = np.flatnonzero(adopting[candidates.holding])
    child, sibling = candidates.child[rows], candidates.sibling[rows]
    given = joined._replace(
        parent=joined.parent.copy(),
        first_child=np.empty_like(joined.first_child),
        next_sibling=np.empty_like(joined.next_sibling),
        adopted=np.zeros_like(joined.adopted),
        adopter=np.zeros_like(joined.adopter),
    )
    given.parent[child] = sibling
    given.adopted[child] = True
    given.adopter[sibling] = True
    list_children(given)
    return given
