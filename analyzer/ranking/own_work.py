"""When services were busy with work of their own: neither idle nor waiting for somebody's answer.

```
span       |------------------|        counts
call           |-----|                 does not: it waits for another service
child                    |--|          counts by itself, once
own work   |---|     |--------|
```
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analyzer.model.spans import BoolArray, Float64Array, Int32Array, Int64Array, Kind
from analyzer.model.traces import Batch, Nested, Tree

LARGEST_NS = 1 << 62
"""Sums of times must stay below: half of what int64 holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnWork:
    """When pieces of own work began and ended; e of them in any order.

    Attributes:
        service: int32[e], whose it is.
        time_ns: int64[e], by the service's own clock.
        change: int8[e], 1 where one more piece is worked on from then on, -1 where one less is.
    """

    service: Int32Array
    time_ns: Int64Array
    change: NDArray[np.int8]

    @classmethod
    def merge(cls, parts: Sequence["OwnWork"]) -> "OwnWork":
        """The work of all parts; at least one."""
        return cls(
            service=np.concatenate([p.service for p in parts]),
            time_ns=np.concatenate([p.time_ns for p in parts]),
            change=np.concatenate([p.change for p in parts]),
        )

    def of_services(self, services: Int32Array) -> "OwnWork":
        """That of some services alone."""
        rows = np.flatnonzero(np.isin(self.service, services))
        return OwnWork(
            service=self.service[rows], time_ns=self.time_ns[rows], change=self.change[rows]
        )

    def busy(self, service: int) -> "Busy | None":
        """How busy a service was; None if it never was."""
        rows = np.flatnonzero(self.service == service)
        if not rows.size:
            return None
        order = rows[np.argsort(self.time_ns[rows], kind="stable")]
        time = self.time_ns[order]
        # what began and ended at one moment took no time: only the number after it counts
        last = np.append(time[1:] != time[:-1], True)
        number = np.cumsum(self.change[order], dtype=np.int64)[last]
        time = time[last]
        steps = np.diff(time)
        work = np.concatenate([[0.0], np.cumsum(number[:-1] * steps, dtype=np.float64)])
        any_ns = np.concatenate([[0.0], np.cumsum(np.where(number[:-1] > 0, steps, 0))])
        return Busy(time_ns=time, work_ns=work, any_ns=any_ns.astype(np.float64))


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """One service's own work as it adds up.

    Attributes:
        time_ns: int64[t], ascending.
        work_ns: float64[t], time of all pieces together until then.
        any_ns: float64[t], time until then with at least one piece.
    """

    time_ns: Int64Array
    work_ns: Float64Array
    any_ns: Float64Array

    def work_at(self, time_ns: Int64Array) -> Float64Array:
        """float64[k], work done by these moments."""
        return self._at(time_ns, self.work_ns)

    def any_at(self, time_ns: Int64Array) -> Float64Array:
        """float64[k], time with any work by these moments."""
        return self._at(time_ns, self.any_ns)

    def _at(self, time_ns: Int64Array, total: Float64Array) -> Float64Array:
        origin = int(self.time_ns[0])
        at: Float64Array = np.interp(time_ns - origin, self.time_ns - origin, total)
        return at


def own_work(batch: Batch, tree: Tree, nested: Nested) -> OwnWork:
    """The own work of a batch of whole traces.

    Args:
        batch: the spans.
        tree: who is whose child.
        nested: where spans lie in their parents.
    """
    inside = np.zeros(len(batch), np.bool_)
    inside[tree.order] = True
    calls = _calls(batch, tree) & inside
    works = np.flatnonzero(inside & ~calls)
    children = np.flatnonzero(inside & nested.waited & (tree.parent >= 0))
    children = children[~calls[tree.parent[children]]]
    parent, begin, end = _covered(
        tree.parent[children],
        nested.low_ns[tree.parent[children]],
        nested.low_ns[children],
        nested.high_ns[children],
    )
    # metrics go by the clock of the service's host, from which repair may have moved its spans
    moved = nested.shift_ns
    times = [nested.low_ns[works] - moved[works], nested.high_ns[works] - moved[works],
             begin - moved[parent], end - moved[parent]]  # fmt: skip
    service = batch.service
    return OwnWork(
        service=np.concatenate([service[works], service[works], service[parent], service[parent]]),
        time_ns=np.concatenate(times),
        change=np.repeat(
            np.array([1, -1, -1, 1], np.int8),
            [works.size, works.size, parent.size, parent.size],
        ),
    )


def _calls(batch: Batch, tree: Tree) -> BoolArray:
    """bool[m], spans that only wait for somebody: those that send, or do nothing but ask elsewhere.

    A span that says no kind is a call if all it has is one child in another process.
    """
    plain = (batch.kind == Kind.INTERNAL) | (batch.kind == Kind.UNSPECIFIED)
    asks = np.zeros(len(batch), np.bool_)
    asks[tree.parent[np.flatnonzero(tree.remote & (tree.parent >= 0))]] = True
    asks &= plain & ~tree.remote & (tree.parent >= 0) & (tree.child_count == 1)
    calls: BoolArray = asks | (batch.kind == Kind.CLIENT) | (batch.kind == Kind.PRODUCER)
    return calls


def _covered(
    parent: Int32Array, within_ns: Int64Array, low_ns: Int64Array, high_ns: Int64Array
) -> tuple[Int32Array, Int64Array, Int64Array]:
    """What children cover of each parent, as intervals that do not overlap.

    ```
    children   |----|            |---|
                  |-----|
    covered    |--------|        |---|
    ```

    Args:
        parent: int32[c], of each child.
        within_ns: int64[c], where that parent begins.
        low_ns: int64[c], where the child begins.
        high_ns: int64[c], where it ends.

    Returns:
        int32[k] the parents, int64[k] begins, int64[k] ends.
    """
    if not parent.size:
        return parent, low_ns, high_ns
    order = np.lexsort((low_ns, parent))
    parent, low, high = parent[order], low_ns[order], high_ns[order]
    origin = within_ns[order]
    first = np.append(True, parent[1:] != parent[:-1])
    group = np.cumsum(first) - 1
    width = min(int((high - origin).max()) + 1, LARGEST_NS // (int(group[-1]) + 1))
    # each parent's times lie behind those of the one before, so one running maximum does for all
    reached = np.maximum.accumulate(np.minimum(high - origin, width) + group * width)
    gap = first | np.append(True, (low - origin + group * width)[1:] > reached[:-1])
    begins = np.flatnonzero(gap)
    ends = np.append(begins[1:], parent.size) - 1
    return parent[begins], low[begins], reached[ends] - group[ends] * width + origin[ends]
