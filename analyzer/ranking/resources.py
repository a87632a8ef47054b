"""What services used while there was load, and what that says of their own time.

A service's own time is spent computing or waiting. Measured in the same seconds, the processor says
which: seconds of it for each second of own work. Where it is known how long threads were ready to
run and had to wait for a processor, that is time they would have computed.

```
own work     ==== ==== ====        processor   ==== ==== ====     about 1: it computes
             ==== ==== ====                    =    =    =        near 0: it waits
             ==== ==== ====
             ==== ==== ====        processor   ==============     one core full: it computes, and
             ==== ==== ====                                       its requests wait for each other,
                                                                  where it can use only that one
```
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from analyzer.model.resources import (
    CPU,
    CPU_DELAY,
    DISK_READ,
    DISK_WRITE,
    MEMORY,
    NETWORK_IN,
    NETWORK_OUT,
    THREADS,
    ResourceSeries,
    rise_between,
)
from analyzer.model.spans import Float64Array, Int64Array
from analyzer.ranking.own_work import Busy
from analyzer.report.resources import Resources

LEAST_POINTS = 5
"""Intervals with a figure for the processor: with fewer one odd second would decide."""

LEAST_WORK = 0.1
"""Own work under way in the mean: with less, threads in the background decide what is measured."""

COMPUTES = 0.7
"""Seconds of processor for each of own work from which on it computes. What a process does besides
its spans (parsing, exports) adds to them; what others take of the machine is missing."""

WAITS = 0.2
"""... and up to which it waits: a fifth is what handling a request costs anyway."""

COMPUTES_WHILE_BUSY = 0.8
"""Seconds of processor for each second with any own work from which on a core is as good as full.
That is all for a process whose interpreter has one lock, however many requests it works on."""

WAITS_WHILE_BUSY = 0.4
"""... and up to which there was processor enough: it was idle most of the time that it had work."""

UNKNOWN_DELAY = 0.25
"""The same where nobody measured how long threads waited for a processor that others had."""

WANTED_WHILE_WAITING = 0.5
"""Seconds of processor had or waited for, for each of own work, up to which it still waits for
something else: threads in the background wait for a processor too."""

HAD = 0.4
"""Where threads had to wait for a processor, that counts if they had so much for each second of own
work: those in the background wait too, and more often than they compute."""

HAD_WHILE_BUSY = 0.25
"""... of a core that would be full, so much for each second with any own work."""

OFTEN = 0.5
"""The part of the time that has own work in it where a core is full."""

MUCH_DISK_MB_S = 20.0
"""MB read and written in a second with own work, from which on a disk may be what is waited for:
a fifth of what a slow one gives in a row."""

MUCH_NETWORK_MB_S = 50.0
"""MB sent and received: half of a gigabit a second."""

Bound = Literal["cpu", "waiting", "io"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """How a service spent the time of its own work.

    Attributes:
        bound: what it is limited by; None where that is not clear.
        cpu_percent: processor used meanwhile, in percent of one core.
        per_work: seconds of processor for each second of own work.
    """

    bound: Bound | None
    cpu_percent: float
    per_work: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seconds:
    """Seconds, interval by interval: float64[n] each.

    Attributes:
        cpu: of processor.
        delay: that threads were ready to run and had to wait for one; None where it is not known.
        work: of own work.
        some: with any own work, times the processes there are.
        elapsed: that passed, times the processes there are.
        one_core: whether a process can use one core only.
    """

    cpu: Float64Array
    delay: Float64Array | None
    work: Float64Array
    some: Float64Array
    elapsed: Float64Array
    one_core: bool

    def verdict(self, part: slice) -> Literal["cpu", "waiting"] | None:
        """What these intervals say."""
        work, some = float(self.work[part].sum()), float(self.some[part].sum())
        if work <= 0 or some <= 0:
            return None
        had = float(self.cpu[part].sum())
        wanted = had + (0.0 if self.delay is None else float(self.delay[part].sum()))
        if wanted >= COMPUTES * work and had >= HAD * work:
            return "cpu"
        full = wanted >= COMPUTES_WHILE_BUSY * some and had >= HAD_WHILE_BUSY * some
        full &= some >= OFTEN * float(self.elapsed[part].sum())
        if self.one_core and full:
            return "cpu"
        idle = WAITS_WHILE_BUSY if self.delay is not None else UNKNOWN_DELAY
        waits = had <= WAITS * work and wanted <= WANTED_WHILE_WAITING * work
        return "waiting" if waits and had <= idle * some else None


def used(series: Sequence[ResourceSeries]) -> tuple[Resources, ...]:
    """What each service used, by its name; nothing of what was not measured.

    Args:
        series: of whole services, as `service_totals` gives them, in the time that counts.
    """
    of: dict[str, dict[str, ResourceSeries]] = {}
    for each in series:
        if len(each):
            of.setdefault(each.service, {})[each.name] = each
    return tuple(_row(service, of[service]) for service in sorted(of))


def _row(service: str, of: dict[str, ResourceSeries]) -> Resources:
    def mean(name: str, digits: int) -> float | None:
        return round(of[name].mean, digits) if name in of else None

    def most(name: str, digits: int) -> float | None:
        return round(of[name].most, digits) if name in of else None

    return Resources(
        service=service,
        instances=max(each.instances for each in of.values()),
        cpu_percent=mean(CPU, 2),
        cpu_max_percent=most(CPU, 2),
        cpu_delay_percent=mean(CPU_DELAY, 2),
        memory_mb=mean(MEMORY, 3),
        memory_max_mb=most(MEMORY, 3),
        disk_read_mb_s=mean(DISK_READ, 6),
        disk_write_mb_s=mean(DISK_WRITE, 6),
        network_in_mb_s=mean(NETWORK_IN, 6),
        network_out_mb_s=mean(NETWORK_OUT, 6),
        threads_max=most(THREADS, 0),
    )


def spent(busy: Busy, mine: Sequence[ResourceSeries]) -> Spent | None:
    """How a service spent its own time; None where too little of it was measured.

    A verdict must hold for all of the time and for both halves of it.

    Args:
        busy: its own work.
        mine: what it used while there was load.
    """
    of = {each.name: each for each in mine}
    cpu = of.get(CPU)
    if cpu is None or cpu.since_ns is None or len(cpu) < LEAST_POINTS:
        return None
    seconds = _Seconds(
        cpu=cpu.values / 100.0 * (cpu.times_ns - cpu.since_ns) / 1e9,
        delay=_delay_s(of.get(CPU_DELAY), cpu),
        work=_rises(busy.work_at, cpu.since_ns, cpu.times_ns),
        some=_rises(busy.any_at, cpu.since_ns, cpu.times_ns) * cpu.instances,
        elapsed=(cpu.times_ns - cpu.since_ns) / 1e9 * cpu.instances,
        one_core=cpu.one_core,
    )
    work_s = float(seconds.work.sum())
    if work_s < LEAST_WORK * float((cpu.times_ns - cpu.since_ns).sum()) / 1e9:
        return None
    half = len(cpu) // 2
    parts = (slice(None), slice(None, half), slice(half, None))
    verdicts = {seconds.verdict(part) for part in parts}
    bound: Bound | None = verdicts.pop() if len(verdicts) == 1 else None
    if bound == "waiting" and _moves_much(of, cpu, seconds.some):
        bound = "io"
    return Spent(bound=bound, cpu_percent=cpu.mean, per_work=float(seconds.cpu.sum()) / work_s)


def _delay_s(delay: ResourceSeries | None, cpu: ResourceSeries) -> Float64Array | None:
    """float64[n], seconds that threads waited for a processor in each of its intervals."""
    if delay is None or delay.since_ns is None or cpu.since_ns is None or not len(delay):
        return None
    amounts = delay.values / 100.0 * (delay.times_ns - delay.since_ns) / 1e9
    edges = np.column_stack([cpu.since_ns, cpu.times_ns]).ravel()
    within: Float64Array = rise_between(delay.since_ns, delay.times_ns, amounts, edges)[::2]
    return within


def _rises(
    at: Callable[[Int64Array], Float64Array], since: Int64Array, times: Int64Array
) -> Float64Array:
    rises: Float64Array = (at(times) - at(since)) / 1e9
    return rises


def _moves_much(of: dict[str, ResourceSeries], cpu: ResourceSeries, any_s: Float64Array) -> bool:
    """Whether so many bytes go to and from disk or network that those may be what is waited for."""
    edges = np.array([int(cpu.times_ns[0]), int(cpu.times_ns[-1])], np.int64)
    busy_s = max(float(any_s.sum()), 1e-9)

    def moved_mb(*names: str) -> float:
        total = 0.0
        for series in (of[name] for name in names if name in of):
            if series.since_ns is not None:
                seconds = (series.times_ns - series.since_ns) / 1e9
                amounts = series.values * seconds
                total += float(rise_between(series.since_ns, series.times_ns, amounts, edges).sum())
        return total

    return (
        moved_mb(DISK_READ, DISK_WRITE) >= MUCH_DISK_MB_S * busy_s
        or moved_mb(NETWORK_IN, NETWORK_OUT) >= MUCH_NETWORK_MB_S * busy_s
    )
