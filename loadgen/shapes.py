r"""How a test's load runs over time: pure functions of time, for users and for arrivals alike.

A shape is a row of phases. In each the load moves from where it was to the phase's level, evenly
over its approach, and stays there.

```
level          ______                  spike: base, peak, base again
   ______     /      \______________
  /      \___/
 approach      approach                 each phase begins where its approach does
```
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import accumulate

from analyzer.errors import InputError

JUMP_S = 1.0
"""A sudden change of load takes a second: locust asks a shape for its users once a second."""

LEAST_RATE = 0.01
"""Users a second; locust cannot do with 0, and where nothing changes it does not matter."""


class Kind(StrEnum):
    """Kinds of load test."""

    LOAD = "load"
    STRESS = "stress"
    SPIKE = "spike"
    ENDURANCE = "endurance"


class Role(StrEnum):
    """What a phase is there for."""

    HOLD = "hold"
    STEP = "step"
    BASE = "base"
    PEAK = "peak"
    RECOVERY = "recovery"


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A part of a test.

    Attributes:
        name: what people call it.
        role: what it is there for.
        level: users, or arrivals a second, that it comes to.
        seconds: how long it lasts, approach included; infinite for until it is stopped.
        approach_s: how long the load takes to get to its level.
    """

    name: str
    role: Role
    level: float
    seconds: float
    approach_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A test's load over time.

    Attributes:
        kind: which kind of test it is.
        phases: its parts, one after another; at least one, each longer than 0.
    """

    kind: Kind
    phases: tuple[Phase, ...]
    _ends: tuple[float, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Add up the phases' ends."""
        object.__setattr__(self, "_ends", tuple(accumulate(p.seconds for p in self.phases)))

    @property
    def seconds(self) -> float:
        """How long it lasts; infinite for until it is stopped."""
        return self._ends[-1]

    @property
    def most(self) -> float:
        """The highest level of any phase."""
        return max(phase.level for phase in self.phases)

    def number_at(self, t_s: float) -> int | None:
        """Which phase this moment is in; None after the last. A phase begins at its first moment.

        Args:
            t_s: seconds since the beginning; what lies before it counts as its first moment.
        """
        at = bisect_right(self._ends, max(t_s, 0.0))
        return at if at < len(self.phases) else None

    def begin_s(self, number: int) -> float:
        """When a phase begins."""
        return self._ends[number - 1] if number else 0.0

    def level_at(self, t_s: float) -> float | None:
        """The level at a moment; None after the end."""
        number = self.number_at(t_s)
        if number is None:
            return None
        phase, before = self.phases[number], self._before(number)
        inside = max(t_s, 0.0) - self.begin_s(number)
        if inside >= phase.approach_s:
            return phase.level
        return before + (phase.level - before) * inside / phase.approach_s

    def users_at(self, t_s: float) -> tuple[int, float] | None:
        """The users to come to and how many a second may start or stop; None after the end.

        It stays the same all through a phase: the load tool makes the way there itself.
        """
        number = self.number_at(t_s)
        if number is None:
            return None
        phase = self.phases[number]
        change = abs(round(phase.level) - round(self._before(number)))
        return round(phase.level), max(change / (phase.approach_s or JUMP_S), LEAST_RATE)

    def arrivals_by(self, t_s: float) -> float:
        """How many arrivals are due by a moment: the integral of the level."""
        total = 0.0
        for number, phase in enumerate(self.phases):
            inside = min(t_s - self.begin_s(number), phase.seconds)
            if inside <= 0:
                break
            before = self._before(number)
            way = min(inside, phase.approach_s)
            slope = (phase.level - before) / phase.approach_s if phase.approach_s else 0.0
            total += way * before + slope * way * way / 2 + (inside - way) * phase.level
        return total

    def due_at(self, arrivals: float) -> float | None:
        """When so many arrivals are due, the inverse of `arrivals_by`; None if they never are."""
        so_far = 0.0
        for number, phase in enumerate(self.phases):
            before = self._before(number)
            on_the_way = phase.approach_s * (before + phase.level) / 2
            left = arrivals - so_far
            if left <= on_the_way and on_the_way > 0:
                slope = (phase.level - before) / phase.approach_s
                return self.begin_s(number) + _time_of(left, before, slope)
            steady_s = phase.seconds - phase.approach_s
            steady = steady_s * phase.level if phase.level else 0.0
            if left <= on_the_way + steady and steady > 0:
                return self.begin_s(number) + phase.approach_s + (left - on_the_way) / phase.level
            so_far += on_the_way + steady
        return None

    def _before(self, number: int) -> float:
        return self.phases[number - 1].level if number else 0.0


