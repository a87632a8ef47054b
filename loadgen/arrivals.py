"""An open workload: iterations arrive when they are due, however long the others take.

Pure: when arrivals are due, how many users it takes to serve them, and what became of them. The
plugin turns arrivals into users' iterations.
"""

import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from loadgen.shapes import Shape

LATE_MS = 50.0
"""An arrival that begins later than this after its time was late: far more than a timer's error,
and less than a person notices."""

DROPPED_AFTER_S = 5.0
"""An arrival nobody has begun with for so long is dropped: people leave. Without it a system that
is overloaded would be asked for what was due minutes ago."""

HEADROOM = 1.5
"""Users kept for each that is needed: new ones come once a second, and load may double in that."""

SPARE = 2

EXPECTED_S = 0.5
"""How long an iteration is taken to last before any has: a pool begins with users for that."""

GROWTH = 1.02
"""Each bucket of a histogram is so much wider than the one before: percentiles are 1 % off."""

LEAST_MS = 0.01
"""Shorter times share a bucket."""


class Spacing(StrEnum):
    """How arrivals follow each other: independently of each other, or at equal distances."""

    POISSON = "poisson"
    EVEN = "even"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLoad:
    """How a shape's level is turned into arrivals.

    Attributes:
        spacing: how they follow each other.
        max_users: no more users than these serve them.
        seed: chooses the draws.
    """

    spacing: Spacing
    max_users: int
    seed: int = 1


def due_times(shape: Shape, load: OpenLoad, *, index: int = 0, of: int = 1) -> Iterator[float]:
    """When arrivals are due, in seconds from the beginning, ascending.

    The distances are drawn for a rate of one and stretched by the shape (an inhomogeneous Poisson
    process by change of time: E. Cinlar, Introduction to Stochastic Processes (1975), section 4.7).
    The arrivals of `of` processes are together those of one.

    Args:
        shape: arrivals a second over time.
        load: how they follow each other.
        index: which of the processes this is, from 0.
        of: how many processes share the arrivals.
    """
    draws = random.Random(f"{load.seed}/{index}/{of}")
    counted = 0.0 if load.spacing is Spacing.POISSON else index + 0.5 - of
    while True:
        counted += of * (draws.expovariate(1.0) if load.spacing is Spacing.POISSON else 1.0)
        due = shape.due_at(counted)
        if due is None:
            return
        yield due


def first_users(shape: Shape, most: int) -> int:
    """How many users a pool begins with, by Little's law; `most` is the limit."""
    return min(math.ceil(shape.most * EXPECTED_S) + SPARE, most)


def users_needed(now: int, *, busy: int, waiting: int, most: int) -> int:
    """How many users there should be.

    Args:
        now: how many there are; a pool never shrinks.
        busy: users in an iteration.
        waiting: arrivals nobody has begun with.
        most: the limit.
    """
    return min(max(now, math.ceil((busy + waiting) * HEADROOM) + SPARE), most)


@dataclass(slots=True)
class Histogram:
    """Times in ms, in buckets that grow by 2 %."""

    buckets: dict[int, int] = field(default_factory=dict)
    count: int = 0
    total_ms: float = 0.0
    max_ms: float = 0.0

    def add(self, value_ms: float) -> None:
        """Take in a time."""
        place = math.floor(math.log(max(value_ms, LEAST_MS)) / math.log(GROWTH))
        self.buckets[place] = self.buckets.get(place, 0) + 1
        self.count += 1
        self.total_ms += value_ms
        self.max_ms = max(self.max_ms, value_ms)

    def merge(self, other: "Histogram") -> None:
        """Take in another one's times."""
        for place, count in other.buckets.items():
            self.buckets[place] = self.buckets.get(place, 0) + count
        self.count += other.count
        self.total_ms += other.total_ms
        self.max_ms = max(self.max_ms, other.max_ms)

    def percentile_ms(self, part: float) -> float:
        """The time that this part (0 to 1) of them stayed below; 0 of none."""
        left = part * self.count
        for place in sorted(self.buckets):
            left -= self.buckets[place]
            if left <= 0:
                return min(float(GROWTH ** (place + 0.5)), self.max_ms)
        return self.max_ms

    def record(self) -> dict[str, float]:
        """Its figures, as `load.json` has those of the load tool."""
        return {
            "mean_ms": round(self.total_ms / self.count, 3) if self.count else 0.0,
            "p50_ms": round(self.percentile_ms(0.50), 3),
            "p95_ms": round(self.percentile_ms(0.95), 3),
            "p99_ms": round(self.percentile_ms(0.99), 3),
            "max_ms": round(self.max_ms, 3),
        }


@dataclass(slots=True)
class Tally:
    """What became of arrivals.

    Attributes:
        due: arrivals whose time had come.
        begun: those a user began with.
        late: of these, those that began late.
        dropped: those nobody began with in time.
        delay: from when each was due to when it began.
        from_begin: response times of requests, as users measured them.
        from_due: the same from when their iteration should have begun: what users would have felt
            who come when they like (coordinated omission: G. Tene, How NOT to Measure Latency).
    """

    due: int = 0
    begun: int = 0
    late: int = 0
    dropped: int = 0
    delay: Histogram = field(default_factory=Histogram)
    from_begin: Histogram = field(default_factory=Histogram)
    from_due: Histogram = field(default_factory=Histogram)

    def begin(self, delay_ms: float) -> None:
        """An iteration begins, so long after it was due."""
        self.begun += 1
        self.late += delay_ms > LATE_MS
        self.delay.add(max(delay_ms, 0.0))

    def request(self, response_ms: float, delay_ms: float) -> None:
        """A request has ended, in an iteration that began so late."""
        self.from_begin.add(response_ms)
        self.from_due.add(response_ms + max(delay_ms, 0.0))

    def merge(self, other: "Tally") -> None:
        """Take in what another process counted."""
        self.due += other.due
        self.begun += other.begun
        self.late += other.late
        self.dropped += other.dropped
        self.delay.merge(other.delay)
        self.from_begin.merge(other.from_begin)
        self.from_due.merge(other.from_due)

    def message(self) -> dict[str, Any]:
        """Itself, to be sent to another process."""
        counts = {name: getattr(self, name) for name in _COUNTS}
        parts = {
            name: {
                "buckets": list(of.buckets.items()),
                "count": of.count,
                "total_ms": of.total_ms,
                "max_ms": of.max_ms,
            }
            for name in _HISTOGRAMS
            for of in (getattr(self, name),)
        }
        return counts | parts

    @classmethod
    def from_message(cls, message: Mapping[str, Any]) -> Self:
        """What another process sent."""
        found = cls(**{name: message[name] for name in _COUNTS})
        for name in _HISTOGRAMS:
            of = message[name]
            setattr(found, name, Histogram(**{**of, "buckets": dict(map(tuple, of["buckets"]))}))
        return found

    def record(self) -> dict[str, Any]:
        """The contents of `arrivals.json`."""
        return {
            "schema": SCHEMA,
            **{name: getattr(self, name) for name in _COUNTS},
            "late_after_ms": LATE_MS,
            "dropped_after_s": DROPPED_AFTER_S,
            **{name: getattr(self, name).record() for name in _HISTOGRAMS},
        }


SCHEMA = "slowhop.arrivals/1"
_COUNTS = ("due", "begun", "late", "dropped")
_HISTOGRAMS = ("delay", "from_begin", "from_due")
