"""What services use of their machines over time: processor, memory, disk, network."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from analyzer.model.columns import Float64Array, Int64Array

CPU: Final = "cpu"
CPU_DELAY: Final = "cpu_delay"
MEMORY: Final = "memory"
DISK_READ: Final = "disk_read"
DISK_WRITE: Final = "disk_write"
NETWORK_IN: Final = "network_in"
NETWORK_OUT: Final = "network_out"
THREADS: Final = "threads"

UNITS: Final = {
    CPU: "%", CPU_DELAY: "%", MEMORY: "MB", DISK_READ: "MB/s", DISK_WRITE: "MB/s",
    NETWORK_IN: "MB/s", NETWORK_OUT: "MB/s", THREADS: "threads",
}  # fmt: skip
"""What each resource is counted in: the processor in percent of one core, a MB is 10^6 bytes.

The processor's delay is the time that threads were ready to run and none was free for them.
"""

PRESENT: Final = 0.5
"""The part of an interval of time that must be measured for its rate to be known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceSeries:
    """A resource of a service, or of one of its processes, over time.

    Attributes:
        service: whose it is.
        name: what it is, a key of `UNITS`.
        unit: what it is counted in.
        times_ns: int64[n], ascending, ns since the epoch.
        values: float64[n], at these times; of what is counted per time the mean since `since_ns`.
        since_ns: int64[n], where each value's interval begins, never before the last one's end;
            None for what is so at one moment.
        instance: what tells the process from the service's others; '' where nothing does, and for
            all of them together.
        instances: how many processes it is the sum of.
        one_core: whether each of them can compute on one core at a time only.
    """

    service: str
    name: str
    unit: str
    times_ns: Int64Array
    values: Float64Array
    since_ns: Int64Array | None = None
    instance: str = ""
    instances: int = 1
    one_core: bool = False

    def __len__(self) -> int:
        """How many points."""
        return int(self.times_ns.size)

    def between(self, begin_ns: int, end_ns: int) -> "ResourceSeries":
        """The points that lie, with all of their interval, in a part of the time."""
        since = self.times_ns if self.since_ns is None else self.since_ns
        inside = np.flatnonzero((since >= begin_ns) & (self.times_ns <= end_ns))
        return replace(
            self,
            times_ns=self.times_ns[inside],
            values=self.values[inside],
            since_ns=None if self.since_ns is None else self.since_ns[inside],
        )

    @property
    def mean(self) -> float:
        """The mean over the time that was measured; at least one point is needed."""
        if self.since_ns is None:
            return float(self.values.mean())
        return float(np.average(self.values, weights=self.times_ns - self.since_ns))

    @property
    def most(self) -> float:
        """The highest value; at least one point is needed."""
        return float(self.values.max())


def summed(parts: Sequence[ResourceSeries], *, instances: int = 1) -> ResourceSeries:
    """What several series of the same resource are together.

    Series that were measured at the same times are added up. Else rates are made those of equal
    intervals, as long as the usual one, and levels are taken to change evenly between two points.

    ```
    one    |----|----|----|----|               a process that is not there yet, or no more,
    other        |----|----|----|----|         uses nothing
    ```

    Args:
        parts: at least one.
        instances: how many processes they belong to.
    """
    first = parts[0]
    alike = all(
        np.array_equal(first.times_ns, p.times_ns)
        and (first.since_ns is None) == (p.since_ns is None)
        and (
            first.since_ns is None
            or p.since_ns is None
            or np.array_equal(first.since_ns, p.since_ns)
        )
        for p in parts
    )
    together = replace(
        first,
        instances=instances,
        instance="" if instances > 1 else first.instance,
        one_core=all(p.one_core for p in parts),
    )
    if alike:
        return replace(together, values=np.sum([p.values for p in parts], axis=0))
    if first.since_ns is None:
        times, values = _sum_of_levels(parts)
        return replace(together, times_ns=times, values=values)
    since, times, values = _sum_of_rates(parts)
    return replace(together, times_ns=times, since_ns=since, values=values)


def service_totals(series: Sequence[ResourceSeries]) -> tuple[ResourceSeries, ...]:
    """Each resource of each service, all its processes together; by service and name."""
    of: dict[tuple[str, str], list[ResourceSeries]] = {}
    for each in sorted(series, key=lambda s: (s.service, s.name, s.instance)):
        if len(each):
            of.setdefault((each.service, each.name), []).append(each)
    return tuple(summed(parts, instances=sum(p.instances for p in parts)) for parts in of.values())


def _sum_of_levels(parts: Sequence[ResourceSeries]) -> tuple[Int64Array, Float64Array]:
    times = np.unique(np.concatenate([p.times_ns for p in parts]))
    values = np.zeros(times.size)
    for part in parts:
        near = _usual_step(part.times_ns)
        at = np.interp(times - times[0], part.times_ns - times[0], part.values)
        there = (times >= part.times_ns[0] - near) & (times <= part.times_ns[-1] + near)
        values += np.where(there, at, 0.0)
    return times, values


def _usual_step(times_ns: Int64Array) -> int:
    return int(np.median(np.diff(times_ns))) if times_ns.size > 1 else 0


def _sum_of_rates(
    parts: Sequence[ResourceSeries],
) -> tuple[Int64Array, Int64Array, Float64Array]:
    known = [(p.since_ns, p.times_ns, p.values) for p in parts if p.since_ns is not None]
    lengths = np.concatenate([times - since for since, times, _ in known])
    begin = min(int(since[0]) for since, _, _ in known)
    end = max(int(times[-1]) for _, times, _ in known)
    step = max(int(np.median(lengths)), 1)
    edges = begin + step * np.arange((end - begin + step - 1) // step + 1, dtype=np.int64)
    values = np.zeros(edges.size - 1)
    covered = np.zeros(edges.size - 1, np.bool_)
    for since, times, rates in known:
        measured = rise_between(since, times, (times - since).astype(np.float64), edges)
        amount = rise_between(since, times, rates * (times - since), edges)
        there = measured >= PRESENT * step
        values += np.where(there, amount / np.maximum(measured, 1.0), 0.0)
        covered |= there
    return edges[:-1][covered], edges[1:][covered], values[covered]


def rise_between(
    since_ns: Int64Array, times_ns: Int64Array, amounts: Float64Array, edges_ns: Int64Array
) -> Float64Array:
    """float64[e - 1], how much of some amounts lies between each two moments.

    Args:
        since_ns: int64[n], where each amount's interval begins; intervals do not overlap.
        times_ns: int64[n], where it ends, ascending.
        amounts: float64[n], spread evenly over their intervals.
        edges_ns: int64[e], ascending.
    """
    moments = np.column_stack([since_ns, times_ns]).ravel()
    total = np.concatenate([[0.0], np.cumsum(amounts)])
    levels = np.column_stack([total[:-1], total[1:]]).ravel()
    origin = int(moments[0])
    at = np.interp(edges_ns - origin, moments - origin, levels)
    rise: Float64Array = np.diff(at)
    return rise
