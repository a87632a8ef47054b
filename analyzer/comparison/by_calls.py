"""Compare two runs whose calls are known: medians per call, the mean to the nanosecond."""

from collections.abc import Sequence

import numpy as np

from analyzer.comparison.calls_changed import calls_changed
from analyzer.comparison.endpoints import endpoint_rows
from analyzer.comparison.found import Found, by_row, drift_by_stratum, find
from analyzer.comparison.pair import Pair
from analyzer.comparison.resampling import RESAMPLINGS
from analyzer.comparison.rows import (
    Compared,
    Judged,
    hop_row,
    only_in,
    operation_row,
    overall,
    ranked,
    rounded,
    service_row,
)
from analyzer.comparison.verdict import Estimate
from analyzer.ranking.statistics import NS_PER_MS
from analyzer.report.compare import (
    HopDelta,
    Noise,
    OperationDelta,
    ServiceDelta,
)


def compare_calls(pair: Pair) -> Compared:
    """Compare two runs by their calls."""
    found = find(pair)
    total_ms = float(found.parts.services[0].sum()) / NS_PER_MS
    services = ranked(_services(found), total_ms=total_ms)
    return Compared(
        overall=overall(_overall(found), found.both, services),
        endpoints=endpoint_rows(found),
        services=services,
        hops=ranked(_hops(found), total_ms=total_ms),
        operations=ranked(_operations(found, awaited=True), total_ms=total_ms),
        background=_by_size(_operations(found, awaited=False)),
        calls=calls_changed(pair, found.robust, found.both),
        only_in_base=only_in(found.both.base, found.both.candidate),
        only_in_candidate=only_in(found.both.candidate, found.both.base),
        noise=Noise(
            least_change_ms=rounded(found.both.least_ms),
            drift_within=round(found.drift.within, 4),
            drift_between=round(found.drift.between, 4),
            resamplings=RESAMPLINGS,
        ),
    )


def _overall(found: Found) -> Judged:
    strata = found.strata
    return Judged(
        estimate=Estimate.from_resampled(found.robust.endpoint @ strata.endpoint_weight),
        exact_ms=sum(found.exact_ns) / NS_PER_MS,
        doubt=found.doubt(1, float(drift_by_stratum(found) @ strata.weight)),
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
    drift_ns = by_row(found.drift_ns, robust, found.strata)
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
