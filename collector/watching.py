"""Watches processes of this machine and writes what they use beside what they send.

The file `resources.otlp` has the form of `metrics.otlp` and the same conventions, so that whoever
reads the one can read the other.
"""

import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

import psutil

from collector.listening import listener_of
from collector.process_usage import ProcessTree, Usage
from collector.spool import NotStoredError, Spool
from collector.watch_targets import Target

if TYPE_CHECKING:
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
        ExportMetricsServiceRequest,
    )

FILE: Final = "resources.otlp"
SCOPE: Final = "slowhop.watch"
INTERVAL_S: Final = 1.0
LOOK_AGAIN: Final = 3
"""Every so many times a port is looked up where nobody listens: that asks all processes."""

NOBODY: Final = "nobody listens there yet, or not for this user to see"
GONE: Final = "has ended; it is watched no more"
GONE_FROM_PORT: Final = "has ended; whoever listens there next is watched"


@dataclass(slots=True)
class _Watched:
    target: Target
    tree: ProcessTree | None = None
    look_at: float = 0.0
    said: set[str] = field(default_factory=set)


class Watch:
    """Watches until its `with` block ends, in a thread of its own.

    Args:
        targets: what to watch.
        run_dir: where the file grows.
        tell: told, once each, of processes that end or may not be looked at.
        interval_s: how often to look.

    Raises:
        InputError: the file cannot be written.
    """

    def __init__(
        self,
        targets: Sequence[Target],
        run_dir: Path,
        tell: Callable[[str], None],
        *,
        interval_s: float = INTERVAL_S,
    ) -> None:
        self._watched = [_Watched(target) for target in targets]
        self._tell = tell
        self._interval_s = interval_s
        self._spool = Spool(run_dir / FILE)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Look a last time, and close the file."""
        self._over.set()
        self._thread.join()
        self._spool.close()

    def _run(self) -> None:
        over = False
        due = time.monotonic()
        while not over:
            for watched in self._watched:
                self._look(watched)
            due = max(due + self._interval_s, time.monotonic())
            over = self._over.wait(due - time.monotonic())
        for watched in self._watched:
            self._look(watched)

    def _look(self, watched: _Watched) -> None:
        tree = watched.tree or self._find(watched)
        if tree is None:
            return
        try:
            usage = tree.usage()
        except psutil.NoSuchProcess:
            usage = None
        except psutil.AccessDenied:
            usage, tree.denied = None, True
        if tree.denied:
            self._say(watched, "may not be looked at wholly: run slowhop as its user")
        if usage is None:
            watched.tree = None
            if not tree.denied:
                self._say(watched, GONE if watched.target.port is None else GONE_FROM_PORT)
            return
        watched.tree = tree
        try:
            self._spool.append(metrics_of(watched.target.service, tree, usage).SerializeToString())
        except NotStoredError as error:
            self._say(watched, f"what it uses cannot be written: {error.why}")

    def _find(self, watched: _Watched) -> ProcessTree | None:
        """The target's process; a port is looked up again after a while, a process only once."""
        if time.monotonic() < watched.look_at:
            return None
        target = watched.target
        pid = target.pid if target.port is None else listener_of(target.port)
        watched.look_at = (
            float("inf")
            if target.port is None
            else time.monotonic() + LOOK_AGAIN * self._interval_s
        )
        if pid is None:
            self._say(watched, NOBODY)
            return None
        try:
            return ProcessTree(psutil.Process(pid))
        except psutil.NoSuchProcess:
            self._say(watched, "is no process")
            return None

    def _say(self, watched: _Watched, what: str) -> None:
        if what not in watched.said:
            watched.said.add(what)
            self._tell(f"watching {watched.target.label}: {what}")


def _program(process: psutil.Process) -> str:
    try:
        return process.name()
    except psutil.Error:
        return ""


def metrics_of(service: str, tree: ProcessTree, usage: Usage) -> "ExportMetricsServiceRequest":
    """What a process uses as OTLP metrics, by the conventions for processes."""
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
        ExportMetricsServiceRequest,
    )
    from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality

    request = ExportMetricsServiceRequest()
    resource_metrics = request.resource_metrics.add()
    names: dict[str, str | int] = {
        "service.name": service,
        "host.name": socket.gethostname(),
        "process.pid": tree.process.pid,
        "process.executable.name": _program(tree.process),
    }
    for key, value in names.items():
        attribute = resource_metrics.resource.attributes.add(key=key)
        if isinstance(value, int):
            attribute.value.int_value = value
        else:
            attribute.value.string_value = value
    cumulative = AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE
    metrics = resource_metrics.scope_metrics.add()
    metrics.scope.name = SCOPE
    now = time.time_ns()
    start = int(tree.process.create_time() * 1e9)

    def add(
        name: str, unit: str, value: float | None, *, counts: bool, direction: str = ""
    ) -> None:
        if value is None:
            return
        metric = metrics.metrics.add(name=name, unit=unit)
        metric.sum.aggregation_temporality = cumulative
        metric.sum.is_monotonic = counts
        point = metric.sum.data_points.add(time_unix_nano=now, start_time_unix_nano=start)
        if isinstance(value, int):
            point.as_int = value
        else:
            point.as_double = value
        if direction:
            said = point.attributes.add(key="disk.io.direction")
            said.value.string_value = direction

    add("process.cpu.time", "s", usage.cpu_s, counts=True)
    add("slowhop.process.cpu.delay", "s", usage.delay_s, counts=True)
    add("process.memory.usage", "By", usage.memory_bytes, counts=False)
    add("process.thread.count", "{thread}", usage.threads, counts=False)
    add("process.disk.io", "By", usage.read_bytes, counts=True, direction="read")
    add("process.disk.io", "By", usage.written_bytes, counts=True, direction="write")
    return request
