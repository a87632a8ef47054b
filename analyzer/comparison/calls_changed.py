"""Calls added and gone: how often a request makes them, whatever they take."""

from typing import Literal

import numpy as np

from analyzer.comparison.pair import BASE, CANDIDATE, Pair
from analyzer.comparison.resampling import BLOCKS
from analyzer.comparison.robust import LEAST_CALLS, Robust
from analyzer.comparison.rows import Both, rounded
from analyzer.comparison.verdict import LEAST_FREEDOM, critical_value
from analyzer.ranking.owners import OperationOwner
from analyzer.ranking.statistics import NS_PER_MS
from analyzer.report.compare import CallsDelta

LEAST_MORE = 0.1
"""A change of the number of calls by less than a tenth is the traffic's, not the program's."""

Kind = Literal["added", "gone", "more", "fewer"]


def calls_changed(pair: Pair, robust: Robust, both: Both) -> tuple[CallsDelta, ...]:
    """Operations that requests call more often or less than before; those that cost most first."""
    found = []
    rows = np.flatnonzero(robust.groups.awaited).tolist()
    for row in rows:
        owner = pair.owners.operations[int(robust.groups.operation[row])]
        base, candidate = _per_request(both, owner)
        kind = _kind(robust, row, len(rows), both, (base, candidate))
        if kind is None:
            continue
        found.append(
            CallsDelta(
                kind=kind,
                service=owner.service,
                operation=owner.operation,
                callee=owner.callee or None,
                base_per_request=base,
                candidate_per_request=candidate,
                delta_mean_ms=rounded(float(robust.calls[0, row]) / NS_PER_MS),
            )
        )
    found.sort(
        key=lambda c: (-abs(c.delta_mean_ms), c.service, c.operation, c.callee or ""),
    )
    return tuple(found)


def _per_request(both: Both, owner: OperationOwner) -> tuple[float, float]:
    rows = both.base.operations.get(owner), both.candidate.operations.get(owner)
    base, candidate = (0.0 if row is None else row.calls_per_request for row in rows)
    return base, candidate


def _kind(
    robust: Robust, row: int, tries: int, both: Both, per_request: tuple[float, float]
) -> Kind | None:
    """What happened to a row's calls; None where chance or the traffic explains it."""
    recorded = both.base.recorded, both.candidate.recorded
    calls = [round(rate * n) for rate, n in zip(per_request, recorded, strict=True)]
    freedom = min(*recorded, BLOCKS) - 1
    if max(calls) < LEAST_CALLS or freedom < LEAST_FREEDOM:
        return None
    more = robust.more_calls[:, row]
    error = float(more[1:].std(ddof=1))
    certain = abs(float(more[0])) - critical_value(tries, freedom) * error
    if certain <= 0 or certain < LEAST_MORE * float(robust.usual_calls[row]):
        return None
    if not per_request[BASE]:
        return "added"
    if not per_request[CANDIDATE]:
        return "gone"
    return "more" if more[0] > 0 else "fewer"
