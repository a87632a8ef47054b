"""The options that say which test a load is, and the test that they mean."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

import typer

from analyzer.cli.option_groups import with_group
from analyzer.cli.options import run_time_s
from analyzer.errors import InputError
from loadgen.arrivals import Spacing
from loadgen.shapes import Kind

if TYPE_CHECKING:
    from loadgen.arrivals import OpenLoad
    from loadgen.load_test import LoadTest
    from loadgen.shapes import Shape

USERS: Final = 10
"""Users, or arrivals a second, that a stress, spike or endurance test begins with."""

TIMES_PEAK: Final = 5.0
"""A peak is so many times the load at the beginning unless it is named."""

STEPS: Final = 5

RUN_TIMES_S: Final = {Kind.STRESS: 150.0, Kind.SPIKE: 120.0}
"""Half a minute a step; half a minute before a spike, in it, and a whole one after it."""

SOAK_S: Final = 1800.0
"""What grows by a tenth of what it is within an hour shows in half of one."""

SECONDS_OF_ARRIVALS: Final = 10
FEWEST_USERS: Final = 50
"""A pool may grow to as many users as arrive in ten seconds: requests that take longer have failed
anyhow. A small one costs nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shaping:
    """What the options say; None where they say nothing."""

    test: Kind = Kind.LOAD
    steps: int | None = None
    peak: float | None = None
    soak: str | None = None
    arrival_rate: float | None = None
    spacing: Spacing = Spacing.POISSON
    max_users: int | None = None
    require: tuple[str, ...] = ()


Test = Annotated[Kind, typer.Option("--test", help="The kind of test, by how its load runs.")]
Steps = Annotated[
    int | None,
    typer.Option(help="How many equal steps a stress test has; 5.", min=2, metavar="N"),
]
Peak = Annotated[
    float | None,
    typer.Option(help="The highest load of a stress or spike test; 5 times --users.", metavar="N"),
]
Soak = Annotated[
    str | None,
    typer.Option(help="How long an endurance test lasts, like 4h; 30m.", metavar="TIME"),
]
ArrivalRate = Annotated[
    float | None,
    typer.Option(
        help="Begin so many iterations a second, however long they take, in place of --users.",
        metavar="N",
    ),
]
ArrivalSpacing = Annotated[
    Spacing, typer.Option("--spacing", help="How arrivals follow each other.")
]
MaxUsers = Annotated[
    int | None,
    typer.Option(
        help="The most users that serve arrivals; as many as arrive in 10 s.", min=1, metavar="N"
    ),
]
Require = Annotated[
    list[str] | None,
    typer.Option(
        "--require",
        help="What has to hold, like 'p95 < 300ms' or 'errors < 1%'; can be repeated.",
        metavar="RULE",
    ),
]


def shaping(
    *,
    test: Test = Kind.LOAD,
    steps: Steps = None,
    peak: Peak = None,
    soak: Soak = None,
    arrival_rate: ArrivalRate = None,
    spacing: ArrivalSpacing = Spacing.POISSON,
    max_users: MaxUsers = None,
    require: Require = None,
) -> Shaping:
    """What the options say; its parameters are the options."""
    return Shaping(
        test=test,
        steps=steps,
        peak=peak,
        soak=soak,
        arrival_rate=arrival_rate,
        spacing=spacing,
        max_users=max_users,
        require=tuple(require or ()),
    )


with_shaping = with_group("shaping", shaping)


def load_test_of(
    given: Shaping, *, users: int | None, spawn_rate: float | None, run_time: str | None
) -> "LoadTest":
    """The test that the options mean.

    Raises:
        InputError: options that do not go together, or a test that makes no sense.
    """
    from loadgen.load_test import LoadTest
    from loadgen.requirements import Requirement

    _need_fitting(given, users, run_time)
    return LoadTest(
        kind=given.test.value,
        shape=_shape(given, users, spawn_rate, run_time_s(run_time)),
        arrivals=open_load(given.arrival_rate, given.spacing, given.max_users, _peak(given, users)),
        requirements=tuple(Requirement.from_text(text) for text in given.require),
    )


def open_load(
    rate: float | None, spacing: Spacing, max_users: int | None, most: float
) -> "OpenLoad | None":
    """How arrivals are made; None without a rate.

    Raises:
        InputError: the rate is not above 0.
    """
    from loadgen.arrivals import OpenLoad

    if rate is None:
        if max_users is not None:
            raise InputError(
                "--max-users is for arrivals", hint="name their rate with --arrival-rate"
            )
        return None
    if not 0 < rate < math.inf:
        raise InputError(f"an arrival rate cannot be {rate:g}", hint="use a number above 0")
    return OpenLoad(
        spacing=spacing,
        max_users=max_users or max(FEWEST_USERS, math.ceil(most * SECONDS_OF_ARRIVALS)),
    )


def _peak(given: Shaping, users: int | None) -> float:
    level = given.arrival_rate or users or USERS
    if given.test not in {Kind.STRESS, Kind.SPIKE}:
        return level
    return given.peak if given.peak is not None else TIMES_PEAK * level


def _shape(
    given: Shaping, users: int | None, spawn_rate: float | None, seconds: float | None
) -> "Shape | None":
    from loadgen import shapes

    level = given.arrival_rate or users or USERS
    peak = _peak(given, users)
    if given.test is Kind.STRESS:
        steps = given.steps or STEPS
        change = max(level, (peak - level) / max(steps - 1, 1))
        return shapes.stress(
            level=level,
            peak=peak,
            steps=steps,
            seconds=seconds or RUN_TIMES_S[Kind.STRESS],
            approach_s=_approach_s(change, spawn_rate),
        )
    if given.test is Kind.SPIKE:
        return shapes.spike(
            level=level,
            peak=peak,
            seconds=seconds or RUN_TIMES_S[Kind.SPIKE],
            approach_s=_approach_s(level, spawn_rate),
        )
    if given.test is Kind.ENDURANCE:
        return shapes.endurance(
            level=level,
            seconds=run_time_s(given.soak) or seconds or SOAK_S,
            approach_s=_approach_s(level, spawn_rate),
        )
    if given.arrival_rate is not None:
        approach = _approach_s(level, spawn_rate)
        return shapes.load(level=level, approach_s=approach, seconds=seconds or math.inf)
    approach = users / (spawn_rate or 1.0) if users is not None else math.inf
    if users is None or approach >= (seconds or math.inf):
        return None  # locust decides on users, or is stopped before all have come: as it likes
    return shapes.load(level=users, approach_s=approach, seconds=seconds or math.inf)


def _approach_s(change: float, spawn_rate: float | None) -> float:
    from loadgen.shapes import JUMP_S

    return change / spawn_rate if spawn_rate else JUMP_S


def _need_fitting(given: Shaping, users: int | None, run_time: str | None) -> None:
    """Refuse options that another kind of test has, rather than pass them over."""
    for option, value, kinds in (
        ("--steps", given.steps, {Kind.STRESS}),
        ("--peak", given.peak, {Kind.STRESS, Kind.SPIKE}),
        ("--soak", given.soak, {Kind.ENDURANCE}),
    ):
        if value is not None and given.test not in kinds:
            names = " or ".join(sorted(kinds))
            raise InputError(f"{option} is for {names} tests", hint=f"add --test {min(kinds)}")
    if given.soak is not None and run_time is not None:
        raise InputError("--soak and --run-time say the same", hint="use one of them")
    if given.arrival_rate is not None and users is not None:
        raise InputError(
            "a load is either users or arrivals",
            hint="use --users or --arrival-rate; --max-users limits the users of arrivals",
        )
