"""Compare two runs whose calls are known: medians per call, the mean to the nanosecond."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from analyzer.comparison.calls_changed import calls_changed
from analyzer.comparison.drift import Drift
from analyzer.comparison.exact import change_of_mean, exact_changes
from analyzer.comparison.figures import RunFigures
from analyzer.comparison.pair import BASE, CANDIDATE, Pair, Strata, find_strata
from analyzer.comparison.parts import Parts, by_owner, parts_of, share_out
from analyzer.comparison.resampling import BLOCKS, RESAMPLINGS
from analyzer.comparison.robust import Robust, robust_changes
from analyzer.comparison.rows import (
    Both,
    Compared,
    Judged,
    endpoint_row,
    hop_row,
    only_in,
    operation_row,
    overall,
    ranked,
    ranked_endpoints,
    rounded,
    service_row,
)
from analyzer.comparison.verdict import LEAST_SHARE, Doubt, Estimate
from analyzer.model.spans import Float64Array
from analyzer.ranking.statistics import NS_PER_MS
from analyzer.report.compare import (
    EndpointDelta,
    EndpointPart,
    HopDelta,
    Noise,
    OperationDelta,
    ServiceDelta,
)

MOST_PARTS = 5
"""Services and hops that are named for an endpoint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """All that was computed of two runs.

    Attributes:
        exact_ns: by operation, its part of the change of the mean.
        drift_ns: float64[g], by group of calls, its standard deviation from run to run.
    """

    pair: Pair
    strata: Strata
    robust: Robust
    parts: Parts
    both: Both
    exact_ns: tuple[int, ...]
    drift_ns: Float64Array

    def doubt(self, tries: int, drift_ns: float) -> Doubt:
        """What speaks against the change of a row of the whole run."""
        return Doubt(
            tries=tries,
            drift_ms=drift_ns / NS_PER_MS,
            least_ms=self.both.least_ms,
            freedom=min(*self.pair.requests, BLOCKS) - 1,
        )


def compare_calls(pair: Pair) -> Compared:
    """Compare two runs by their calls."""
    strata = find_strata(pair)
    robust = robust_changes(pair, strata)
    groups = robust.groups
    is_gap = (pair.owner_of_operation >= len(pair.owners.services))[groups.operation][groups.row]
    awaited = groups.awaited[groups.row]
    drift = Drift.learn(robust.relative[awaited], is_gap[awaited])
    drift_ns = drift.of(robust.lesser_ns, is_gap)
    split, both = pair.base_requests, len(pair.found.requests)
    found = Found(
        pair=pair,
        strata=strata,
        robust=robust,
        parts=parts_of(pair, robust, _by_row(drift_ns, robust, strata)),
        both=Both(
            base=RunFigures.from_requests(pair, np.arange(split)),
            candidate=RunFigures.from_requests(pair, np.arange(split, both)),
        ),
        exact_ns=exact_changes(pair),
        drift_ns=drift_ns,
    )
    total_ms = float(found.parts.services[0].sum()) / NS_PER_MS
    services = ranked(_services(found), total_ms=total_ms)
    return Compared(
        overall=overall(_overall(found), found.both, services),
        endpoints=_endpoints(found),
        services=services,
        hops=ranked(_hops(found), total_ms=total_ms),
        operations=ranked(_operations(found, awaited=True), total_ms=total_ms),
        background=_by_size(_operations(found, awaited=False)),
        calls=calls_changed(pair, robust, found.both),
        only_in_base=only_in(found.both.base, found.both.candidate),
        only_in_candidate=only_in(found.both.candidate, found.both.base),
        noise=Noise(
            least_change_ms=rounded(found.both.least_ms),
            drift_within=round(drift.within, 4),
            drift_between=round(drift.between, 4),
            resamplings=RESAMPLINGS,
        ),
    )


def _by_row(of_group: Float64Array, robust: Robust, strata: Strata) -> Float64Array:
    """float64[k], the groups of each row, each stratum by its weight."""
    groups = robust.groups
    weight = strata.weight[groups.stratum]
    return np.bincount(groups.row, weights=of_group * weight, minlength=groups.begin.size).astype(
        np.float64
    )


