"""Compare two saved reports: they hold no single calls, so means stand in for medians."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import fsum

import numpy as np

from analyzer.comparison.drift import Drift
from analyzer.comparison.figures import AskedFor, RunFigures, contribution, in_either
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
from analyzer.comparison.splitting import UNDECIDED, GapChange, callers_parts
from analyzer.comparison.verdict import LEAST_SHARE, Doubt, Estimate
from analyzer.ranking.owners import HopOwner, OperationOwner, ServiceOwner
from analyzer.report.compare import EndpointDelta, HopDelta, Noise, OperationDelta, ServiceDelta
from analyzer.report.model import Contribution, EndpointRow, RankedRow, Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """By how much a mean changed, and half of the 95 % interval of that, in ms."""

    delta_ms: float
    half_width_ms: float

    @classmethod
    def of(cls, base: Contribution, candidate: Contribution) -> "Change":
        """The change of a contribution; both runs' intervals add up like independent errors."""
        return cls(
            delta_ms=candidate.mean_ms - base.mean_ms,
            half_width_ms=float(np.hypot(_half_width(base), _half_width(candidate))),
        )

    def estimate(self) -> Estimate:
        """What is known of it."""
        return Estimate.from_half_width(self.delta_ms, self.half_width_ms)


NO_CHANGE = Change(delta_ms=0.0, half_width_ms=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """All that was computed of two reports; `callers_part` by hop."""

    both: Both
    drift: Drift
    callers_part: dict[HopOwner, float]

    def doubt(self, tries: int, drift_ms: float) -> Doubt:
        """What speaks against the change of a row of the whole run."""
        return Doubt(
            tries=tries,
            drift_ms=drift_ms,
            least_ms=self.both.least_ms,
            freedom=min(self.both.base.recorded, self.both.candidate.recorded) - 1,
        )


def compare_reports(base: Report, candidate: Report) -> Compared:
    """Compare two runs by their reports."""
    both = Both(base=RunFigures.from_report(base), candidate=RunFigures.from_report(candidate))
    found = Found(both=both, drift=_drift(both), callers_part=_callers_parts(both))
    services = _services(found)
    total_ms = fsum(row.delta_mean_ms for row in services)
    return Compared(
        overall=overall(_overall(found), both, services),
        endpoints=_endpoints(found, base, candidate),
        services=ranked(services, total_ms=total_ms),
        hops=ranked(_hops(found), total_ms=total_ms),
        operations=ranked(_operations(found), total_ms=total_ms),
        background=(),
        calls=(),
        only_in_base=only_in(both.base, both.candidate),
        only_in_candidate=only_in(both.candidate, both.base),
        noise=Noise(
            least_change_ms=rounded(both.least_ms),
            drift_within=round(found.drift.within, 4),
            drift_between=round(found.drift.between, 4),
            resamplings=0,
        ),
    )


def _half_width(of: Contribution) -> float:
    low, high = of.ci95_ms
    return max(high - of.mean_ms, of.mean_ms - low)


def _drift(both: Both) -> Drift:
    """By how much of itself the mean time per call of an ordinary operation changed."""
    relative, is_gap = [], []
    for owner, before in both.base.operations.items():
        after = both.candidate.operations.get(owner)
        if after is None or not (before.enough_data and after.enough_data):
            continue
        was, now = _per_call(before), _per_call(after)
        if was + now > 0:
            relative.append(2 * (now - was) / (was + now))
            is_gap.append(HopOwner(caller=owner.service, callee=owner.callee) in both.base.hops)
    return Drift.learn(np.array(relative, np.float64), np.array(is_gap, np.bool_))


def _per_call(row: RankedRow) -> float:
    return row.contribution.mean_ms / row.calls_per_request if row.calls_per_request else 0.0


def _callers_parts(both: Both) -> dict[HopOwner, float]:
    gaps = [
        GapChange(hop=hop, change_ms=_per_call(both.candidate.hops[hop]) - _per_call(before))
        for hop, before in both.base.hops.items()
        if hop in both.candidate.hops
    ]
    return dict(callers_parts(gaps))


def _judged(change: Change, doubt: Doubt) -> Judged:
    return Judged(estimate=change.estimate(), exact_ms=rounded(change.delta_ms), doubt=doubt)


def _lesser_ms(base: RankedRow | None, candidate: RankedRow | None) -> float:
    """What a row takes of a request where that is less."""
    return min(contribution(base).mean_ms, contribution(candidate).mean_ms)


def _overall(found: Found) -> Judged:
    """The change of the mean; no interval of it is known, so those of its parts are added up."""
    base, candidate = found.both.base, found.both.candidate
    change = Change(
        delta_ms=candidate.latency.mean_ms - base.latency.mean_ms,
        half_width_ms=fsum(
            c.half_width_ms for c in (*_own_changes(found).values(), *_hop_changes(found).values())
        ),
    )
    services = fsum(_service_drift_ms(found, name) for name in base.services)
    hops = fsum(_hop_drift_ms(found, hop) for hop in base.hops)
    return _judged(change, found.doubt(1, services + hops))


def _own_changes(found: Found) -> dict[str, Change]:
    base, candidate = found.both.base.services, found.both.candidate.services
    return {
        name: Change.of(contribution(base.get(name)), contribution(candidate.get(name)))
        for name in in_either(base, candidate)
    }


def _hop_changes(found: Found) -> dict[HopOwner, Change]:
    base, candidate = found.both.base.hops, found.both.candidate.hops
    return {
        hop: Change.of(contribution(base.get(hop)), contribution(candidate.get(hop)))
        for hop in in_either(base, candidate)
    }


def _service_drift_ms(found: Found, name: str) -> float:
    base, candidate = found.both.base.services.get(name), found.both.candidate.services.get(name)
    return found.drift.within * _lesser_ms(base, candidate)


def _hop_drift_ms(found: Found, hop: HopOwner) -> float:
    base, candidate = found.both.base.hops.get(hop), found.both.candidate.hops.get(hop)
    return found.drift.between * _lesser_ms(base, candidate)


def _services(found: Found) -> list[ServiceDelta]:
    """Services with their parts of the hops."""
    own, hops = _own_changes(found), _hop_changes(found)
    names = sorted({*own, *(end for hop in hops for end in (hop.caller, hop.callee))})
    return [_service(found, name, own.get(name, NO_CHANGE), hops, len(names)) for name in names]


def _service(
    found: Found, name: str, own: Change, hops: Mapping[HopOwner, Change], tries: int
) -> ServiceDelta:
    parts = {hop: _part_of(name, hop, found.callers_part.get(hop, UNDECIDED)) for hop in hops}
    hops_ms = fsum(part * hops[hop].delta_ms for hop, part in parts.items())
    whole = Change(
        delta_ms=own.delta_ms + hops_ms,
        half_width_ms=own.half_width_ms
        + fsum(part * hops[hop].half_width_ms for hop, part in parts.items()),
    )
    drift_ms = _service_drift_ms(found, name) + fsum(
        part * _hop_drift_ms(found, hop) for hop, part in parts.items()
    )
    rows = (found.both.base.services.get(name), found.both.candidate.services.get(name))
    return service_row(
        ServiceOwner(service=name, inferred=any(row is not None and row.inferred for row in rows)),
        _judged(whole, found.doubt(tries, drift_ms)),
        found.both,
        own_ms=own.delta_ms,
        hops_ms=hops_ms,
    )


def _part_of(service: str, hop: HopOwner, callers_part: float) -> float:
    """A service's part of a hop; one that calls itself has both ends."""
    part = callers_part if hop.caller == service else 0.0
    return part + (1 - callers_part if hop.callee == service else 0.0)


def _hops(found: Found) -> list[HopDelta]:
    changes = _hop_changes(found)
    return [
        hop_row(
            hop,
            _judged(change, found.doubt(len(changes), _hop_drift_ms(found, hop))),
            found.both,
            caller_part=found.callers_part.get(hop, UNDECIDED),
        )
        for hop, change in changes.items()
    ]


def _operations(found: Found) -> list[OperationDelta]:
    base, candidate = found.both.base.operations, found.both.candidate.operations
    owners: tuple[OperationOwner, ...] = in_either(base, candidate)
    rows = []
    for owner in owners:
        before, after = base.get(owner), candidate.get(owner)
        is_gap = HopOwner(caller=owner.service, callee=owner.callee) in found.callers_part
        drift = found.drift.between if is_gap else found.drift.within
        judged = _judged(
            Change.of(contribution(before), contribution(after)),
            found.doubt(len(owners), drift * _lesser_ms(before, after)),
        )
        rows.append(operation_row(owner, judged, found.both, calls_ms=None))
    return rows


def _endpoints(found: Found, base: Report, candidate: Report) -> tuple[EndpointDelta, ...]:
    """Endpoints that both reports have, ranked by what they add to the mean request of the run."""
    after = {(row.service, row.endpoint): row for row in candidate.endpoints}
    both = [
        (row, after[key]) for row in base.endpoints if (key := (row.service, row.endpoint)) in after
    ]
    rows = []
    for was, now in both:
        asked = AskedFor.of(was, base), AskedFor.of(now, candidate)
        judged = _judged(
            Change(
                delta_ms=now.latency.mean_ms - was.latency.mean_ms,
                half_width_ms=_most_half_width(was) + _most_half_width(now),
            ),
            Doubt(
                tries=len(both),
                drift_ms=_endpoint_drift_ms(found.drift, was, now),
                least_ms=LEAST_SHARE * max(was.latency.mean_ms, now.latency.mean_ms),
                freedom=min(asked[0].recorded, asked[1].recorded) - 1,
            ),
        )
        rows.append(endpoint_row(was.endpoint, was.service, judged, asked, ()))
    return ranked_endpoints(rows, requests=(base.load.requests, candidate.load.requests))


def _most_half_width(row: EndpointRow) -> float:
    """Half of an interval of the mean that is long enough, from those of its parts."""
    return fsum(_half_width(part.contribution) for part in (*row.services, *row.hops))


def _endpoint_drift_ms(drift: Drift, was: EndpointRow, now: EndpointRow) -> float:
    """What the machine alone makes of an endpoint, from the run where it took less."""
    lesser = min(was, now, key=lambda row: row.latency.mean_ms)
    return drift.within * fsum(r.contribution.mean_ms for r in lesser.services) + (
        drift.between * fsum(r.contribution.mean_ms for r in lesser.hops)
    )
