"""What may not be looked at is left out, and the rest is told."""

from contextlib import AbstractContextManager, nullcontext
from typing import NamedTuple, NoReturn, cast

import psutil

from collector.process_usage import ProcessTree


class Memory(NamedTuple):
    rss: int


class Times(NamedTuple):
    user: float
    system: float


class Process:
    """A process as psutil shows that of another user."""

    def __init__(self, pid: int, cpu_s: float) -> None:
        self.pid = pid
        self.cpu_s = cpu_s
        self.below: list[Process] = []

    def is_running(self) -> bool:
        return True

    def status(self) -> str:
        return psutil.STATUS_SLEEPING

    def oneshot(self) -> AbstractContextManager[None]:
        return nullcontext()

    def create_time(self) -> float:
        return 1.0

    def children(self, *, recursive: bool) -> "list[Process]":
        assert recursive
        return self.below

    def memory_info(self) -> Memory:
        return Memory(rss=1000)

    def num_threads(self) -> int:
        return 2

    def cpu_times(self) -> Times:
        return Times(user=self.cpu_s, system=0.5)

    def io_counters(self) -> NoReturn:
        raise psutil.AccessDenied(self.pid)


NOBODY = 4_194_990
"""No process has this number, so the system tells nothing more of it."""


def tree(process: Process) -> ProcessTree:
    return ProcessTree(cast("psutil.Process", process))


def test_a_process_of_another_user_shows_what_it_may() -> None:
    closed = tree(Process(NOBODY, 3.0))
    usage = closed.usage()
    assert usage is not None
    assert (usage.cpu_s, usage.memory_bytes, usage.threads) == (3.5, 1000, 2)
    assert (usage.read_bytes, usage.delay_s) == (None, None)
    assert closed.denied


def test_what_an_ended_child_used_stays_counted_and_its_memory_does_not() -> None:
    parent = Process(NOBODY, 1.0)
    parent.below = [Process(NOBODY + 1, 7.0)]
    watched = tree(parent)
    before = watched.usage()
    parent.below = []
    after = watched.usage()
    assert before is not None
    assert after is not None
    assert before.cpu_s == after.cpu_s == 9.0
    assert (before.memory_bytes, after.memory_bytes) == (2000, 1000)
