"""Rows of a comparison: what changed, how sure that is, and what it was in both runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum
from typing import Any, TypeVar

from analyzer.comparison.figures import AskedFor, RunFigures, contribution, figures
from analyzer.comparison.verdict import LEAST_SHARE, Doubt, Estimate, judge
from analyzer.ranking.owners import HopOwner, OperationOwner, ServiceOwner
from analyzer.ranking.rank import ENOUGH_REQUESTS
from analyzer.ranking.rank import rounded as to_the_microsecond
from analyzer.report.compare import (
    CallsDelta,
    EndpointDelta,
    EndpointPart,
    EndpointRef,
    HopDelta,
    Noise,
    OperationDelta,
    Overall,
    ServiceDelta,
)
from analyzer.report.model import RankedRow

Row = TypeVar("Row", ServiceDelta, HopDelta, OperationDelta)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What two runs' requests say; see `analyzer.report.compare.Comparison` for its parts."""

    overall: Overall
    endpoints: tuple[EndpointDelta, ...]
    services: tuple[ServiceDelta, ...]
    hops: tuple[HopDelta, ...]
    operations: tuple[OperationDelta, ...]
    background: tuple[OperationDelta, ...]
    calls: tuple[CallsDelta, ...]
    only_in_base: tuple[EndpointRef, ...]
    only_in_candidate: tuple[EndpointRef, ...]
    noise: Noise


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A change that is to be a row.

    Attributes:
        estimate: the robust change.
        exact_ms: the change of the mean.
        doubt: what speaks against it.
    """

    estimate: Estimate
    exact_ms: float
    doubt: Doubt


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    """Both runs' figures."""

    base: RunFigures
    candidate: RunFigures

    @property
    def least_ms(self) -> float:
        """What must be certain of a change to be more than noise, whichever run came first."""
        return LEAST_SHARE * max(self.base.latency.mean_ms, self.candidate.latency.mean_ms)


def service_row(
    owner: ServiceOwner, judged: Judged, both: Both, *, own_ms: float, hops_ms: float
) -> ServiceDelta:
    """A service and its part of the hops."""
    base = both.base.services.get(owner.service)
    candidate = both.candidate.services.get(owner.service)
    return ServiceDelta(
        **_delta(judged, both, base, candidate, None),
        service=owner.service,
        inferred=owner.inferred,
        own_delta_ms=rounded(own_ms),
        hops_delta_ms=rounded(hops_ms),
    )


def hop_row(owner: HopOwner, judged: Judged, both: Both, *, caller_part: float) -> HopDelta:
    """A hop, with both its ends."""
    base, candidate = both.base.hops.get(owner), both.candidate.hops.get(owner)
    return HopDelta(
        **_delta(judged, both, base, candidate, owner),
        caller=owner.caller,
        callee=owner.callee,
        caller_part=round(caller_part, 4),
    )


def operation_row(
    owner: OperationOwner, judged: Judged, both: Both, *, calls_ms: float | None
) -> OperationDelta:
    """An operation, or a service's outgoing call."""
    base, candidate = both.base.operations.get(owner), both.candidate.operations.get(owner)
    return OperationDelta(
        **_delta(judged, both, base, candidate, owner),
        service=owner.service,
        operation=owner.operation,
        callee=owner.callee or None,
        calls_delta_ms=None if calls_ms is None else rounded(calls_ms),
    )


def endpoint_row(
    name: str,
    service: str,
    judged: Judged,
    asked: tuple[AskedFor, AskedFor],
    parts: Sequence[EndpointPart],
) -> EndpointDelta:
    """An endpoint that both runs ask for."""
    base, candidate = asked
    return EndpointDelta(
        **_judgement(judged),
        p95_delta_ms=rounded(candidate.latency.p95_ms - base.latency.p95_ms),
        p99_delta_ms=rounded(candidate.latency.p99_ms - base.latency.p99_ms),
        enough_data=min(base.recorded, candidate.recorded) >= ENOUGH_REQUESTS,
        endpoint=name,
        service=service,
        base_requests=base.requests,
        candidate_requests=candidate.requests,
        base=base.latency,
        candidate=candidate.latency,
        parts=tuple(parts),
    )


def overall(judged: Judged, both: Both, services: Sequence[ServiceDelta]) -> Overall:
    """The run as a whole.

    Medians per call are sharper than those of whole requests. So where a service has a verdict, the
    run has it too if it certainly moved in the same direction.
    """
    estimate, base, candidate = judged.estimate, both.base.latency, both.candidate.latency
    verdict = judge(estimate, judged.doubt)
    verdicts = {row.verdict for row in services}
    if verdict == "noise" and "slower" in verdicts and estimate.low_ms > 0:
        verdict = "slower"
    elif verdict == "noise" and "faster" in verdicts and estimate.high_ms < 0:
        verdict = "faster"
    return Overall(
        delta_mean_ms=rounded(estimate.delta_ms),
        ci95_ms=(rounded(estimate.low_ms), rounded(estimate.high_ms)),
        verdict=verdict,
        exact_delta_mean_ms=judged.exact_ms,
        p95_delta_ms=rounded(candidate.p95_ms - base.p95_ms),
        p99_delta_ms=rounded(candidate.p99_ms - base.p99_ms),
    )


