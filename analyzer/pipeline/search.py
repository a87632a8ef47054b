"""Find requests: by service, operation, duration, error."""

from dataclasses import dataclass

import numpy as np

from analyzer.attribution.contributions import Contributions
from analyzer.model.spans import BoolArray, trace_id_hex
from analyzer.model.waterfall import TraceSummary
from analyzer.ranking.owners import HopOwner, Owners, find_owners


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What to look for; None asks for nothing. Names match whole, or as a part with `*` around.

    Attributes:
        service: a service any of the request's spans belongs to.
        operation: an operation of any of its spans (of `service`, where given).
        slower_than_ns: the request took longer than this.
        faster_than_ns: the request took less than this.
        errors: only requests with a failed span.
    """

    service: str | None = None
    operation: str | None = None
    slower_than_ns: int | None = None
    faster_than_ns: int | None = None
    errors: bool = False


def search(found: Contributions, query: Query, *, limit: int) -> tuple[TraceSummary, ...]:
    """The slowest requests that match, the slowest first."""
    matches = _matches(found, query)
    rows = np.flatnonzero(matches)
    slowest = rows[np.argsort(-found.requests.duration_ns[rows], kind="stable")][:limit]
    owners = find_owners(found.entities, found.cells)
    services = np.array(
        [sorted({e.service for e in found.entities}).index(e.service) for e in found.entities],
        np.int64,
    )
    return tuple(_summary(found, owners, services, int(r)) for r in slowest)


def _matches(found: Contributions, query: Query) -> BoolArray:
    requests, cells = found.requests, found.cells
    matches = np.ones(len(requests), np.bool_)
    if query.slower_than_ns is not None:
        matches &= requests.duration_ns > query.slower_than_ns
    if query.faster_than_ns is not None:
        matches &= requests.duration_ns < query.faster_than_ns
    if query.service is not None or query.operation is not None:
        wanted = np.array(
            [
                _fits(query.service, e.service) and _fits(query.operation, e.operation)
                for e in found.entities
            ],
            np.bool_,
        )
        matches &= np.bincount(cells.request[wanted[cells.entity]], minlength=len(requests)) > 0
    if query.errors:
        matches &= np.bincount(cells.request, weights=cells.errors, minlength=len(requests)) > 0
    return matches


def _fits(pattern: str | None, name: str) -> bool:
    if pattern is None:
        return True
    if len(pattern) > 1 and pattern.startswith("*") and pattern.endswith("*"):
        return pattern[1:-1].lower() in name.lower()
    return pattern == name


def _summary(found: Contributions, owners: Owners, services: np.ndarray, r: int) -> TraceSummary:
    requests, cells = found.requests, found.cells
    mine = slice(int(cells.offset[r]), int(cells.offset[r + 1]))
    entity, own = cells.entity[mine], cells.own_ns[mine]
    by_owner = np.bincount(owners.of[entity], weights=own)
    most = owners.owner(int(np.argmax(by_owner)))
    endpoint = found.endpoints[int(requests.endpoint[r])]
    return TraceSummary(
        trace_id=trace_id_hex(int(requests.trace_hi[r]), int(requests.trace_lo[r])),
        endpoint=endpoint.operation,
        service=endpoint.service,
        start_ns=int(requests.start_ns[r]),
        duration_ns=int(requests.duration_ns[r]),
        spans=int(requests.spans[r]),
        services=int(np.unique(services[entity]).size),
        errors=int(cells.errors[mine].sum()),
        slowest_part=f"{most.caller} → {most.callee}"
        if isinstance(most, HopOwner)
        else most.service,
    )
