"""Which metric tells which resource: the names that conventions and tools have for the same thing.

Sources: OpenTelemetry's semantic conventions for process, container, JVM, .NET and Go metrics; the
Collector's hostmetrics, docker stats and kubelet stats receivers; the system metrics that
OpenTelemetry's instrumentations of Python and Node.js send, with their former names.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from analyzer.model.resources import (
    CPU,
    CPU_DELAY,
    DISK_READ,
    DISK_WRITE,
    MEMORY,
    NETWORK_IN,
    NETWORK_OUT,
    THREADS,
)


class Measure(Enum):
    """What a metric's numbers are."""

    TOTAL = "total"
    """Counts on; the resource is how fast."""

    LEVEL = "level"
    """So much now."""

    CORES = "cores"
    """Processors in use, now."""

    SHARE = "share"
    """Of all processors there are, the part in use, now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Convention:
    """How one metric is to be understood.

    Attributes:
        names: the resource, or by the value of a point's direction the one or the other; points of
            other directions tell nothing.
        measure: what its numbers are.
        place: of several conventions that tell a service's resource the lowest counts, as they
            tell the same twice.
        only: values of an attribute that points must have, by its name.
        contained: whether it tells of a process only if that is alone in its container.
    """

    names: Mapping[str, str]
    measure: Measure
    place: int
    only: tuple[str, frozenset[str]] | None = None
    contained: bool = False

    def resource(self, attributes: Mapping[str, str]) -> str | None:
        """The resource that a point with these attributes tells about; None for none."""
        if self.only is not None:
            key, values = self.only
            if attributes.get(key, next(iter(values))) not in values:
                return None
        if any(attributes.get(key) == LOOPBACK for key in DEVICES):
            return None
        if _ANY in self.names:
            return self.names[_ANY]
        for key in DIRECTIONS:
            if (value := attributes.get(key)) is not None:
                return self.names.get(value.lower())
        return None


DIRECTIONS: Final = ("disk.io.direction", "network.io.direction", "direction", "operation")
"""Attributes that say which way bytes went, the newest name first."""

DEVICES: Final = ("network.interface.name", "device", "interface")
LOOPBACK: Final = "lo"
"""What goes through it leaves no machine."""

_ANY: Final = ""
_CPU: Final = {_ANY: CPU}
_MEMORY: Final = {_ANY: MEMORY}
_THREADS: Final = {_ANY: THREADS}
_DISK: Final = {"read": DISK_READ, "write": DISK_WRITE}
_NETWORK: Final = {"receive": NETWORK_IN, "transmit": NETWORK_OUT}

_RUNTIME: Final = re.compile(r"process\.runtime\.(?:c?python|pypy|graalpy)\.(.+)")
"""Python's former names have the interpreter's in them."""


def _of(
    names: Mapping[str, str],
    measure: Measure,
    *metrics: str,
    first: int,
    only: tuple[str, frozenset[str]] | None = None,
    contained: bool = False,
) -> dict[str, Convention]:
    """One convention for each metric; the first of them counts most."""
    return {
        metric: Convention(
            names=names, measure=measure, place=first + at, only=only, contained=contained
        )
        for at, metric in enumerate(metrics)
    }


_CONVENTIONS: Final[Mapping[str, Convention]] = {
    **_of(
        _CPU, Measure.TOTAL, "process.cpu.time", "process.runtime.cpu_time", "jvm.cpu.time",
        "dotnet.process.cpu.time", "container.cpu.time", "container.cpu.usage.total",
        "k8s.pod.cpu.time", first=1,
    ),
    **_of(
        _CPU, Measure.CORES, "process.runtime.cpu.utilization", "container.cpu.usage",
        "k8s.pod.cpu.usage", first=20,
    ),
    **_of(
        _CPU, Measure.SHARE, "process.cpu.utilization", "jvm.cpu.recent_utilization",
        "process.runtime.jvm.cpu.utilization", first=30,
    ),
    **_of({_ANY: CPU_DELAY}, Measure.TOTAL, "slowhop.process.cpu.delay", first=1),
    **_of(_MEMORY, Measure.LEVEL, "process.memory.usage", "process.memory.physical_usage", first=1),
    **_of(
        _MEMORY, Measure.LEVEL, "process.runtime.memory", first=5,
        only=("type", frozenset(("rss",))),
    ),
    **_of(
        _MEMORY, Measure.LEVEL, "dotnet.process.memory.working_set", "container.memory.working_set",
        "container.memory.usage", "container.memory.usage.total", "k8s.pod.memory.working_set",
        "k8s.pod.memory.usage", "jvm.memory.used", "process.runtime.jvm.memory.usage",
        "go.memory.used", "v8js.memory.heap.used", first=10,
    ),
    **_of(_DISK, Measure.TOTAL, "process.disk.io", "container.disk.io",
          "container.blockio.io_service_bytes_recursive", first=1),
    **_of(_NETWORK, Measure.TOTAL, "process.network.io", "container.network.io",
          "k8s.pod.network.io", first=1),
    **_of({_ANY: NETWORK_IN}, Measure.TOTAL, "container.network.io.usage.rx_bytes", first=10),
    **_of({_ANY: NETWORK_OUT}, Measure.TOTAL, "container.network.io.usage.tx_bytes", first=10),
    **_of(_NETWORK, Measure.TOTAL, "system.network.io", first=20, contained=True),
    **_of(
        _THREADS, Measure.LEVEL, "process.thread.count", "process.threads",
        "process.runtime.thread_count", "jvm.thread.count", "dotnet.thread_pool.thread.count",
        first=1,
    ),
}  # fmt: skip

PROCESSORS: Final = frozenset(("jvm.cpu.count", "dotnet.process.cpu.count", "process.cpu.count",
                               "system.cpu.logical.count"))  # fmt: skip
"""Metrics that say how many processors a share is a share of."""

SCALES: Final[Mapping[str, float]] = {
    "": 1.0, "1": 1.0, "By": 1.0, "by": 1.0, "bytes": 1.0, "B": 1.0, "s": 1.0, "seconds": 1.0,
    "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "%": 0.01,
    "kBy": 1e3, "KBy": 1e3, "MBy": 1e6, "GBy": 1e9, "KiBy": 2.0**10, "kiBy": 2.0**10,
    "MiBy": 2.0**20, "GiBy": 2.0**30,
}  # fmt: skip
"""Units as UCUM writes them, and as people do; what is in braces is only a note."""


def convention_of(metric: str) -> Convention | None:
    """How a metric is to be understood; None for one that tells of no resource."""
    if found := _RUNTIME.fullmatch(metric):
        metric = f"process.runtime.{found[1]}"
    return _CONVENTIONS.get(metric)


def scale_of(unit: str) -> float | None:
    """What numbers of a unit are multiplied by for bytes, seconds or 1; None if it is unknown."""
    return SCALES.get(re.sub(r"\{[^}]*\}", "", unit).strip())
