"""What a process and its children have used so far."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import psutil


class Counts(NamedTuple):
    """What one process has used since it began; None where the system does not tell."""

    cpu_s: float
    delay_s: float | None
    read_bytes: int | None
    written_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a process and its children use.

    Attributes:
        cpu_s: processor since they began, of children also what ended ones used.
        delay_s: how long their threads were ready to run and no processor was free.
        memory_bytes: resident memory now.
        threads: threads now.
        read_bytes: read from disks since they began.
        written_bytes: written to disks since they began.
    """

    cpu_s: float
    delay_s: float | None
    memory_bytes: int
    threads: int
    read_bytes: int | None
    written_bytes: int | None


@dataclass(slots=True)
class ProcessTree:
    """A process and its children over time.

    Attributes:
        process: the process.
        denied: whether some figure may not be read.
    """

    process: psutil.Process
    denied: bool = False
    _last: dict[tuple[int, float], Counts] = field(default_factory=dict)

    def usage(self) -> Usage | None:
        """What it uses now; None once it has ended."""
        if not self.process.is_running() or self.process.status() == psutil.STATUS_ZOMBIE:
            return None
        memory = threads = 0
        for each in self._all():
            with suppress(psutil.NoSuchProcess):
                try:
                    with each.oneshot():
                        key = each.pid, each.create_time()
                        memory += each.memory_info().rss
                        threads += each.num_threads()
                        self._last[key] = self._counts(each, self._last.get(key))
                except psutil.AccessDenied:
                    self.denied = True
        if not self._last:
            return None
        counts = list(self._last.values())  # with those of children that have ended
        return Usage(
            cpu_s=sum(c.cpu_s for c in counts),
            delay_s=_sum([c.delay_s for c in counts]),
            memory_bytes=memory,
            threads=threads,
            read_bytes=_whole(_sum([c.read_bytes for c in counts])),
            written_bytes=_whole(_sum([c.written_bytes for c in counts])),
        )

    def _all(self) -> Iterator[psutil.Process]:
        yield self.process
        with suppress(psutil.Error):
            yield from self.process.children(recursive=True)

    def _counts(self, process: psutil.Process, before: Counts | None) -> Counts:
        times = process.cpu_times()
        read = written = None
        if hasattr(process, "io_counters"):  # macOS does not count
            try:
                io = process.io_counters()
                read, written = io.read_bytes, io.write_bytes
            except psutil.AccessDenied:
                self.denied = True
        return Counts(
            cpu_s=times.user + times.system,
            delay_s=_delay_s(process.pid, before),
            read_bytes=read,
            written_bytes=written,
        )


def _delay_s(pid: int, before: Counts | None) -> float | None:
    """How long its threads waited for a processor; None where that is not told.

    What threads waited that have ended is missing, but it never gets less.
    """
    total_ns, seen = 0, False
    with suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError, ValueError, IndexError):
                total_ns += int((thread / "schedstat").read_text(encoding="ascii").split()[1])
                seen = True
    if not seen:
        return None
    return max(total_ns / 1e9, (before.delay_s or 0.0) if before is not None else 0.0)


def _sum(values: list[float | None] | list[int | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)
