"""Writes down, once a second and at the end, what the load tool counts."""

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from loadgen.load_files import (
    LoadPoint,
    RunFacts,
    StatsEntry,
    Throughput,
    append_point,
    load_record,
    write_record,
)
from loadgen.span_export import SpanCounts

INTERVAL_S = 1.0


class Stats(Protocol):
    """The load tool's statistics, as locust's `RequestStats` has them."""

    @property
    def total(self) -> StatsEntry:
        """All requests together."""

    @property
    def entries(self) -> Mapping[tuple[str, str], StatsEntry]:
        """One row for each name and method."""


class Recording:
    """One test as `load.jsonl` and `load.json`.

    Args:
        stats: the statistics; asked anew each time, because a new test may replace them.
        users: how many users run now.
        cpu_percent: what the busiest process used of one core since it was asked last.
        run_dir: where the files go; None: nothing is written.
        tool_version: the load tool's version.
        window_s: over how many seconds the current throughput is taken.
    """

    def __init__(
        self,
        *,
        stats: Callable[[], Stats],
        users: Callable[[], int],
        cpu_percent: Callable[[], float | None],
        run_dir: Path | None,
        tool_version: str,
        window_s: float,
    ) -> None:
        self._stats = stats
        self._users = users
        self._cpu_percent = cpu_percent
        self._run_dir = run_dir
        self._tool_version = tool_version
        self._throughput = Throughput(window_s)
        self._users_max = 0
        self._started_at_ns = time.time_ns()
        self._ended_at_ns: int | None = None

    def start(self) -> None:
        """Write the first point, which says "ready", and go on once a second in the background."""
        self._sample(time.time_ns())
        threading.Thread(target=self._run, name="load-recording", daemon=True).start()

    def test_started(self) -> None:
        """A test begins, the first or another one."""
        self._started_at_ns, self._ended_at_ns = time.time_ns(), None
        self._users_max = 0

    def note_users(self) -> None:
        """Look at the number of users: at moments when it is at its highest."""
        self._users_max = max(self._users_max, self._users())

    def test_stopped(self) -> None:
        """All users have stopped: said at once, because the process may wait for another test."""
        self._ended_at_ns = time.time_ns()
        self._sample(self._ended_at_ns)

    def finish(self, spans: SpanCounts | None) -> None:
        """Write the last point, which agrees with the totals, and `load.json`."""
        ended_at_ns = self._ended_at_ns or time.time_ns()
        self._sample(ended_at_ns)
        if self._run_dir is None:
            return
        stats = self._stats()
        facts = RunFacts(
            version=self._tool_version,
            started_at_ns=self._started_at_ns,
            ended_at_ns=ended_at_ns,
            users_max=self._users_max,
            spans=spans,
        )
        write_record(self._run_dir, load_record(stats.total, stats.entries.values(), facts))

    def _run(self) -> None:
        while True:
            time.sleep(INTERVAL_S)
            if self._ended_at_ns is None:  # while the last spans are sent, nothing happens
                self._sample(time.time_ns())

    def _sample(self, time_ns: int) -> None:
        self.note_users()
        if self._run_dir is None:
            return
        total = self._stats().total
        point = LoadPoint(
            time_ns=time_ns,
            users=self._users(),
            requests=total.num_requests,
            failures=total.num_failures,
            throughput_rps=self._throughput.rate(time_ns, total.num_requests),
            cpu_percent=self._cpu_percent(),
        )
        append_point(self._run_dir, point)