def _by_stratum(found: Found) -> Float64Array:
    """float64[s], the standard deviation of each stratum's requests from run to run, in ns."""
    groups = found.robust.groups
    awaited = groups.awaited[groups.row]
    return np.bincount(
        groups.stratum[awaited],
        weights=found.drift_ns[awaited],
        minlength=found.strata.weight.size,
    ).astype(np.float64)


def _overall(found: Found) -> Judged:
    strata = found.strata
    return Judged(
        estimate=Estimate.from_resampled(found.robust.endpoint @ strata.endpoint_weight),
        exact_ms=sum(found.exact_ns) / NS_PER_MS,
        doubt=found.doubt(1, float(_by_stratum(found) @ strata.weight)),
    )


def _services(found: Found) -> list[ServiceDelta]:
    """Services; their exact changes, with their parts of the hops', sum to the whole."""
    owners, parts = found.pair.owners, found.parts
    exact = _exact_of_services(found)
    return [
        service_row(
            owner,
            Judged(
                estimate=Estimate.from_resampled(parts.services[:, number]),
                exact_ms=exact[number] / NS_PER_MS,
                doubt=found.doubt(len(owners.services), parts.drift_ns[number]),
            ),
            found.both,
            own_ms=parts.own[0, number] / NS_PER_MS,
            hops_ms=parts.from_hops[0, number] / NS_PER_MS,
        )
        for number, owner in enumerate(owners.services)
    ]


def _hops(found: Found) -> list[HopDelta]:
    owners, parts = found.pair.owners, found.parts
    exact = _exact_by_owner(found)[len(owners.services) :]
    drift_ns = parts.drift_ns[len(owners.services) :]
    return [
        hop_row(
            owner,
            Judged(
                estimate=Estimate.from_resampled(parts.hops[:, number]),
                exact_ms=exact[number] / NS_PER_MS,
                doubt=found.doubt(len(owners.hops), drift_ns[number]),
            ),
            found.both,
            caller_part=float(parts.callers_part[number]),
        )
        for number, owner in enumerate(owners.hops)
    ]


def _operations(found: Found, *, awaited: bool) -> list[OperationDelta]:
    """Operations that requests wait for, or the others, which are on no critical path."""
    robust, owners = found.robust, found.pair.owners
    rows = {
        int(robust.groups.operation[row]): row
        for row in np.flatnonzero(robust.groups.awaited == awaited).tolist()
    }
    shown = range(len(owners.operations)) if awaited else sorted(rows)
    nothing = np.zeros(1 + RESAMPLINGS)
    drift_ns = _by_row(found.drift_ns, robust, found.strata)
    found_rows = []
    for number in shown:
        row = rows.get(number)
        exact_ns = found.exact_ns[number] if awaited else 0
        if row is None and not exact_ns:
            continue
        found_rows.append(
            operation_row(
                owners.operations[number],
                Judged(
                    estimate=Estimate.from_resampled(
                        nothing if row is None else robust.whole[:, row]
                    ),
                    exact_ms=exact_ns / NS_PER_MS,
                    doubt=found.doubt(len(rows), 0.0 if row is None else drift_ns[row]),
                ),
                found.both,
                calls_ms=0.0 if row is None else robust.calls[0, row] / NS_PER_MS,
            )
        )
    return found_rows


def _by_size(rows: Sequence[OperationDelta]) -> tuple[OperationDelta, ...]:
    """Rows whose changes are part of no whole: the largest change first."""
    order = sorted(
        rows, key=lambda r: (-abs(r.delta_mean_ms), r.service, r.operation, r.callee or "")
    )
    return tuple(row.model_copy(update={"rank": n}) for n, row in enumerate(order, start=1))


def _exact_by_owner(found: Found) -> list[int]:
    """By service and hop, the exact change of the mean in ns."""
    owners = found.pair.owners
    exact = [0] * (len(owners.services) + len(owners.hops))
    for operation, change in enumerate(found.exact_ns):
        exact[int(found.pair.owner_of_operation[operation])] += change
    return exact