def _time_of(amount: float, rate: float, slope: float) -> float:
    """When the integral of a rate that changes evenly has come to an amount."""
    # the form of the quadratic's root that does not lose digits where the slope is small
    return 2 * amount / (rate + math.sqrt(max(rate * rate + 2 * slope * amount, 0.0)) or 1.0)


def load(*, level: float, approach_s: float, seconds: float) -> Shape:
    """Up to a level, and hold it.

    Raises:
        InputError: the time is over before the level is reached.
    """
    return _shape(
        Kind.LOAD,
        [Phase(name="hold", role=Role.HOLD, level=level, seconds=seconds, approach_s=approach_s)],
    )


def steady(*, level: float) -> Shape:
    """A level from the first moment on, until it is stopped."""
    phase = Phase(name="hold", role=Role.HOLD, level=level, seconds=math.inf)
    return Shape(kind=Kind.LOAD, phases=(phase,))


def stress(
    *, level: float, peak: float, steps: int, seconds: float, approach_s: float = JUMP_S
) -> Shape:
    """Equal steps, each as long as the others, from a level up to a peak.

    Raises:
        InputError: fewer than two steps, a peak that is not above the level, or no time for a step.
    """
    if steps < 2:
        raise InputError(
            "a stress test needs two steps or more", hint="say how many with --steps 5"
        )
    _need_peak(level, peak)
    return _shape(
        Kind.STRESS,
        [
            Phase(
                name=f"step {number + 1}",
                role=Role.STEP,
                level=level + (peak - level) * number / (steps - 1),
                seconds=seconds / steps,
                approach_s=approach_s,
            )
            for number in range(steps)
        ],
    )


def spike(*, level: float, peak: float, seconds: float, approach_s: float = JUMP_S) -> Shape:
    """A base, a sudden peak, and the base again: a quarter, a quarter, and half of the time.

    The last part is the longest: a backlog takes longer to go than it took to come.

    Raises:
        InputError: a peak that is not above the base, or too little time.
    """
    _need_peak(level, peak)
    quarter = seconds / 4
    return _shape(
        Kind.SPIKE,
        [
            Phase(name="base", role=Role.BASE, level=level, seconds=quarter, approach_s=approach_s),
            Phase(name="peak", role=Role.PEAK, level=peak, seconds=quarter, approach_s=JUMP_S),
            Phase(
                name="recovery",
                role=Role.RECOVERY,
                level=level,
                seconds=2 * quarter,
                approach_s=JUMP_S,
            ),
        ],
    )


def endurance(*, level: float, seconds: float, approach_s: float) -> Shape:
    """Up to a level, and hold it for long.

    Raises:
        InputError: the time is over before the level is reached.
    """
    phase = Phase(name="soak", role=Role.HOLD, level=level, seconds=seconds, approach_s=approach_s)
    return _shape(Kind.ENDURANCE, [phase])


def _need_peak(level: float, peak: float) -> None:
    if peak <= level:
        raise InputError(
            f"the peak ({peak:g}) is not above where the test begins ({level:g})",
            hint="name a higher one with --peak",
        )


def _shape(kind: Kind, phases: Sequence[Phase]) -> Shape:
    for phase in phases:
        if phase.approach_s >= phase.seconds:
            raise InputError(
                f"there is no time for {phase.name}: it lasts {phase.seconds:g} s, and its load is"
                f" reached after {phase.approach_s:g} s",
                hint="let the test last longer, or let users start faster with --spawn-rate",
            )
    return Shape(kind=kind, phases=tuple(phases))
