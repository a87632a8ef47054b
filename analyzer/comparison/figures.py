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
Row = TypeVar("Row", bound=RankedRow)

ABSENT = Contribution(mean_ms=0, share=0, p50_ms=0, p95_ms=0, p99_ms=0, ci95_ms=(0, 0))
"""What something adds to the requests of a run that has none of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedFor:
    """One endpoint in one run; `recorded` requests stand for `requests`."""

    requests: int
    recorded: int
    latency: Latency

    @classmethod
    def of(cls, row: EndpointRow, report: Report) -> "AskedFor":
        """As a report has it."""
        return cls(
            requests=row.requests, recorded=_recorded(row.requests, report), latency=row.latency
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFigures:
    """The figures of one run; medians per call where its calls are known.

    `recorded` requests stand for `requests`, which are more where services sample.
    """

    requests: int
    recorded: int
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
            recorded=_recorded(report.load.requests, report),
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
                Endpoint(service=row.service, operation=row.endpoint): AskedFor.of(row, report)
                for row in report.endpoints
            },
            medians=MappingProxyType({}),
        )

    @classmethod
    def from_requests(cls, pair: Pair, requests: Int64Array) -> "RunFigures":
        """What the report of these requests, one of the two runs, would hold."""
        all_ = pair.found.requests
        ids = (all_.span_id[requests], all_.trace_lo[requests], all_.trace_hi[requests])
        requests = requests[np.lexsort(ids)]  # of like ones, the same is an exemplar
        found = pair.found.take(np.repeat(requests, pair.times[requests]))
        ranking, plain = _ranked(found, pair.owners), None
        if len(found.requests) > requests.size:
            plain = _ranked(pair.found.take(requests), pair.owners)
        each = pair.each[int(pair.side[requests[0]])] if requests.size else 1.0
        return cls(
            requests=round(len(found.requests) * each),
            recorded=int(requests.size),
            latency=latency(found.requests.duration_ns),
            services=_no_surer(_by_service(ranking), _by_service(plain)),
            hops=_no_surer(_by_hop(ranking.hops), _by_hop(plain.hops if plain else ())),
            operations=_no_surer(
                _by_operation(ranking.operations),
                _by_operation(plain.operations if plain else ()),
            ),
            endpoints=_endpoints(pair, requests, each),
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


def _recorded(requests: int, report: Report) -> int:
    """How many recorded requests about so many stand for, of a report that weighed them."""
    of = report.completeness.sampling
    if of is None or not of.estimated:
        return requests
    return round(requests * min(of.told / of.estimated, 1.0))


def _ranked(found: Contributions, owners: Owners) -> Ranking:
    return rank(found, owners, np.zeros(len(found.requests), np.bool_))


def _no_surer(rows: Mapping[Key, Row], plain: Mapping[Key, RankedRow]) -> Mapping[Key, Row]:
    """Rows over copies of requests; whether they are enough, the requests themselves say."""
    return {
        key: row.model_copy(update={"enough_data": plain[key].enough_data}) if key in plain else row
        for key, row in rows.items()
    }


def _by_service(ranking: Ranking | None) -> dict[str, ServiceRow]:
    return {row.service: row for row in ranking.services} if ranking else {}


def _by_hop(rows: Iterable[HopRow]) -> dict[HopOwner, HopRow]:
    return {HopOwner(caller=row.caller, callee=row.callee): row for row in rows}


def _by_operation(rows: Iterable[OperationRow]) -> dict[OperationOwner, OperationRow]:
    return {
        OperationOwner(service=row.service, operation=row.operation, callee=row.callee or ""): row
        for row in rows
    }


def _endpoints(pair: Pair, rows: Int64Array, each: float) -> dict[Endpoint, AskedFor]:
    endpoints, requests = pair.found.endpoints, pair.found.requests
    order = rows[np.argsort(requests.endpoint[rows], kind="stable")]
    bounds = np.searchsorted(requests.endpoint[order], np.arange(len(endpoints) + 1))
    found = {}
    for endpoint, begin, end in zip(endpoints, bounds[:-1], bounds[1:], strict=True):
        mine = order[begin:end]
        if mine.size:
            found[endpoint] = AskedFor(
                requests=round(int(pair.times[mine].sum()) * each),
                recorded=int(mine.size),
                latency=latency(np.repeat(requests.duration_ns[mine], pair.times[mine])),
            )
    return found


def _medians(pair: Pair, requests: Int64Array) -> dict[HopOwner | OperationOwner, float]:
    """The median own time, in ms, of the calls of each operation and on each hop."""
    mine = np.zeros(len(pair.found.requests), np.bool_)
    mine[requests] = True
    rows = np.flatnonzero(mine[pair.calls.request])
    entity, own_ns = pair.calls.entity[rows], pair.calls.own_ns[rows]
    times = pair.times[pair.calls.request[rows]]
    owners: Owners = pair.owners
    found: dict[HopOwner | OperationOwner, float] = {}
    for number, median in _median_by(owners.operation_of[entity], own_ns, times):
        found[owners.operations[number]] = median
    for number, median in _median_by(owners.of[entity], own_ns, times):
        if number >= len(owners.services):
            found[owners.hops[number - len(owners.services)]] = median
    return found


def _median_by(
    group: Int64Array, own_ns: Int64Array, times: Int64Array
) -> Iterable[tuple[int, float]]:
    order = np.lexsort((own_ns, group))
    ordered = own_ns[order]
    upto = np.cumsum(times[order])  # places among the values, each as often as it counts
    numbers, begins = np.unique(group[order], return_index=True)
    ends = upto[np.append(begins[1:], ordered.size) - 1]
    starts = np.append(0, ends[:-1])
    lower = ordered[np.searchsorted(upto, (starts + ends - 1) // 2, side="right")]
    upper = ordered[np.searchsorted(upto, (starts + ends) // 2, side="right")]
    for number, low, high in zip(numbers.tolist(), lower.tolist(), upper.tolist(), strict=True):
        yield number, (low + high) / 2 / NS_PER_MS