def ranked(rows: Sequence[Row], *, total_ms: float) -> tuple[Row, ...]:
    """Rows by their share of the whole change; `total_ms` is that of all services.

    Where the whole got slower those that got slower come first, where it got faster the others.
    """
    sign = -1.0 if total_ms < 0 else 1.0
    order = sorted(rows, key=lambda row: (-sign * row.delta_mean_ms, _names(row)))
    return tuple(
        row.model_copy(update={"rank": place, "share": _share(row.delta_mean_ms, total_ms)})
        for place, row in enumerate(order, start=1)
    )


def ranked_endpoints(
    rows: Sequence[EndpointDelta], *, requests: tuple[int, int]
) -> tuple[EndpointDelta, ...]:
    """Endpoints by what each adds to the mean request: its change times its share of the requests.

    Args:
        rows: endpoints of both runs.
        requests: how many requests base and candidate have; an endpoint counts by the mean of its
            shares.
    """
    adds = {
        id(row): row.delta_mean_ms
        * (row.base_requests / max(requests[0], 1) + row.candidate_requests / max(requests[1], 1))
        / 2
        for row in rows
    }
    total_ms = fsum(adds.values())
    sign = -1.0 if total_ms < 0 else 1.0
    order = sorted(rows, key=lambda row: (-sign * adds[id(row)], _names(row)))
    return tuple(
        row.model_copy(update={"rank": place, "share": _share(adds[id(row)], total_ms)})
        for place, row in enumerate(order, start=1)
    )


def rounded(ms: float) -> float:
    """Milliseconds to the microsecond; nothing has no sign."""
    return to_the_microsecond(ms) + 0.0


def only_in(mine: RunFigures, other: RunFigures) -> tuple[EndpointRef, ...]:
    """Endpoints that only one run asks for, the most asked for first."""
    found = [
        EndpointRef(endpoint=e.operation, service=e.service, requests=asked.requests)
        for e, asked in mine.endpoints.items()
        if e not in other.endpoints
    ]
    return tuple(sorted(found, key=lambda e: (-e.requests, e.service, e.endpoint)))


def _names(row: ServiceDelta | HopDelta | OperationDelta | EndpointDelta) -> tuple[str, ...]:
    if isinstance(row, ServiceDelta):
        return (row.service,)
    if isinstance(row, HopDelta):
        return (row.caller, row.callee)
    if isinstance(row, OperationDelta):
        return (row.service, row.operation, row.callee or "")
    return (row.service, row.endpoint)


def _share(delta_ms: float, total_ms: float) -> float:
    return round(delta_ms / total_ms, 6) if total_ms else 0.0


def _delta(
    judged: Judged,
    both: Both,
    base: RankedRow | None,
    candidate: RankedRow | None,
    medians_of: HopOwner | OperationOwner | None,
) -> dict[str, Any]:
    """The fields that rows of all kinds have."""
    before, after = contribution(base), contribution(candidate)

    def median(run: RunFigures) -> float | None:
        return run.medians.get(medians_of) if medians_of is not None else None

    return {
        **_judgement(judged),
        "p95_delta_ms": rounded(after.p95_ms - before.p95_ms),
        "p99_delta_ms": rounded(after.p99_ms - before.p99_ms),
        "enough_data": _enough(both, base, candidate),
        "base": figures(base, median(both.base)),
        "candidate": figures(candidate, median(both.candidate)),
    }


def _enough(both: Both, base: RankedRow | None, candidate: RankedRow | None) -> bool:
    """Whether a row's figures are worth reading; what is but an end of hops has none."""
    if base is None and candidate is None:
        return min(both.base.recorded, both.candidate.recorded) >= ENOUGH_REQUESTS
    return any(row is not None and row.enough_data for row in (base, candidate))


def _judgement(judged: Judged) -> dict[str, Any]:
    estimate = judged.estimate
    return {
        "rank": 0,
        "share": 0.0,
        "delta_mean_ms": rounded(estimate.delta_ms),
        "ci95_ms": (rounded(estimate.low_ms), rounded(estimate.high_ms)),
        "verdict": judge(estimate, judged.doubt),
        "exact_delta_mean_ms": judged.exact_ms,
    }
