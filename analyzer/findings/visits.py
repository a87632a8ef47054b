"""How long requests stay in services, how long they wait to get in, and who is there with them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np

from analyzer.findings.calls import Calls
from analyzer.findings.tally import Tally, Traces
from analyzer.model.spans import Float64Array, Int32Array, Int64Array, Kind, Status, UInt64Array
from analyzer.model.traces import Batch, Nested, Tree

UNKNOWN_NS = -1
"""A hop whose length nobody measured: the call has no span of its own, or several answers."""

GIVEN_UP_NS = 20_000_000
"""An answerer that goes on for less after its caller gave up may just have been late to notice."""

GIVEN_UP_PART = 5
"""... or less than a fifth of the time that the caller waited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """n visits: spans that a request enters a service by.

    Attributes:
        service: int32[n].
        instance: int32[n], -1 where nothing tells processes apart.
        operation: int32[n].
        caller: int32[n], the calling service, -1 for none.
        start_ns: int64[n], by the service's own clock.
        end_ns: int64[n].
        before_ns: int64[n], from when the caller asked to `start_ns`; 0 where nobody knows.
        hop_ns: int64[n], what the caller waited longer than the visit took, or `UNKNOWN_NS`.
        bare_ns: int64[n], how much of the visit no child covers.
        trace_hi: uint64[n].
        trace_lo: uint64[n].
    """

    service: Int32Array
    instance: Int32Array
    operation: Int32Array
    caller: Int32Array
    start_ns: Int64Array
    end_ns: Int64Array
    before_ns: Int64Array
    hop_ns: Int64Array
    bare_ns: Int64Array
    trace_hi: UInt64Array
    trace_lo: UInt64Array

    def __len__(self) -> int:
        """How many visits."""
        return int(self.service.size)

    def take(self, rows: Int64Array) -> "Visits":
        """These visits, in that order."""
        return Visits(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    @classmethod
    def concat(cls, parts: Sequence["Visits"]) -> "Visits":
        """The visits of all parts; nothing that is made of them may depend on their order."""
        return Visits(
            **{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls)}
        )

    def by(self, *names: str) -> Iterator[tuple[tuple[int, ...], "Visits"]]:
        """The visits that agree in these columns, in the order of the columns' values."""
        keys = [getattr(self, name) for name in names]
        if not len(self):
            return
        order = np.lexsort(keys[::-1])
        changes = np.zeros(order.size, np.bool_)
        changes[0] = True
        for key in keys:
            changes[1:] |= np.diff(key[order]) != 0
        begins = np.flatnonzero(changes)
        for begin, end in zip(begins, [*begins[1:], order.size], strict=True):
            yield tuple(int(key[order[begin]]) for key in keys), self.take(order[begin:end])


def visits_of(
    batch: Batch,
    tree: Tree,
    nested: Nested,
    calls: Calls,
    bare_ns: Int64Array,
    traces: Traces,
) -> tuple[Visits, Tally]:
    """The visits of a batch, and the calls whose callers gave up while the answerer went on."""
    entering = np.zeros(len(batch), np.bool_)
    entering[tree.order] = True
    sends = (batch.kind == Kind.CLIENT) | (batch.kind == Kind.PRODUCER)
    entering &= np.where(tree.parent >= 0, tree.remote, ~sends)  # a root that sends makes load
    rows = np.flatnonzero(entering)
    up = tree.parent[rows]
    called = (up >= 0) & (calls.is_call | sends)[up]
    took = batch.end_ns[rows] - batch.start_ns[rows]
    asked = batch.end_ns[up] - batch.start_ns[up]
    alone = called & (tree.child_count[up] == 1)
    before = np.where(called & nested.waited[rows], nested.low_ns[rows] - nested.low_ns[up], 0)
    visits = Visits(
        service=batch.service[rows],
        instance=batch.instance[rows],
        operation=batch.operation[rows],
        caller=np.where(up >= 0, batch.service[up], np.int32(-1)).astype(np.int32),
        start_ns=batch.start_ns[rows],
        end_ns=batch.end_ns[rows],
        before_ns=np.maximum(before, 0),
        hop_ns=np.where(alone & nested.waited[rows], np.maximum(asked - took, 0), UNKNOWN_NS),
        bare_ns=bare_ns[rows],
        trace_hi=traces.hi[rows],
        trace_lo=traces.lo[rows],
    )
    return visits, _timeouts(batch, tree, calls, rows[called], traces)


def _timeouts(batch: Batch, tree: Tree, calls: Calls, rows: Int64Array, traces: Traces) -> Tally:
    """Failed calls, and those that took less time than their answer.

    ```
    call     |--------|  failed
    answer     |----------------|      longer than the call: no clock explains that
    ```
    """
    up = tree.parent[rows]
    rows = rows[calls.is_call[up] & (batch.status[up] == Status.ERROR)]
    up = tree.parent[rows]
    asked = batch.end_ns[up] - batch.start_ns[up]
    over = batch.end_ns[rows] - batch.start_ns[rows] - asked
    given_up = (over >= GIVEN_UP_NS) & (over * GIVEN_UP_PART >= asked)
    return Tally.of(
        (batch.service[up], batch.operation[up], batch.service[rows]),
        (
            np.ones(rows.size, np.int64),
            given_up.astype(np.int64),
            np.where(given_up, asked, 0),
            np.where(given_up, over, 0),
        ),
        weight=np.where(given_up, over, -1),
        traces=traces.take(rows),
    )


def inside_at(arrive_ns: Int64Array, leave_ns: Int64Array, at_ns: Int64Array) -> Int64Array:
    """How many intervals each instant lies in that began before it and had not ended.

    Args:
        arrive_ns: int64[n], where the intervals begin.
        leave_ns: int64[n], where they end.
        at_ns: int64[k].
    """
    began = np.searchsorted(np.sort(arrive_ns), at_ns, side="left")
    ended = np.searchsorted(np.sort(leave_ns), at_ns, side="right")
    # an interval without length that lies there began no earlier but has ended
    inside: Int64Array = np.maximum(began - ended, 0)
    return inside


def mean_beside(start_ns: Int64Array, end_ns: Int64Array) -> Float64Array:
    """How many other intervals are under way with each interval, in the mean over its length.

    Long intervals meet no more others at once than short ones do, so that the mean does not grow
    with the length by itself, as a count of all others that are met would.

    Args:
        start_ns: int64[n].
        end_ns: int64[n].

    Returns:
        float64[n]; 0 for intervals without length.
    """
    n = start_ns.size
    edges = np.concatenate([start_ns, end_ns])
    order = np.argsort(edges, kind="stable")
    count = np.cumsum(np.where(order < n, 1, -1))  # from each edge on
    passed = np.zeros(2 * n, np.int64)  # the time that all have spent by each edge
    passed[order[1:]] = np.cumsum(count[:-1] * np.diff(edges[order]))
    inside = passed[n:] - passed[:n]
    length = end_ns - start_ns
    beside: Float64Array = np.where(length > 0, inside / np.maximum(length, 1) - 1, 0.0)
    return beside
