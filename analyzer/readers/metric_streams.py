"""From single points to series: counters become rates, and what is told twice counts once."""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from analyzer.model.columns import Float64Array, Int64Array
from analyzer.model.issue import Issue, IssueKind, Issues
from analyzer.model.resources import CPU, CPU_DELAY, THREADS, UNITS, ResourceSeries, summed
from analyzer.readers.metric_conventions import Measure
from analyzer.readers.metric_owners import Owners, Sender

_LAST = (2, 0)
"""Behind every convention's rank."""

BYTES_PER_MB = 1e6

POINTS_A_START = 3
"""A counter that says it began anew at every second point or so says nothing by that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """What tells the points of one counter or level from all others.

    Attributes:
        sender: who sent it.
        resource: what it tells about.
        place: how much it counts beside others that tell the same; the lowest does.
        measure: what its numbers are.
        delta: whether each number is what came since the last one.
        monotonic: whether it only rises.
        attributes: those of its points, sorted.
    """

    sender: Sender
    resource: str
    place: int
    measure: Measure
    delta: bool
    monotonic: bool
    attributes: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Points:
    start_ns: "array[int]" = field(default_factory=lambda: array("q"))
    time_ns: "array[int]" = field(default_factory=lambda: array("q"))
    value: "array[float]" = field(default_factory=lambda: array("d"))

    def take(self, rows: Int64Array) -> "_Points":
        chosen = rows.tolist()
        return _Points(
            array("q", [self.start_ns[row] for row in chosen]),
            array("q", [self.time_ns[row] for row in chosen]),
            array("d", [self.value[row] for row in chosen]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    """Points in order of time, each time once. Shapes: int64[n], int64[n], float64[n]."""

    start_ns: Int64Array
    time_ns: Int64Array
    value: Float64Array

    def take(self, rows: "np.ndarray") -> "_Column":
        return _Column(
            start_ns=self.start_ns[rows], time_ns=self.time_ns[rows], value=self.value[rows]
        )


@dataclass(slots=True)
class Streams:
    """Points as they come.

    Attributes:
        issues: where odd data is counted.
        processors: how many processors a sender has, where it says so.
    """

    issues: Issues
    processors: dict[Sender, float] = field(default_factory=dict)
    _points: dict[Stream, _Points] = field(default_factory=dict)

    def add(self, stream: Stream, start_ns: int, time_ns: int, value: float) -> None:
        """Take in a point; a start of 0 is not known, nor is one that lies after its time."""
        points = self._points.setdefault(stream, _Points())
        points.start_ns.append(start_ns if start_ns < time_ns else 0)
        points.time_ns.append(time_ns)
        points.value.append(value)

    @property
    def newest_ns(self) -> int | None:
        """The time of the newest point; None while there is none."""
        return max((max(points.time_ns) for points in self._points.values()), default=None)

    def forget_before(self, time_ns: int) -> None:
        """Forget points before a moment, and streams that have none since.

        The last one before it stays, for a counter rises from there; a level that is told by its
        changes keeps them all.
        """
        for stream, points in list(self._points.items()):
            times = np.array(points.time_ns, np.int64)
            old = times < time_ns
            if old.all():
                del self._points[stream]
            elif old.any() and not (stream.delta and stream.measure is Measure.LEVEL):
                old[np.flatnonzero(old)[np.argmax(times[old])]] = False
                self._points[stream] = points.take(np.flatnonzero(~old))

    def series(self, owners: Owners) -> tuple[ResourceSeries, ...]:
        """All that came, by service, resource and instance."""
        of: dict[tuple[str, str, str], dict[tuple[int, int], list[ResourceSeries]]] = {}
        strangers: set[Sender] = set()
        shares: set[str] = set()
        for stream in sorted(self._points, key=_order):
            owner = owners.of(stream.sender)
            if owner is None:
                strangers.add(stream.sender)
                continue
            if stream.measure is Measure.SHARE and stream.sender not in self.processors:
                shares.add(owner.service)
                continue
            rank = (0 if stream.sender.watched else 1, stream.place)
            made = self._series_of(stream, owner.service, owner.instance)
            key = (owner.service, stream.resource, owner.instance)
            of.setdefault(key, {}).setdefault(rank, []).extend(made)
        self._count_strangers(strangers)
        best: dict[tuple[str, str], tuple[int, int]] = {}
        for (service, resource, _), by_rank in of.items():
            ranks = [rank for rank, parts in by_rank.items() if parts]
            known = [best[service, resource]] if (service, resource) in best else []
            if ranks:
                best[service, resource] = min(*known, *ranks, _LAST)
        self._count_shares(service for service in sorted(shares) if (service, CPU) not in best)
        return tuple(
            summed(parts)
            for key, by_rank in sorted(of.items())
            if (parts := by_rank.get(best.get(key[:2], _LAST), []))
        )

    def _count_strangers(self, strangers: set[Sender]) -> None:
        if strangers:
            detail = "metrics of processes or containers that are no service of the traces"
            kind = IssueKind.UNOWNED_METRICS
            self.issues.add(Issue(kind=kind, detail=detail), times=len(strangers))

    def _count_shares(self, services: Iterable[str]) -> None:
        for service in services:
            detail = f"{service}: a share of its processors is sent, but not how many there are"
            self.issues.add(Issue(kind=IssueKind.ODD_METRICS, detail=detail))

    def _series_of(self, stream: Stream, service: str, instance: str) -> list[ResourceSeries]:
        """A stream's series: none of one point of a counter, several of one that began anew."""
        column = self._in_order(stream)
        found: list[ResourceSeries] = []
        for part in _lives(stream, column):
            since, times, values = _values(stream, part)
            values = self._counted(stream, values)
            if times.size:
                found.append(
                    ResourceSeries(
                        service=service,
                        instance=instance,
                        name=stream.resource,
                        unit=UNITS[stream.resource],
                        times_ns=times,
                        since_ns=since,
                        values=values,
                        one_core=stream.sender.one_core,
                    )
                )
        return found

    def _in_order(self, stream: Stream) -> _Column:
        points = self._points[stream]
        column = _Column(
            start_ns=np.array(points.start_ns, np.int64),
            time_ns=np.array(points.time_ns, np.int64),
            value=np.array(points.value, np.float64),
        )
        order = np.lexsort((column.value, column.start_ns, column.time_ns))
        column = column.take(order)
        same = column.time_ns[1:] == column.time_ns[:-1]
        if stream.measure is Measure.TOTAL and not stream.delta:
            # several processes that nothing tells apart send at one time, but began at others
            same &= column.start_ns[1:] == column.start_ns[:-1]
        if same.any():
            detail = f"{stream.resource}: points that came more than once"
            issue = Issue(kind=IssueKind.ODD_METRICS, detail=detail)
            self.issues.add(issue, times=int(same.sum()))
        return column.take(np.append(~same, True))

    def _counted(self, stream: Stream, values: Float64Array) -> Float64Array:
        """Seconds, shares and bytes as percent of a core and as MB."""
        if stream.resource == THREADS:
            return values
        if stream.resource not in (CPU, CPU_DELAY):
            return values / BYTES_PER_MB
        if stream.measure is Measure.SHARE:
            return values * 100.0 * self.processors[stream.sender]
        return values * 100.0


