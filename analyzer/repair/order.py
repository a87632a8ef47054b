"""Order learned from the whole run: who waits for whom, where one trace cannot tell (rule 9).

```
one trace   a |-----|                another   a |-----------|        the same code: b does not
            b         |------|                 b      |------|        wait for a, here or there
```

Evidence is about pairs of call sites under one parent operation. A call site is what a child calls,
which of the calls of its kind it is, by start, and of how many.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analyzer.model.spans import BoolArray, Float64Array, Int64Array, UInt64Array
from analyzer.model.traces import Batch, Nested, Tree

LEAST_SEEN = 20
"""So often two call sites must have been met together before anything is learned of them."""

LEAST_BESIDE = 2
"""So often they must have run side by side: once may be a clock that was set."""

LEAST_OUTLIVED_SHARE = 0.05
"""So often a call must have outlived its parent to be one that nobody waits for.

A call that is given up after a timeout outlives its parent too, in those few traces.
"""

WAITING_SLOPE = 0.85
"""From this slope on, a longer call delays what comes after it: it is 1 for who waits, and about a
half at most where two independent times are only looked at when they happen to be in order."""

RELEASED = 3
"""So many times oftener; with clocks of 1 ms it is 2 by rounding alone."""

RARELY = 0.02
"""The share of starts within 1/100 of the parent around an end that is rare: where starts spread
over less than the whole parent it is more by chance."""

LEAST_ORDERED = 8
"""From so many examples on a slope is worth computing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEvidence:
    """What some traces tell about the order of call sites; k keys. Merging is exact.

    Attributes:
        key: uint64[k], ascending: a pair of call sites in the order of their starts, or a single
            one, under a parent's operation.
        parent: uint64[k], the parent's operation; of a pair also what else is done in it.
        count: int64[k, columns], see `analyzer.repair.order_kernel`.
    """

    key: UInt64Array
    parent: UInt64Array
    count: Int64Array

    @classmethod
    def merge(cls, parts: Sequence["OrderEvidence"]) -> "OrderEvidence":
        """The evidence of all parts' traces."""
        from analyzer.repair.order_kernel import COLUMNS

        keys = np.concatenate([np.empty(0, np.uint64)] + [part.key for part in parts])
        parents = np.concatenate([np.empty(0, np.uint64)] + [part.parent for part in parts])
        counts = np.concatenate([np.empty((0, COLUMNS), np.int64)] + [part.count for part in parts])
        key, first, place = np.unique(keys, return_index=True, return_inverse=True)
        count = np.zeros((key.size, COLUMNS), np.int64)
        np.add.at(count, place.reshape(-1), counts)
        return cls(key=key, parent=parents[first], count=count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is known of the order of call sites; keys as in `OrderEvidence`, ascending.

    Attributes:
        independent: uint64[], pairs whose second does not wait for the first to end.
        releasing: uint64[], of these, pairs whose second often begins just as the first ends.
        overtaking: uint64[], pairs whose second does not even wait for the first to start.
        asynchronous: uint64[], call sites that are never waited for.
        parents: uint64[], what holds any of these, as `OrderEvidence.parent` says it.
    """

    independent: UInt64Array
    releasing: UInt64Array
    overtaking: UInt64Array
    asynchronous: UInt64Array
    parents: UInt64Array

    def __bool__(self) -> bool:
        """Whether anything is known."""
        return bool(self.parents.size)


def as_seen() -> Order:
    """Every trace speaks for itself."""
    nothing = np.empty(0, np.uint64)
    return Order(
        independent=nothing,
        releasing=nothing,
        overtaking=nothing,
        asynchronous=nothing,
        parents=nothing,
    )


def observe(batch: Batch, tree: Tree, grain_ns: Int64Array) -> OrderEvidence:
    """What the traces of a batch tell."""
    from analyzer.repair.order_kernel import observe as kernel

    key, parent, count = kernel(batch, tree, grain_ns)
    ascending = np.argsort(key)
    return OrderEvidence(key=key[ascending], parent=parent[ascending], count=count[ascending])


def order_of(evidence: OrderEvidence) -> Order:
    """What follows from the evidence; nothing from a few traces."""
    from analyzer.repair.order_kernel import BESIDE, EARLIER, SEEN, SINGLE

    key, count = evidence.key, evidence.count
    single = (key & SINGLE) == SINGLE
    other = np.minimum(np.searchsorted(key, key ^ np.uint64(1)), max(key.size - 1, 0))
    both_ways = (key[other] == key ^ np.uint64(1)) & ~single
    reverse = np.where(both_ways[:, np.newaxis], count[other], 0)
    seen, beside = count[:, SEEN] + reverse[:, SEEN], count[:, BESIDE] + reverse[:, BESIDE]
    enough = (seen >= LEAST_SEEN) & (beside >= LEAST_BESIDE)
    share = beside >= LEAST_OUTLIVED_SHARE * np.maximum(seen, 1)
    waits, released = _waits(count), _released(count)
    asynchronous = single & enough & share & ~waits & ~released
    apart = ~single & enough
    independent = apart & ~waits
    overtaking = apart & (reverse[:, EARLIER] >= LEAST_BESIDE)
    known = independent | overtaking | asynchronous
    return Order(
        independent=key[independent],
        releasing=key[independent & released],
        overtaking=key[overtaking],
        asynchronous=key[asynchronous],
        parents=np.unique(evidence.parent[known]),
    )


def _released(count: Int64Array) -> BoolArray:
    """Whether the second of a pair begins just after the first ends far oftener than just before.

    Where neither waits for the other the moment of the end is no special one, and both are as
    likely; the difference must be three standard errors of Poisson counts.
    """
    from analyzer.repair.order_kernel import JUST_AFTER, JUST_BEFORE

    after, before = count[:, JUST_AFTER], count[:, JUST_BEFORE]
    clear: BoolArray = after - before > 3 * np.sqrt(after + before)
    return clear & (after > RELEASED * before)


def _waits(count: Int64Array) -> BoolArray:
    """Whether what comes after comes later the longer the first takes, when that had ended.

    Such a pair runs one after the other on some ways through the code and side by side on others.
    The slope of the regression must be clear of what independent times show by two standard errors;
    and starts around the end of the first must be rare, because independent ones come at any time.
    """
    from analyzer.repair.order_kernel import (
        JUST_AFTER,
        JUST_BEFORE,
        ORDERED,
        SEEN,
        XX,
        XY,
        YY,
        X,
        Y,
    )

    n, x, y, xx, xy, yy = (count[:, c].astype(np.float64) for c in (ORDERED, X, Y, XX, XY, YY))
    some = np.maximum(n, 1)
    spread, joint, whole = xx - x * x / some, xy - x * y / some, yy - y * y / some
    defined = (n >= LEAST_ORDERED) & (spread > 0)
    safe = np.where(defined, spread, 1.0)
    slope: Float64Array = joint / safe
    left = np.maximum(whole - slope * joint, 0.0) / np.maximum(n - 2, 1)
    clear: BoolArray = defined & (slope - 2 * np.sqrt(left / safe) >= WAITING_SLOPE)
    around = count[:, JUST_AFTER] + count[:, JUST_BEFORE]
    return clear & (around <= RARELY * count[:, SEEN])


def unwaited(batch: Batch, tree: Tree, order: Order) -> BoolArray:
    """bool[m], children of call sites that are never waited for."""
    found = np.zeros(len(batch), np.bool_)
    if order.asynchronous.size:
        from analyzer.repair.order_kernel import mark_asynchronous

        mark_asynchronous(batch, tree, order.parents, order.asynchronous, found)
    return found


def fill_precedence(batch: Batch, tree: Tree, nested: Nested, order: Order) -> None:
    """Say in `nested` which spans did not wait for siblings that had ended before them."""
    if order.independent.size or order.overtaking.size:
        from analyzer.repair.precedence_kernel import fill_precedence as kernel

        kernel(
            batch, tree, nested, order.parents, order.independent, order.releasing, order.overtaking
        )
