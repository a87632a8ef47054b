"""Whose fault a slower hop is: the gap between two services, split between its ends.

A client's span less the server's span is a gap that belongs to both ends. Network delay on a callee
shows in the gaps of all its callers and nowhere else; a busy caller raises all its outgoing gaps at
once. So the other hops at either end tell:

```
caller c -> s   +40      alpha = what all of c's outgoing gaps changed by, at least half of them
         c -> t   +1      beta  = what all of s's incoming gaps changed by, at least half of them
caller d -> s   +38      c -> s: alpha 1, beta 38: the caller's part is 1/39
```
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from analyzer.ranking.owners import HopOwner

UNDECIDED = 0.5
"""The caller's part where neither end has another hop to compare with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GapChange:
    """By how many ms a call's gap became longer on one hop."""

    hop: HopOwner
    change_ms: float


def callers_parts(gaps: Sequence[GapChange]) -> Mapping[HopOwner, float]:
    """By hop: the part of its change that is its caller's, from 0 to 1; the rest is the callee's.

    alpha/(alpha + beta) where both ends have two hops or more, alpha/g with the caller's alone,
    1 - beta/g with the callee's alone, else one half.
    """
    outgoing: dict[str, list[float]] = {}
    incoming: dict[str, list[float]] = {}
    for gap in gaps:
        outgoing.setdefault(gap.hop.caller, []).append(gap.change_ms)
        incoming.setdefault(gap.hop.callee, []).append(gap.change_ms)
    return {
        gap.hop: _callers_part(
            gap.change_ms,
            _in_common(outgoing[gap.hop.caller], gap.change_ms),
            _in_common(incoming[gap.hop.callee], gap.change_ms),
        )
        for gap in gaps
    }


def lower_median(values: Iterable[float]) -> float:
    """The middle value, of two middle ones the smaller: at least half are no smaller."""
    ordered = sorted(values)
    return ordered[(len(ordered) - 1) // 2]


def _in_common(changes: Sequence[float], change_ms: float) -> float | None:
    """How far the changes of several hops go in the direction of one of them; None of a single hop.

    Directions are treated alike: what makes a hop faster is split like what makes it slower.
    """
    if len(changes) < 2:
        return None
    sign = 1.0 if change_ms >= 0 else -1.0
    return max(lower_median(sign * change for change in changes), 0.0)


def _callers_part(change_ms: float, alpha: float | None, beta: float | None) -> float:
    size = abs(change_ms)
    if size == 0.0:
        return UNDECIDED
    if alpha is not None and beta is not None:
        return alpha / (alpha + beta) if alpha + beta > 0 else UNDECIDED
    if alpha is not None:
        return min(alpha / size, 1.0)
    if beta is not None:
        return 1.0 - min(beta / size, 1.0)
    return UNDECIDED
