"""Ranked rows: what adds most to the requests, first."""

from dataclasses import dataclass

import numpy as np

from analyzer.attribution.contributions import Contributions
from analyzer.model.spans import BoolArray, Int32Array, Int64Array, trace_id_hex
from analyzer.ranking.owners import Owners
from analyzer.ranking.statistics import NS_PER_MS, SparseColumns
from analyzer.report.model import (
    Contribution,
    HopRow,
    OperationRow,
    PartRef,
    ServiceRow,
)

ENOUGH_REQUESTS = 30
"""Requests from which on a row's percentiles and interval are worth reading."""

EXEMPLAR_PLACES = (1.0, 0.95, 0.5)
"""Which of a row's requests are its exemplars, by the size of its contribution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """How often something was called; int32 by cell.

    Attributes:
        calls: how many calls.
        errors: how many of them failed.
    """

    calls: Int32Array
    errors: Int32Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The common part of rows, by owner, in the order of their ranks.

    Attributes:
        order: the owners' numbers, ranked.
        contribution: by owner number.
        tail_share: by owner number.
        enough_data: by owner number.
        calls_per_request: by owner number.
        errors: by owner number.
        exemplars: by owner number, trace ids.
    """

    order: tuple[int, ...]
    contribution: tuple[Contribution, ...]
    tail_share: tuple[float, ...]
    enough_data: tuple[bool, ...]
    calls_per_request: tuple[float, ...]
    errors: tuple[int, ...]
    exemplars: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Services, hops and operations of some requests."""

    services: tuple[ServiceRow, ...]
    hops: tuple[HopRow, ...]
    operations: tuple[OperationRow, ...]

    def slowest_part(self) -> PartRef | None:
        """The service or hop that adds most; None where there is no time at all."""
        service = self.services[0] if self.services else None
        hop = self.hops[0] if self.hops else None
        if hop and (not service or hop.contribution.share > service.contribution.share):
            return PartRef(
                kind="hop", caller=hop.caller, callee=hop.callee, share=hop.contribution.share
            )
        if service is None:
            return None
        return PartRef(kind="service", service=service.service, share=service.contribution.share)


def tail_mask(c: Contributions, times: Int64Array | None = None) -> BoolArray:
    """bool[r], the requests slower than the 95th percentile of their endpoint.

    Args:
        c: the requests' contributions.
        times: int64[r], how often each request counts, at least once; once if left out.
    """
    slow = np.zeros(len(c.requests), np.bool_)
    for endpoint in range(len(c.endpoints)):
        mine = np.flatnonzero(c.requests.endpoint == endpoint)
        if mine.size:
            duration = c.requests.duration_ns[mine]
            counted = duration if times is None else np.repeat(duration, times[mine])
            slow[mine] = duration > np.percentile(counted, 95)
    return slow


def rank(c: Contributions, owners: Owners, tail: BoolArray) -> Ranking:
    """Rank all that the requests spent time on.

    Args:
        c: the requests' contributions, sorted.
        owners: who owns the entities, learned from the whole run.
        tail: bool[r], which requests are slow ones.
    """
    both = len(owners.services) + len(owners.hops)
    owner = owners.of[c.cells.entity]
    is_service = np.array([not o.inferred for o in owners.services], np.bool_)
    enters = np.concatenate([is_service, np.zeros(len(owners.hops), np.bool_)]).astype(np.bool_)
    entered = enters[owner] if owner.size else np.zeros(0, np.bool_)
    parts = _figures(
        c,
        tail,
        owner,
        both,
        Calls(
            calls=np.where(entered, c.cells.entries, c.cells.spans),
            errors=np.where(entered, c.cells.entry_errors, c.cells.errors),
        ),
    )
    operations = _figures(
        c,
        tail,
        owners.operation_of[c.cells.entity],
        len(owners.operations),
        Calls(calls=c.cells.spans, errors=c.cells.errors),
    )
    split = len(owners.services)
    services = [i for i in parts.order if i < split]
    hops = [i for i in parts.order if i >= split]
    return Ranking(
        services=tuple(_service_row(r, i, owners, parts) for r, i in enumerate(services, 1)),
        hops=tuple(_hop_row(r, i, owners, parts) for r, i in enumerate(hops, 1)),
        operations=tuple(
            _operation_row(r, i, owners, operations) for r, i in enumerate(operations.order, 1)
        ),
    )


def _figures(
    c: Contributions, tail: BoolArray, owner: Int64Array, owners: int, calls: Calls
) -> Figures:
    n = len(c.requests)
    request = c.cells.request
    columns = SparseColumns.from_cells(c.cells, owner, owners)
    totals = columns.totals()
    whole = max(int(c.requests.duration_ns.sum()), 1)
    tail_whole = max(int(c.requests.duration_ns[tail].sum()), 1)
    slow = tail[request]
    tail_totals = np.bincount(owner[slow], weights=c.cells.own_ns[slow], minlength=owners)
    percentiles = [columns.percentiles_ms(f) for f in (0.5, 0.95, 0.99)]
    low, high = columns.interval_ms()
    present = columns.present
    n_calls = np.bincount(owner, weights=calls.calls, minlength=owners)
    errors = np.bincount(owner, weights=calls.errors, minlength=owners)
    seen = np.flatnonzero(present)
    order = sorted(seen.tolist(), key=lambda i: (-int(totals[i]), i))  # owners are in name order
    return Figures(
        order=tuple(order),
        contribution=tuple(
            Contribution(
                mean_ms=rounded(totals[i] / max(n, 1) / NS_PER_MS),
                share=round(float(totals[i] / whole), 6),
                p50_ms=rounded(percentiles[0][i]),
                p95_ms=rounded(percentiles[1][i]),
                p99_ms=rounded(percentiles[2][i]),
                ci95_ms=(rounded(low[i]), rounded(high[i])),
            )
            for i in range(owners)
        ),
        tail_share=tuple(round(float(t / tail_whole), 6) for t in tail_totals),
        enough_data=tuple(bool(p >= ENOUGH_REQUESTS) for p in present),
        calls_per_request=tuple(round(float(k / max(n, 1)), 4) for k in n_calls),
        errors=tuple(int(e) for e in errors),
        exemplars=tuple(_exemplars(c, columns, i) for i in range(owners)),
    )


def rounded(ms: float) -> float:
    """Milliseconds to the microsecond: finer than any clock that made them."""
    return round(float(ms), 3)


def _exemplars(c: Contributions, columns: SparseColumns, i: int) -> tuple[str, ...]:
    """Trace ids of requests in which the owner's contribution is the largest, p95 and median."""
    begin, end = int(columns.offset[i]), int(columns.offset[i + 1])
    if begin == end or not columns.value_ns[end - 1]:
        return ()
    found: dict[str, None] = {}
    for place in EXEMPLAR_PLACES:
        r = int(columns.request[begin + round((end - 1 - begin) * place)])
        found[trace_id_hex(int(c.requests.trace_hi[r]), int(c.requests.trace_lo[r]))] = None
    return tuple(found)


