"""From changes of operations to those of hops and of services with their part of the hops."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analyzer.comparison.pair import Pair
from analyzer.comparison.robust import Robust
from analyzer.comparison.splitting import UNDECIDED, GapChange, callers_parts
from analyzer.model.spans import Float64Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Changes in ns per request of s services and h hops.

    The first resampling is the runs as they were.

    Attributes:
        own: float64[1 + b, s], of each service's own operations.
        from_hops: float64[1 + b, s], each service's part of its hops.
        hops: float64[1 + b, h].
        drift_ns: float64[s + h], the standard deviation from run to run of services with their part
            of the hops, and of hops.
        callers_part: float64[h], how much of a longer gap is the caller's.
    """

    own: Float64Array
    from_hops: Float64Array
    hops: Float64Array
    drift_ns: Float64Array
    callers_part: Float64Array

    @property
    def services(self) -> Float64Array:
        """float64[1 + b, s], services with their part of the hops: what they are ranked by."""
        return self.own + self.from_hops


def parts_of(pair: Pair, robust: Robust, drift_ns: Float64Array) -> Parts:
    """Sum the rows by owner and split the hops.

    What comes from longer gaps goes to caller and callee as their other hops tell; what comes from
    more calls half to either. The split is that of the runs as they were, in all resamplings.
    """
    awaited = np.flatnonzero(robust.groups.awaited)
    owner = pair.owner_of_operation[robust.groups.operation[awaited]]
    services, hops = len(pair.owners.services), len(pair.owners.hops)
    per_call = by_owner(robust.per_call[:, awaited], owner, services + hops)
    calls = by_owner(robust.calls[:, awaited], owner, services + hops)
    usual = by_owner(robust.usual_calls[None, awaited], owner, services + hops)[0]
    drift = by_owner(drift_ns[None, awaited], owner, services + hops)
    split = callers_parts(_gap_changes(pair, per_call[0, services:], usual[services:]))
    part = np.array([split.get(hop, UNDECIDED) for hop in pair.owners.hops], np.float64)
    gaps, more = per_call[:, services:], calls[:, services:]
    callers, callees = gaps * part + more * UNDECIDED, gaps * (1 - part) + more * (1 - UNDECIDED)
    at_hops = drift[:, services:]
    drift[:, :services] += share_out(pair, at_hops * part, at_hops * (1 - part))
    return Parts(
        own=per_call[:, :services] + calls[:, :services],
        from_hops=share_out(pair, callers, callees),
        hops=gaps + more,
        drift_ns=drift[0],
        callers_part=part,
    )


def by_owner(of: Float64Array, owner: np.ndarray, owners: int) -> Float64Array:
    """float64[b, owners], the columns of `of` summed by owner."""
    summed = np.zeros((of.shape[0], owners))
    for column, at in enumerate(owner.tolist()):
        summed[:, at] += of[:, column]
    return summed


def share_out(pair: Pair, callers: Float64Array, callees: Float64Array) -> Float64Array:
    """float64[b, s], the callers' and the callees' parts of all hops, by service."""
    number = service_numbers(pair)
    found = np.zeros((callers.shape[0], len(number)))
    for column, hop in enumerate(pair.owners.hops):
        found[:, number[hop.caller]] += callers[:, column]
        found[:, number[hop.callee]] += callees[:, column]
    return found


def service_numbers(pair: Pair) -> Mapping[str, int]:
    """The number of each service among the owners."""
    return {owner.service: number for number, owner in enumerate(pair.owners.services)}


def _gap_changes(pair: Pair, per_call: Float64Array, usual: Float64Array) -> list[GapChange]:
    """By how much a call's gap became longer on each hop that both runs use."""
    return [
        GapChange(hop=hop, change_ms=float(change / calls) / 1e6)
        for hop, change, calls in zip(pair.owners.hops, per_call, usual, strict=True)
        if calls > 0
    ]
