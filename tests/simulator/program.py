"""What a simulated service system does: operations whose bodies are steps in order.

A program holds no durations, only where they are drawn from, so that one program can be run many
times, and run again with a change and the same draws.
"""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration:
    """A log-normal duration: half of the draws are shorter than the median.

    Attributes:
        median_ms: 0 for a step that takes no time.
        sigma: of the logarithm; 0 for a constant, 0.5 puts the 95th percentile at 2.3 medians.
    """

    median_ms: float
    sigma: float = 0.0


@dataclass(frozen=True, slots=True)
class Work:
    """Own work of the service whose operation it stands in; computing or waiting, no span tells."""

    duration: Duration


@dataclass(frozen=True, slots=True)
class Query:
    """A call to a dependency that sends no spans: the client's span alone."""

    peer: str
    duration: Duration


@dataclass(frozen=True, slots=True)
class Local:
    """A part of an operation with an internal span of its own."""

    name: str
    body: "Body"


@dataclass(frozen=True, slots=True)
class Call:
    """A call to an operation of another service: client span, delay, server span, delay."""

    callee: "Operation"
    hop: Duration
    """Of one way; both ways are drawn."""


@dataclass(frozen=True, slots=True)
class Publish:
    """A message: a producer span that is waited for, and later a consumer span that is not."""

    consumer: "Operation"
    publish: Duration
    queued: Duration


@dataclass(frozen=True, slots=True)
class Background:
    """A step that is started and not waited for; it may end before its starter does, or after."""

    step: "Call | Query | Local"


@dataclass(frozen=True, slots=True)
class Parallel:
    """Branches started one after the other and all waited for, as `asyncio.gather` does."""

    branches: tuple["Body", ...]
    dispatch: Duration
    """Own work before each branch starts."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """A loop."""

    times: int
    body: "Body"


@dataclass(frozen=True, slots=True)
class Maybe:
    """Steps that only some requests take: a cache miss, a rare option."""

    chance: float
    body: "Body"


Step: TypeAlias = Work | Query | Local | Call | Publish | Background | Parallel | Repeat | Maybe
Body: TypeAlias = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """What a service does when it is called."""

    service: str
    name: str
    body: Body


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A system of services, seen from its endpoints.

    Attributes:
        endpoints: requests take them in turn.
        hop: one way of the delay between the load generator, whose client span is then the root,
            and the endpoints; None where the endpoint's server span is the root.
        pods: how many instances each service has, each on a host of its own.
    """

    endpoints: tuple[Operation, ...]
    hop: Duration | None = None
    pods: int = 1


def spans_of(body: Body) -> int:
    """How many spans a body leaves when all of its steps are taken."""
    return sum(_spans_of_step(step) for step in body)


def _spans_of_step(step: Step) -> int:
    match step:
        case Work():
            return 0
        case Query():
            return 1
        case Local():
            return 1 + spans_of(step.body)
        case Call():
            return 2 + spans_of(step.callee.body)
        case Publish():
            return 2 + spans_of(step.consumer.body)
        case Background():
            return _spans_of_step(step.step)
        case Parallel():
            return sum(spans_of(branch) for branch in step.branches)
        case Repeat():
            return step.times * spans_of(step.body)
        case Maybe():
            return spans_of(step.body)
