"""What users ask for: which endpoints got slower, and what in them."""

from collections.abc import Mapping
from fractions import Fraction

import numpy as np

from analyzer.comparison.exact import change_of_mean
from analyzer.comparison.found import Found, drift_by_stratum
from analyzer.comparison.pair import BASE, CANDIDATE, Pair, requests_by_endpoint
from analyzer.comparison.parts import share_out
from analyzer.comparison.resampling import BLOCKS
from analyzer.comparison.rows import Judged, endpoint_row, ranked_endpoints, rounded
from analyzer.comparison.splitting import UNDECIDED
from analyzer.comparison.verdict import LEAST_SHARE, Doubt, Estimate
from analyzer.model.spans import Float64Array
from analyzer.ranking.statistics import NS_PER_MS
from analyzer.report.compare import EndpointDelta, EndpointPart

MOST_PARTS = 5
"""Services and hops that are named for an endpoint."""


def endpoint_rows(found: Found) -> tuple[EndpointDelta, ...]:
    """Endpoints of both runs, ranked by what they add to the mean request."""
    strata, both = found.strata, found.both
    drift_ns = drift_by_stratum(found)
    parts = _parts(found)
    exact = _exact_changes(found.pair)
    rows = []
    for place, number in enumerate(strata.endpoints.tolist()):
        endpoint = found.pair.found.endpoints[number]
        base, candidate = both.base.endpoints[endpoint], both.candidate.endpoints[endpoint]
        stratum = int(strata.of_endpoint[place])
        doubt = Doubt(
            tries=strata.endpoints.size,
            drift_ms=float(drift_ns[stratum]) / NS_PER_MS,
            least_ms=LEAST_SHARE * max(base.latency.mean_ms, candidate.latency.mean_ms),
            freedom=min(base.recorded, candidate.recorded, BLOCKS) - 1,
        )
        judged = Judged(
            estimate=Estimate.from_resampled(found.robust.endpoint[:, place]),
            exact_ms=rounded(float(exact[number]) / NS_PER_MS),
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
    return ranked_endpoints(rows, requests=(both.base.requests, both.candidate.requests))


def _exact_changes(pair: Pair) -> tuple[Fraction, ...]:
    """By endpoint, the change of the mean of its requests, in ns."""
    requests = pair.found.requests
    sums = np.zeros((2, len(pair.found.endpoints)), np.int64)
    np.add.at(sums, (pair.side, requests.endpoint), requests.duration_ns * pair.times)
    counts = requests_by_endpoint(pair)
    return tuple(
        change_of_mean(*before, *after)
        for before, after in zip(
            zip(sums[BASE].tolist(), counts[BASE].tolist(), strict=True),
            zip(sums[CANDIDATE].tolist(), counts[CANDIDATE].tolist(), strict=True),
            strict=True,
        )
    )


def _parts(found: Found) -> Mapping[int, tuple[EndpointPart, ...]]:
    """By stratum: services with their part of the hops, and hops, the largest change first."""
    pair, robust = found.pair, found.robust
    split = len(pair.owners.services)
    per_call = _by_stratum_and_owner(found, robust.of_group.per_call)
    calls = _by_stratum_and_owner(found, robust.of_group.calls)
    gaps, more, part = per_call[:, split:], calls[:, split:], found.parts.callers_part
    from_hops = share_out(
        pair, gaps * part + more * UNDECIDED, gaps * (1 - part) + more * (1 - UNDECIDED)
    )
    services = per_call[:, :split] + calls[:, :split] + from_hops
    changes = np.concatenate([services, gaps + more], axis=1) / NS_PER_MS
    return {stratum: _largest(pair, of) for stratum, of in enumerate(changes)}


def _by_stratum_and_owner(found: Found, of_group: Float64Array) -> Float64Array:
    """float64[s, services + hops], changes of awaited calls per request of each stratum."""
    groups, owners = found.robust.groups, found.pair.owners
    awaited = np.flatnonzero(groups.awaited[groups.row])
    owner = found.pair.owner_of_operation[groups.operation[groups.row[awaited]]]
    summed = np.zeros((found.strata.weight.size, len(owners.services) + len(owners.hops)))
    np.add.at(summed, (groups.stratum[awaited], owner), of_group[awaited])
    return summed


def _largest(pair: Pair, changes_ms: Float64Array) -> tuple[EndpointPart, ...]:
    """The largest of float64[services + hops]; owners are in the order of names."""
    owners, split = pair.owners, len(pair.owners.services)
    parts = []
    for number in np.argsort(-np.abs(changes_ms), kind="stable")[:MOST_PARTS].tolist():
        delta_ms = rounded(float(changes_ms[number]))
        if not delta_ms:
            continue
        if number < split:
            name = owners.services[number].service
            parts.append(EndpointPart(kind="service", service=name, delta_mean_ms=delta_ms))
        else:
            hop = owners.hops[number - split]
            parts.append(
                EndpointPart(
                    kind="hop", caller=hop.caller, callee=hop.callee, delta_mean_ms=delta_ms
                )
            )
    return tuple(parts)