def _exact_of_services(found: Found) -> list[int]:
    """By service, the exact change in ns with its part of the hops: nothing is lost."""
    owners = found.pair.owners
    exact = _exact_by_owner(found)
    number = {owner.service: at for at, owner in enumerate(owners.services)}
    services, hops = exact[: len(owners.services)], exact[len(owners.services) :]
    for hop, change, part in zip(owners.hops, hops, found.parts.callers_part, strict=True):
        callers = round(change * float(part))
        services[number[hop.caller]] += callers
        services[number[hop.callee]] += change - callers
    return services


def _endpoints(found: Found) -> tuple[EndpointDelta, ...]:
    strata, both = found.strata, found.both
    drift_ns = _by_stratum(found)
    parts = _endpoint_parts(found)
    rows = []
    for place, number in enumerate(strata.endpoints.tolist()):
        endpoint = found.pair.found.endpoints[number]
        base, candidate = both.base.endpoints[endpoint], both.candidate.endpoints[endpoint]
        stratum = int(strata.of_endpoint[place])
        doubt = Doubt(
            tries=strata.endpoints.size,
            drift_ms=float(drift_ns[stratum]) / NS_PER_MS,
            least_ms=LEAST_SHARE * max(base.latency.mean_ms, candidate.latency.mean_ms),
            freedom=min(base.requests, candidate.requests, BLOCKS) - 1,
        )
        judged = Judged(
            estimate=Estimate.from_resampled(found.robust.endpoint[:, place]),
            exact_ms=rounded(float(_exact_of_endpoint(found, number)) / NS_PER_MS),
            doubt=doubt,
        )
        rows.append(
            endpoint_row(
                endpoint.operation,
                endpoint.service,
                judged,
                (base, candidate),
                () if strata.is_shared(stratum) else parts[stratum],
            )
        )
    return ranked_endpoints(rows, requests=found.pair.requests)


def _exact_of_endpoint(found: Found, endpoint: int) -> Fraction:
    """The change of the mean of an endpoint's requests, in ns."""
    pair = found.pair
    requests = pair.found.requests
    mine = requests.endpoint == endpoint
    sums = [
        (int(requests.duration_ns[rows].sum()), int(rows.sum()))
        for rows in (mine & (pair.side == BASE), mine & (pair.side == CANDIDATE))
    ]
    return change_of_mean(*sums[BASE], *sums[CANDIDATE])


def _endpoint_parts(found: Found) -> Mapping[int, tuple[EndpointPart, ...]]:
    """By stratum: services with their part of the hops, and hops, the largest change first."""
    pair, groups = found.pair, found.robust.groups
    operation, awaited = groups.operation[groups.row], groups.awaited[groups.row]
    split = len(pair.owners.services)
    named: dict[int, tuple[EndpointPart, ...]] = {}
    for stratum in range(found.strata.weight.size):
        mine = np.flatnonzero(awaited & (groups.stratum == stratum))
        by = by_owner(
            found.robust.of_group[None, mine],
            pair.owner_of_operation[operation[mine]],
            split + len(pair.owners.hops),
        )
        hops, part = by[:, split:], found.parts.callers_part
        services = by[:, :split] + share_out(pair, hops * part, hops * (1 - part))
        named[stratum] = _largest(found, services[0] / NS_PER_MS, hops[0] / NS_PER_MS)
    return named


def _largest(
    found: Found, services_ms: np.ndarray, hops_ms: np.ndarray
) -> tuple[EndpointPart, ...]:
    owners = found.pair.owners
    parts = [
        EndpointPart(kind="service", service=owner.service, delta_mean_ms=rounded(ms))
        for owner, ms in zip(owners.services, services_ms.tolist(), strict=True)
    ] + [
        EndpointPart(
            kind="hop", caller=owner.caller, callee=owner.callee, delta_mean_ms=rounded(ms)
        )
        for owner, ms in zip(owners.hops, hops_ms.tolist(), strict=True)
    ]
    changed = [part for part in parts if part.delta_mean_ms]
    changed.sort(
        key=lambda p: (
            -abs(p.delta_mean_ms),
            p.kind,
            p.service or "",
            p.caller or "",
            p.callee or "",
        )
    )
    return tuple(changed[:MOST_PARTS])