def _order(stream: Stream) -> tuple[object, ...]:
    sender = stream.sender
    return (sender.resource, sender.watched, stream.resource, stream.place, stream.measure.value,
            stream.delta, stream.monotonic, stream.attributes)  # fmt: skip


def _lives(stream: Stream, column: _Column) -> Iterator[_Column]:
    """The points of a counter by when it began: a process that starts anew counts from 0."""
    starts = np.unique(column.start_ns)
    counter = stream.measure is Measure.TOTAL and not stream.delta
    if not counter or starts.size == 1 or starts.size * POINTS_A_START > column.time_ns.size:
        yield column
        return
    for start in starts:
        yield column.take(column.start_ns == start)


def _values(stream: Stream, c: _Column) -> tuple[Int64Array | None, Int64Array, Float64Array]:
    """Since, times and values of a series: rates of what is counted, levels of what is not."""
    if stream.measure is not Measure.TOTAL:
        value = np.cumsum(c.value) if stream.delta and stream.measure is Measure.LEVEL else c.value
        if stream.resource == CPU:
            return c.time_ns[:-1], c.time_ns[1:], value[1:]  # what was used since the last point
        return None, c.time_ns, value
    if stream.delta:
        since = np.where(c.start_ns > 0, c.start_ns, np.append(0, c.time_ns[:-1]))
        since[1:] = np.maximum(since[1:], c.time_ns[:-1])
        return _rates(since, c.time_ns, c.value)
    before, now = c.value[:-1], c.value[1:]
    # after a reset it has counted from 0, since some moment after the last point
    since = np.where(now < before, np.maximum(c.start_ns[1:], c.time_ns[:-1]), c.time_ns[:-1])
    return _rates(since, c.time_ns[1:], np.where(now < before, now, now - before))


def _rates(
    since: Int64Array, times: Int64Array, amounts: Float64Array
) -> tuple[Int64Array, Int64Array, Float64Array]:
    known = (since > 0) & (times > since)
    since, times, amounts = since[known], times[known], amounts[known]
    return since, times, amounts / ((times - since) / 1e9)
