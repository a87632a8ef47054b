"""How much each service's and hop's contribution grows with load, and how sure that is."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from analyzer.attribution.contributions import Contributions
from analyzer.model.spans import BoolArray, Float64Array, Int64Array
from analyzer.ranking.owners import HopOwner, Owners
from analyzer.ranking.rank import rounded
from analyzer.ranking.scaling_load import LoadGroups
from analyzer.ranking.statistics import NS_PER_MS, student_t, student_t_975
from analyzer.report.model import ScalingRow

MOST_PARTS = 40
"""Services and hops whose growth is worked out, the largest contributions first."""

BLOCKS = 20
"""Blocks of time for the jackknife. Requests close in time are alike (they wait in one queue), so
whole blocks are left out, not single requests."""

FEWEST_IN_GROUP = 5
"""Requests of an endpoint that must have begun at low and at high load for it to be compared."""

CHANCE = 0.05
"""How likely a run whose parts do not grow at all may have one reported (Bonferroni)."""

LEAST_GROWTH = 1.2
LEAST_PART_OF_REQUEST = 0.01
"""Growth below these, as a factor and as a part of a request's time at low load, is a trifle."""

RESOLUTION_NS = 1_000.0
"""Added to both means before they are compared, so that nothing grows from 0 to infinity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """Growth of p parts.

    Attributes:
        part: int64[p], owner numbers.
        low_ns: float64[p], mean contribution at low load.
        high_ns: float64[p], at high load.
        log_factor: float64[p], logarithm of the growth factor.
        log_error: float64[p], its standard error.
        request_ns: mean duration of the requests at low load.
    """

    part: Int64Array
    low_ns: Float64Array
    high_ns: Float64Array
    log_factor: Float64Array
    log_error: Float64Array
    request_ns: float


def growth_of(
    c: Contributions, owners: Owners, load: LoadGroups, times: Int64Array | None = None
) -> Growth | None:
    """Compare contributions at low and at high load; None where no endpoint was used at both.

    Each endpoint is compared with itself and weighs the same at both loads: a mix of endpoints that
    changes with load is no growth.

    Args:
        c: the requests' contributions, sorted.
        owners: who owns the entities.
        load: which of the requests began at low and at high load.
        times: int64[r], how often each request counts, not at all where others stand for it; once
            if left out.
    """
    often = np.ones(len(c.requests), np.int64) if times is None else times
    endpoint = c.requests.endpoint.astype(np.int64)
    counting = often > 0
    compared = _compared(endpoint, load.low & counting, load.high & counting, len(c.endpoints))
    chosen = (load.low | load.high) & compared[endpoint] & counting
    if not chosen.any():
        return None
    owner = owners.of[c.cells.entity]
    own_ns = c.cells.own_ns * often[c.cells.request]
    totals = np.bincount(owner, weights=own_ns)
    part = np.sort(np.argsort(-totals, kind="stable")[:MOST_PARTS])
    part = part[totals[part] > 0]
    block = _blocks(c, chosen)
    endpoints = np.flatnonzero(compared)
    e = np.searchsorted(endpoints, endpoint)
    bin_of = (e * 2 + load.high) * BLOCKS + block
    bins = endpoints.size * 2 * BLOCKS
    shape = (endpoints.size, 2, BLOCKS)
    count = np.bincount(bin_of[chosen], often[chosen], bins).astype(np.float64).reshape(shape)
    duration = np.bincount(
        bin_of[chosen], weights=(c.requests.duration_ns * often)[chosen], minlength=bins
    ).reshape(1, *shape)
    bin_of_cell = np.where(chosen, bin_of, -1)[c.cells.request]
    sums = _sums(own_ns, owner, part, bin_of_cell, bins).reshape(part.size, *shape)
    weight = count.sum(axis=(1, 2)) / count.sum()
    low, high = _means(sums.sum(axis=3), count.sum(axis=2), weight)
    left_out = np.stack(
        [_log_factor(*_means(*_without(sums, count, b), weight)) for b in range(BLOCKS)]
    )
    spread = ((left_out - left_out.mean(axis=0)) ** 2).sum(axis=0)
    return Growth(
        part=part,
        low_ns=low,
        high_ns=high,
        log_factor=_log_factor(low, high),
        log_error=np.sqrt(spread * (BLOCKS - 1) / BLOCKS),
        request_ns=float(_means(duration.sum(axis=3), count.sum(axis=2), weight)[0][0]),
    )


def growth_rows(growth: Growth, owners: Owners) -> tuple[ScalingRow, ...]:
    """The parts that grow, by how many milliseconds; then all others, likewise."""
    sure = student_t(NormalDist().inv_cdf(1 - CHANCE / growth.part.size), BLOCKS - 1)
    half = student_t_975(BLOCKS - 1) * growth.log_error
    factor = np.exp(growth.log_factor)
    more_ns = growth.high_ns - growth.low_ns
    grows = (
        (growth.log_factor > sure * growth.log_error)
        & (factor >= LEAST_GROWTH)
        & (more_ns >= LEAST_PART_OF_REQUEST * growth.request_ns)
    )
    low, high = np.exp(growth.log_factor - half), np.exp(growth.log_factor + half)
    order = np.lexsort((growth.part, -more_ns, ~grows))
    return tuple(
        _row(
            owners,
            int(growth.part[i]),
            float(growth.low_ns[i]),
            float(growth.high_ns[i]),
            factor=float(factor[i]),
            interval=(float(low[i]), float(min(high[i], LARGEST_FACTOR))),
            grows=bool(grows[i]),
        )
        for i in order.tolist()
    )


LARGEST_FACTOR = 1e6
"""What an interval ends at where its end is not known at all."""


def _compared(endpoint: Int64Array, low: BoolArray, high: BoolArray, endpoints: int) -> BoolArray:
    """bool[e], endpoints with enough requests in both groups."""
    at_low = np.bincount(endpoint[low], minlength=endpoints)
    at_high = np.bincount(endpoint[high], minlength=endpoints)
    compared: BoolArray = (at_low >= FEWEST_IN_GROUP) & (at_high >= FEWEST_IN_GROUP)
    return compared


def _blocks(c: Contributions, chosen: BoolArray) -> Int64Array:
    """int64[r], the block of each chosen request: as many in each, in order of time."""
    block = np.zeros(len(c.requests), np.int64)
    rows = np.flatnonzero(chosen)
    by_time = rows[np.lexsort((rows, c.requests.start_ns[rows]))]
    block[by_time] = np.arange(by_time.size) * BLOCKS // by_time.size
    return block


def _sums(
    own_ns: Int64Array, owner: Int64Array, part: Int64Array, bin_of: Int64Array, bins: int
) -> Float64Array:
    """float64[p, bins], the time that parts take the requests of each bin.

    Args:
        own_ns: int64[q], the time of each cell, as often as its request counts.
        owner: int64[q], whose it is.
        part: int64[p], the owners asked for.
        bin_of: int64[q], the bin of its request; -1 is none.
        bins: how many there are.
    """
    place = np.full(int(owner.max(initial=0)) + 1, -1, np.int64)
    place[part] = np.arange(part.size)
    p = place[owner]
    inside = (bin_of >= 0) & (p >= 0)
    whose = p[inside] * bins + bin_of[inside]
    return np.bincount(whose, weights=own_ns[inside], minlength=part.size * bins).astype(np.float64)


def _without(
    sums: Float64Array, count: Float64Array, block: int
) -> tuple[Float64Array, Float64Array]:
    """Sums and counts without a block, except where an endpoint would have nothing left."""
    left = count.sum(axis=2) - count[:, :, block]
    alone = left == 0
    return (
        sums.sum(axis=3) - np.where(alone, 0.0, sums[:, :, :, block]),
        np.where(alone, count.sum(axis=2), left),
    )


def _means(
    sums: Float64Array, count: Float64Array, weight: Float64Array
) -> tuple[Float64Array, Float64Array]:
    """Mean contribution at low and at high load: float64[p] each, endpoints weighed alike."""
    mean = np.einsum("peg,e->gp", sums / count, weight)
    return mean[0], mean[1]


def _log_factor(low: Float64Array, high: Float64Array) -> Float64Array:
    factor: Float64Array = np.log((high + RESOLUTION_NS) / (low + RESOLUTION_NS))
    return factor


def _row(
    owners: Owners,
    part: int,
    low_ns: float,
    high_ns: float,
    *,
    factor: float,
    interval: tuple[float, float],
    grows: bool,
) -> ScalingRow:
    owner = owners.owner(part)
    hop = isinstance(owner, HopOwner)
    return ScalingRow(
        kind="hop" if hop else "service",
        service=None if isinstance(owner, HopOwner) else owner.service,
        caller=owner.caller if isinstance(owner, HopOwner) else None,
        callee=owner.callee if isinstance(owner, HopOwner) else None,
        at_low_load_ms=rounded(low_ns / NS_PER_MS),
        at_high_load_ms=rounded(high_ns / NS_PER_MS),
        growth=round(factor, 3),
        growth_ci95=(round(interval[0], 3), round(interval[1], 3)),
        grows=grows,
    )
