"""The load over time as locust takes it: asked once a second how many users there should be.

Runs on the master, or in the single process, of a test.
"""

import time
from collections.abc import Callable
from typing import Any, Protocol

from locust import LoadTestShape  # noqa: TID253  this module is imported inside locust only
from locust.stats import RequestStats  # noqa: TID253  as above

from loadgen import shapes
from loadgen.capacity_run import CapacityRun, Totals
from loadgen.phase_log import began, ended, judged
from loadgen.shapes import JUMP_S, LEAST_RATE, Shape

AHEAD_S = 0.1
"""Locust asks once a second, a little more or less: a phase begins so much early rather than a
second late."""

GROWS_AT_LEAST = 10.0
"""Users a second that a pool grows by: whoever is missing is missing now."""

Log = Callable[[dict[str, Any]], object]
"""Takes a line of `phases.jsonl`."""

Tick = tuple[int, float] | None


class Pool(Protocol):
    """Users that serve arrivals."""

    def follow(self, shape: Shape) -> None:
        """From now on, arrivals come by this shape."""

    def size(self) -> int:
        """How many users there should be by now."""


class PlannedLoad(LoadTestShape):
    """A shape as locust runs it: of users, or with a pool of arrivals.

    Args:
        shape: users, or arrivals a second.
        log: told of each phase that begins.
        pool: serves the arrivals; None where the shape is of users.
    """

    use_common_options = True

    def __init__(self, shape: Shape, log: Log, pool: Pool | None) -> None:
        self.start_time = time.perf_counter()
        self._shape = shape
        self._log = log
        self._pool = pool
        self._phase: int | None = None

    def tick(self) -> Tick:
        """Users to come to, and how many a second; None at the end."""
        t_s = time.perf_counter() - self.start_time + AHEAD_S
        number = self._shape.number_at(t_s)
        if number is None:
            self._log(ended(time_ns=time.time_ns()))
            return None
        if number != self._phase:
            self._begin(number)
        if self._pool is None:
            return self._shape.users_at(t_s)
        return _pooled(self._pool)

    def _begin(self, number: int) -> None:
        if self._phase is None and self._pool is not None:
            self._pool.follow(self._shape)
        self._phase = number
        phase = self._shape.phases[number]
        self._log(
            began(time_ns=time.time_ns(), name=phase.name, role=phase.role.value, level=phase.level)
        )


class SearchedLoad(LoadTestShape):
    """A search for the capacity as locust runs it.

    Args:
        run: the search.
        stats: what locust counts; asked anew each time, because a test may replace it.
        log: told of each level that begins, and what it came to.
        pool: serves the arrivals; None where levels are users.
    """

    use_common_options = True

    def __init__(
        self, run: CapacityRun, stats: Callable[[], RequestStats], log: Log, pool: Pool | None
    ) -> None:
        self.start_time = time.perf_counter()
        self._run = run
        self._stats = stats
        self._log = log
        self._pool = pool
        self._level = 0.0
        self._rate = LEAST_RATE
        self._began: tuple[float, bool, int] | None = None

    def tick(self) -> Tick:
        """Users to come to, and how many a second; None at the end."""
        level = self._run.tick(time.perf_counter() - self.start_time, _totals(self._stats()))
        if self._run.judged is not None:
            self._log(judged(time_ns=time.time_ns(), level=self._run.judged))
        if level is None:
            self._log(ended(time_ns=time.time_ns(), result=self._run.search.result))
            return None
        self._note(level)
        if self._pool is None:
            return round(level), self._rate
        return _pooled(self._pool)

    def _note(self, level: float) -> None:
        """Begin a level, or a rest before one."""
        search = self._run.search
        at = (level, self._run.resting, search.tried)
        if at == self._began:
            return
        self._began = at
        role = "rest" if self._run.resting else search.stage.value
        self._log(began(time_ns=time.time_ns(), name=role, role=role, level=level))
        self._rate = max(abs(round(level) - round(self._level)) / JUMP_S, LEAST_RATE)
        if self._pool is not None and level != self._level:
            self._pool.follow(shapes.steady(level=level))
        self._level = level


def _pooled(pool: Pool) -> Tick:
    size = pool.size()
    return size, max(float(size), GROWS_AT_LEAST)


def _totals(stats: RequestStats) -> Totals:
    total = stats.total
    return Totals(
        requests=total.num_requests,
        failures=total.num_failures,
        times_ms={float(ms): count for ms, count in total.response_times.items()},
    )
