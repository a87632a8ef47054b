"""What each row is in one of the runs: the figures of its report, by name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

import numpy as np

from analyzer.attribution.contributions import Contributions, Endpoint
from analyzer.comparison.pair import Pair
from analyzer.model.spans import Int64Array
from analyzer.ranking.owners import HopOwner, OperationOwner, Owners
from analyzer.ranking.rank import Ranking, rank
from analyzer.ranking.requests import latency
from analyzer.ranking.statistics import NS_PER_MS
from analyzer.report.compare import Figures
from analyzer.report.model import (
    Contribution,
    EndpointRow,
    HopRow,
    Latency,
    OperationRow,
    RankedRow,
    Report,
    ServiceRow,
)

Key = TypeVar("Key")

ABSENT = Contribution(mean_ms=0, share=0, p50_ms=0, p95_ms=0, p99_ms=0, ci95_ms=(0, 0))
"""What something adds to the requests of a run that has none of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedFor:
    """One endpoint in one run."""

    requests: int
    latency: Latency

    @classmethod
    def of(cls, row: EndpointRow) -> "AskedFor":
        """As a report has it."""
        return cls(requests=row.requests, latency=row.latency)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFigures:
    """The figures of one run; medians per call where its calls are known."""

    requests: int
    latency: Latency
    services: Mapping[str, ServiceRow]
    hops: Mapping[HopOwner, HopRow]
    operations: Mapping[OperationOwner, OperationRow]
    endpoints: Mapping[Endpoint, AskedFor]
    medians: Mapping[HopOwner | OperationOwner, float]

    @classmethod
    def from_report(cls, report: Report) -> "RunFigures":
        """What a saved report holds."""
        times = report.kpis.response_time_ms
        return cls(
            requests=report.load.requests,
            latency=Latency(
                mean_ms=times.mean,
                p50_ms=times.p50,
                p95_ms=times.p95,
                p99_ms=times.p99,
                max_ms=times.max,
            ),
            services={row.service: row for row in report.services},
            hops=_by_hop(report.hops),
            operations=_by_operation(report.operations),
            endpoints={
                Endpoint(service=row.service, operation=row.endpoint): AskedFor.of(row)
                for row in report.endpoints
            },
            medians=MappingProxyType({}),
        )

    @classmethod
    def from_requests(cls, pair: Pair, requests: Int64Array) -> "RunFigures":
        """What the report of these requests, one of the two runs, would hold."""
        all_ = pair.found.requests
        ids = (all_.span_id[requests], all_.trace_lo[requests], all_.trace_hi[requests])
        found = pair.found.take(requests[np.lexsort(ids)])  # of like ones, the same is an exemplar
        ranking: Ranking = rank(found, pair.owners, np.zeros(requests.size, np.bool_))
        return cls(
            requests=int(requests.size),
            latency=latency(found.requests.duration_ns),
            services={row.service: row for row in ranking.services},
            hops=_by_hop(ranking.hops),
            operations=_by_operation(ranking.operations),
            endpoints=_endpoints(found),
            medians=_medians(pair, requests),
        )


def figures(row: RankedRow | None, median_ms: float | None) -> Figures | None:
    """The figures of a row that a run has; None of one that it has not."""
    if row is None:
        return None
    return Figures(
        calls_per_request=row.calls_per_request,
        median_ms=None if median_ms is None else round(median_ms, 3),
        mean_ms=row.contribution.mean_ms,
        p95_ms=row.contribution.p95_ms,
        p99_ms=row.contribution.p99_ms,
        exemplars=row.exemplars,
    )


def contribution(row: RankedRow | None) -> Contribution:
    """What a row adds to the requests."""
    return ABSENT if row is None else row.contribution


def in_either(base: Mapping[Key, object], candidate: Mapping[Key, object]) -> tuple[Key, ...]:
    """The keys of both, those of the base first."""
    return tuple({**base, **candidate})


def _by_hop(rows: Iterable[HopRow]) -> dict[HopOwner, HopRow]:
    return {HopOwner(caller=row.caller, callee=row.callee): row for row in rows}


def _by_operation(rows: Iterable[OperationRow]) -> dict[OperationOwner, OperationRow]:
    return {
        OperationOwner(service=row.service, operation=row.operation, callee=row.callee or ""): row
        for row in rows
    }


def _endpoints(found: Contributions) -> dict[Endpoint, AskedFor]:
    by_endpoint = np.argsort(found.requests.endpoint, kind="stable")
    bounds = np.searchsorted(
        found.requests.endpoint[by_endpoint], np.arange(len(found.endpoints) + 1)
    )
    duration = found.requests.duration_ns[by_endpoint]
    return {
        endpoint: AskedFor(requests=int(end - begin), latency=latency(duration[begin:end]))
        for endpoint, begin, end in zip(found.endpoints, bounds[:-1], bounds[1:], strict=True)
        if end > begin
    }


def _medians(pair: Pair, requests: Int64Array) -> dict[HopOwner | OperationOwner, float]:
    """The median own time, in ms, of the calls of each operation and on each hop."""
    mine = np.zeros(len(pair.found.requests), np.bool_)
    mine[requests] = True
    rows = np.flatnonzero(mine[pair.calls.request])
    entity, own_ns = pair.calls.entity[rows], pair.calls.own_ns[rows]
    owners: Owners = pair.owners
    found: dict[HopOwner | OperationOwner, float] = {}
    for number, median in _median_by(owners.operation_of[entity], own_ns):
        found[owners.operations[number]] = median
    for number, median in _median_by(owners.of[entity], own_ns):
        if number >= len(owners.services):
            found[owners.hops[number - len(owners.services)]] = median
    return found


def _median_by(group: Int64Array, own_ns: Int64Array) -> Iterable[tuple[int, float]]:
    order = np.lexsort((own_ns, group))
    ordered = own_ns[order]
    numbers, begins = np.unique(group[order], return_index=True)
    ends = np.append(begins[1:], ordered.size)
    for number, begin, end in zip(numbers.tolist(), begins.tolist(), ends.tolist(), strict=True):
        middle = int(ordered[(begin + end - 1) // 2]) + int(ordered[(begin + end) // 2])
        yield number, middle / 2 / NS_PER_MS
