"""What is ranked by what it adds to requests: services, hops, operations, endpoints, paths."""

from typing import Literal

from analyzer.report.load import Latency
from analyzer.report.parts import LeftOut, Part, Share, TraceId, Words


class Contribution(Part):
    """What something adds to a request, over all requests (0 where a request does not use it).

    `share` is its part of the summed response time; `ci95_ms` the 95 % interval of the mean.
    """

    mean_ms: float
    share: Share
    p50_ms: float
    p95_ms: float
    p99_ms: float
    ci95_ms: tuple[float, float]


class Saving(Part):
    """How much shorter requests would be; negative where they would be longer."""

    mean_ms: float
    p95_ms: float
    p99_ms: float


class Gain(Part):
    """What would come back. Empty while it has not been computed."""

    if_10_percent_faster: LeftOut[Saving] = None
    if_50_percent_faster: LeftOut[Saving] = None
    if_removed: LeftOut[Saving] = None


class PartRef(Part):
    """Names a service or a hop."""

    kind: Literal["service", "hop"]
    service: LeftOut[Words] = None
    caller: LeftOut[Words] = None
    callee: LeftOut[Words] = None
    share: Share

    def label(self) -> str:
        """Its name as a person reads it."""
        return self.service or f"{self.caller} → {self.callee}"


class RankedRow(Part):
    """What every ranked row has.

    `gain_hidden_by` is there where removing it would bring back clearly less than it contributes,
    because something that runs beside it takes over: the part that takes over most, whose `share`
    is its fraction of what does not come back.
    """

    rank: int
    enough_data: bool
    contribution: Contribution
    tail_share: Share
    calls_per_request: float
    errors: int
    gain: Gain = Gain()
    gain_hidden_by: LeftOut[PartRef] = None
    exemplars: tuple[TraceId, ...]


class ServiceRow(RankedRow):
    """A service; `inferred` ones sent no spans themselves and are known from their callers.

    `busy_mean` and `busy_max` count its requests under way at once (Little's law: arrival rate
    times mean time inside). `bound` says how it spends its own time, where its processor tells:
    computing (`cpu`), `waiting`, or waiting while much is read and written (`io`). `cpu_percent` is
    what it used of one core, `cpu_per_own_second` how many seconds of processor for each second of
    its spans' own time, on and off the critical path.
    """

    service: Words
    inferred: bool
    busy_mean: LeftOut[float] = None
    busy_max: LeftOut[int] = None
    bound: LeftOut[Literal["cpu", "waiting", "io"]] = None
    cpu_percent: LeftOut[float] = None
    cpu_per_own_second: LeftOut[float] = None


class HopRow(RankedRow):
    """The way from caller to callee and back: network, queue, connection, serialisation."""

    caller: Words
    callee: Words
    protocol: Words
    inferred: bool


class OperationRow(RankedRow):
    """An operation of a service; with a callee it is that service's outgoing call."""

    service: Words
    operation: Words
    callee: Words | None


class EndpointRow(Part):
    """What a user asks for: the operation a request begins with, ranked by summed response time.

    `services` and `hops` rank this endpoint's requests alone.
    """

    rank: int
    endpoint: Words
    service: Words
    requests: int
    failures: int
    throughput_rps: float
    latency: Latency
    slowest_part: PartRef | None
    services: tuple[ServiceRow, ...] = ()
    hops: tuple[HopRow, ...] = ()


class PathRow(Part):
    """A distinct critical path: the steps that waited for each other, in order of time."""

    rank: int
    steps: tuple[Words, ...]
    requests: int
    share: Share
    mean_ms: float
    exemplars: tuple[TraceId, ...] = ()
