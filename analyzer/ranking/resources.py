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

LEAST_WORK_S = 0.5
"""Own work that must have been seen in them; the processor's own figures are whole hundredths."""

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
        per_work: seconds of processor, had or waited for, for each second of own work.
        while_busy: the same for each process and second with any own work.
    """

    bound: Bound | None
    cpu_percent: float
    per_work: float
    while_busy: float


def used(series: Sequence[ResourceSeries], begin_ns: int, end_ns: int) -> tuple[Resources, ...]:
    """What each service used while there was load, by name; nothing of what was not measured then.

    Args:
        series: of whole services, as `by_service` gives them.
        begin_ns: when the load began.
        end_ns: when it ended.
    """
    of: dict[str, dict[str, ResourceSeries]] = {}
    for each in series:
        during = each.between(begin_ns, end_ns)
        if len(during):
            of.setdefault(each.service, {})[each.name] = during
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
    work_s = _rises(busy.work_at, cpu.since_ns, cpu.times_ns)
    any_s = _rises(busy.any_at, cpu.since_ns, cpu.times_ns) * cpu.instances
    cpu_s = cpu.values / 100.0 * (cpu.times_ns - cpu.since_ns) / 1e9
    cpu_s = cpu_s + _delay_s(of.get(CPU_DELAY), cpu)
    if float(work_s.sum()) < LEAST_WORK_S:
        return None
    half = len(cpu) // 2
    parts = (slice(None), slice(None, half), slice(half, None))
    verdicts = {_verdict(cpu_s[p], work_s[p], any_s[p], one_core=cpu.one_core) for p in parts}
    bound: Bound | None = verdicts.pop() if len(verdicts) == 1 else None
    if bound == "waiting" and _moves_much(of, cpu, any_s):
        bound = "io"
    return Spent(
        bound=bound,
        cpu_percent=cpu.mean,
        per_work=float(cpu_s.sum() / work_s.sum()),
        while_busy=float(cpu_s.sum() / any_s.sum()),
    )


def _delay_s(delay: ResourceSeries | None, cpu: ResourceSeries) -> Float64Array:
    """float64[n], seconds that threads waited for a processor in each of its intervals."""
    if delay is None or delay.since_ns is None or cpu.since_ns is None:
        return np.zeros(len(cpu))
    amounts = delay.values / 100.0 * (delay.times_ns - delay.since_ns) / 1e9
    edges = np.column_stack([cpu.since_ns, cpu.times_ns]).ravel()
    within: Float64Array = rise_between(delay.since_ns, delay.times_ns, amounts, edges)[::2]
    return within


def _rises(
    at: Callable[[Int64Array], Float64Array], since: Int64Array, times: Int64Array
) -> Float64Array:
    rises: Float64Array = (at(times) - at(since)) / 1e9
    return rises


def _verdict(
    cpu_s: Float64Array,
    work_s: Float64Array,
    any_s: Float64Array,
    *,
    one_core: bool,
) -> Literal["cpu", "waiting"] | None:
    work, some = float(work_s.sum()), float(any_s.sum())
    if work <= 0 or some <= 0:
        return None
    per_work, while_busy = float(cpu_s.sum()) / work, float(cpu_s.sum()) / some
    if per_work >= COMPUTES or (one_core and while_busy >= COMPUTES_WHILE_BUSY):
        return "cpu"
    return "waiting" if per_work <= WAITS and while_busy <= WAITS_WHILE_BUSY else None


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