def _service_row(rank_: int, i: int, owners: Owners, f: Figures) -> ServiceRow:
    owner = owners.services[i]
    return ServiceRow(
        rank=rank_,
        service=owner.service,
        inferred=owner.inferred,
        enough_data=f.enough_data[i],
        contribution=f.contribution[i],
        tail_share=f.tail_share[i],
        calls_per_request=f.calls_per_request[i],
        errors=f.errors[i],
        exemplars=f.exemplars[i],
    )


def _hop_row(rank_: int, i: int, owners: Owners, f: Figures) -> HopRow:
    owner = owners.hops[i - len(owners.services)]
    return HopRow(
        rank=rank_,
        caller=owner.caller,
        callee=owner.callee,
        protocol=owners.protocols[owner],
        inferred=False,
        enough_data=f.enough_data[i],
        contribution=f.contribution[i],
        tail_share=f.tail_share[i],
        calls_per_request=f.calls_per_request[i],
        errors=f.errors[i],
        exemplars=f.exemplars[i],
    )


def _operation_row(rank_: int, i: int, owners: Owners, f: Figures) -> OperationRow:
    owner = owners.operations[i]
    return OperationRow(
        rank=rank_,
        service=owner.service,
        operation=owner.operation,
        callee=owner.callee or None,
        enough_data=f.enough_data[i],
        contribution=f.contribution[i],
        tail_share=f.tail_share[i],
        calls_per_request=f.calls_per_request[i],
        errors=f.errors[i],
        exemplars=f.exemplars[i],
    )
