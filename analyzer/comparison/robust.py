"""The robust change: medians per call times calls, row by row and resampling by resampling."""

from dataclasses import dataclass

import numpy as np

from analyzer.comparison.medians import Groups, medians
from analyzer.comparison.pair import BASE, CANDIDATE, LEAST_REQUESTS, Pair, Strata
from analyzer.comparison.resampling import Resampling, resample
from analyzer.model.spans import BoolArray, Float64Array, Int32Array, Int64Array

MOST_AT_ONCE = 4_000_000
"""Medians that are kept at once: 32 MB for each of the few tables that hold them."""


LEAST_CALLS = LEAST_REQUESTS
"""Calls on both sides from which on their medians tell how the machine was doing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PerCall:
    """What one run's calls were like, by resampling and group, or of any such shape.

    Attributes:
        calls: calls per request.
        median_ns: the median own time of a call; it says nothing where there are no calls.
    """

    calls: Float64Array
    median_ns: Float64Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What changed per request, in ns, in two parts that add up.

    Attributes:
        per_call: because calls take longer.
        calls: because there are more of them.
    """

    per_call: Float64Array
    calls: Float64Array


def change(base: PerCall, candidate: PerCall) -> Change:
    """Calls times median in the candidate less the same in the base, in two parts.

    ```
    calls * median = 2 * 10 -> 3 * 14:    per call 2.5 * 4 = 10,    calls 1 * 12 = 12
    ```

    Neither run comes first: both parts use the mean of the other factor, so that comparing the
    other way round gives the same with the other sign. A run without such calls has no median; then
    all that changed are the calls.
    """
    before = np.where(base.calls > 0, base.median_ns, candidate.median_ns)
    after = np.where(candidate.calls > 0, candidate.median_ns, base.median_ns)
    return Change(
        per_call=(base.calls + candidate.calls) / 2 * (after - before),
        calls=(before + after) / 2 * (candidate.calls - base.calls),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CallGroups:
    """Calls by operation, by whether the request waited for them, and by stratum; g groups.

    The groups of one row (an operation, awaited or not) stand side by side.

    Attributes:
        stratum: int32[g].
        begin: int64[k], where each row's groups begin.
        operation: int32[k], the operation of each row.
        awaited: bool[k], whether the requests waited for it.
        sides: the calls' own times in both runs.
    """

    stratum: Int32Array
    begin: Int64Array
    operation: Int32Array
    awaited: BoolArray
    sides: tuple[Groups, Groups]

    @property
    def row(self) -> Int64Array:
        """int64[g], the row of each group."""
        sizes = np.diff(np.append(self.begin, self.stratum.size))
        return np.repeat(np.arange(self.begin.size), sizes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Robust:
    """Robust changes in ns per request; the first resampling is the runs as they were.

    Attributes:
        groups: what the calls were sorted into.
        per_call: float64[1 + b, k], by row: because calls take longer.
        calls: float64[1 + b, k], by row: because there are more of them.
        more_calls: float64[1 + b, k], by row: how many more per request.
        usual_calls: float64[k], by row: calls per request, the mean of both runs.
        of_group: float64[g], by group: the change of a request of its own stratum.
        endpoint: float64[1 + b, e], by compared endpoint: the change of the median response time.
        lesser_ns: float64[g], by group: calls times median of a request of its own stratum, in the
            run where that is less.
        relative: float64[g], by group: by how much of itself its median changed; not a number where
            there are too few calls to tell.
    """

    groups: CallGroups
    per_call: Float64Array
    calls: Float64Array
    more_calls: Float64Array
    usual_calls: Float64Array
    of_group: Change
    lesser_ns: Float64Array
    endpoint: Float64Array
    relative: Float64Array

    @property
    def whole(self) -> Float64Array:
        """float64[1 + b, k], both parts together."""
        return self.per_call + self.calls


def robust_changes(pair: Pair, strata: Strata) -> Robust:
    """Compare the calls of both runs."""
    rows = [np.flatnonzero(strata.compared & (pair.side == s)) for s in (BASE, CANDIDATE)]
    drawn = [resample(pair.found.requests, rows[s]) for s in (BASE, CANDIDATE)]
    block = np.zeros(len(pair.found.requests), np.int32)
    for side in (BASE, CANDIDATE):
        block[rows[side]] = drawn[side].block
    groups = group_calls(pair, strata, block)
    asked = [_requests_drawn(pair, strata, rows[s], drawn[s]) for s in (BASE, CANDIDATE)]
    whole = drawn[BASE].weight.shape[0]
    step = max(1, MOST_AT_ONCE // max(groups.stratum.size, 1))
    parts = [
        _fold(groups, strata, drawn, asked, slice(first, min(first + step, whole)))
        for first in range(0, whole, step)
    ]
    first = parts[0]
    return Robust(
        groups=groups,
        per_call=np.concatenate([p.per_call for p in parts]),
        calls=np.concatenate([p.calls for p in parts]),
        more_calls=np.concatenate([p.more_calls for p in parts]),
        usual_calls=first.usual_calls,
        of_group=first.of_group,
        lesser_ns=first.lesser_ns,
        endpoint=_endpoint_medians(pair, strata, block, drawn),
        relative=_relative_changes(groups, drawn),
    )


def group_calls(pair: Pair, strata: Strata, block: Int32Array) -> CallGroups:
    """Sort the compared requests' calls into groups; `block` is int32[r]."""
    calls = pair.calls
    kept = np.flatnonzero(strata.compared[calls.request])
    request = calls.request[kept]
    operation = pair.owners.operation_of[calls.entity[kept]]
    strata_count = strata.weight.size
    row_key = operation * 2 + ~calls.awaited[kept]
    keys, group = np.unique(
        row_key * strata_count + strata.of_request[request], return_inverse=True
    )
    rows, begin = np.unique(keys // max(strata_count, 1), return_index=True)
    side = pair.side[request]

    def of(which: int) -> Groups:
        mine = side == which
        return Groups.of(
            group[mine],
            calls.own_ns[kept][mine],
            block[request[mine]],
            int(keys.size),
            pair.times[request[mine]],
        )

    return CallGroups(
        stratum=(keys % max(strata_count, 1)).astype(np.int32),
        begin=begin.astype(np.int64),
        operation=(rows // 2).astype(np.int32),
        awaited=rows % 2 == 0,
        sides=(of(BASE), of(CANDIDATE)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Folded:
    per_call: Float64Array
    calls: Float64Array
    more_calls: Float64Array
    usual_calls: Float64Array
    of_group: Change
    lesser_ns: Float64Array


def _fold(
    groups: CallGroups,
    strata: Strata,
    drawn: list[Resampling],
    asked: list[Float64Array],
    which: slice,
) -> _Folded:
    """Some resamplings, from groups to rows; each stratum counts by its weight."""
    base, candidate = (
        _per_call(groups, side, drawn[side], asked[side], which) for side in (BASE, CANDIDATE)
    )
    found = change(base, candidate)
    weight = strata.weight[groups.stratum]

    def by_row(of: Float64Array) -> Float64Array:
        if not groups.begin.size:
            return np.zeros((of.shape[0], 0))
        summed: Float64Array = np.add.reduceat(of * weight, groups.begin, axis=1)
        return summed

    return _Folded(
        per_call=by_row(found.per_call),
        calls=by_row(found.calls),
        more_calls=by_row(candidate.calls - base.calls),
        usual_calls=by_row((base.calls[:1] + candidate.calls[:1]) / 2)[0],
        of_group=Change(per_call=found.per_call[0], calls=found.calls[0]),
        lesser_ns=np.minimum(
            base.calls[0] * base.median_ns[0], candidate.calls[0] * candidate.median_ns[0]
        ),
    )


def _per_call(
    groups: CallGroups, side: int, drawn: Resampling, asked: Float64Array, which: slice
) -> PerCall:
    found = medians(groups.sides[side], drawn.weight[which])
    return PerCall(
        calls=found.values / np.maximum(asked[which][:, groups.stratum], 1.0),
        median_ns=found.median,
    )


def _requests_drawn(
    pair: Pair, strata: Strata, rows: Int64Array, drawn: Resampling
) -> Float64Array:
    """float64[1 + b, s], how many requests of each stratum each resampling takes."""
    held = np.zeros((drawn.weight.shape[1], strata.weight.size))
    np.add.at(held, (drawn.block, strata.of_request[rows]), pair.times[rows].astype(np.float64))
    asked: Float64Array = drawn.weight.astype(np.float64) @ held
    return asked


def _relative_changes(groups: CallGroups, drawn: list[Resampling]) -> Float64Array:
    """float64[g], see `Robust.relative`."""
    base, candidate = (
        medians(groups.sides[side], drawn[side].weight[:1]) for side in (BASE, CANDIDATE)
    )
    before, after = base.median[0], candidate.median[0]
    recorded = np.minimum(*(side.recorded for side in groups.sides))
    tells = (recorded >= LEAST_CALLS) & (before + after > 0)
    relative: Float64Array = np.full(before.size, np.nan)
    np.divide(after - before, (before + after) / 2, out=relative, where=tells)
    return relative


def _endpoint_medians(
    pair: Pair, strata: Strata, block: Int32Array, drawn: list[Resampling]
) -> Float64Array:
    """float64[1 + b, e], the change of the median response time of each compared endpoint."""
    duration = pair.found.requests.duration_ns
    place = np.searchsorted(strata.endpoints, pair.found.requests.endpoint)
    found = []
    for side in (BASE, CANDIDATE):
        rows = np.flatnonzero(strata.compared & (pair.side == side))
        groups = Groups.of(
            place[rows].astype(np.int64),
            duration[rows],
            block[rows],
            strata.endpoints.size,
            pair.times[rows],
        )
        found.append(medians(groups, drawn[side].weight))
    met = (found[BASE].values > 0) & (found[CANDIDATE].values > 0)
    changed = found[CANDIDATE].median - found[BASE].median
    as_it_was = np.broadcast_to(changed[:1], changed.shape)
    return np.where(met, changed, as_it_was)
