"""How much load there was and how it was answered: the sections `load` and `kpis`."""

from typing import Literal

from analyzer.report.parts import LeftOut, Part, Words
from analyzer.report.resources import Resources


class Latency(Part):
    """Response times."""

    mean_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float


class ToolEndpoint(Part):
    """One row of the load tool's own statistics."""

    method: Words
    name: Words
    requests: int
    failures: int
    latency: Latency


class ToolLoad(Part):
    """The load tool's own numbers, beside those of the traces."""

    tool: Words
    version: Words | None
    requests: int
    failures: int
    throughput_rps: float
    latency: Latency | None
    endpoints: tuple[ToolEndpoint, ...]


class PartMean(Part):
    """What a service or a hop adds to a request."""

    kind: Literal["service", "hop"]
    service: LeftOut[Words] = None
    caller: LeftOut[Words] = None
    callee: LeftOut[Words] = None
    mean_ms: float


class TimelinePoint(Part):
    """One interval of the run; `t_s` is its start.

    `parts` says what the largest parts of the run add to the requests that ended in the interval,
    in the same order in every interval.
    """

    t_s: float
    users: int | None
    throughput_rps: float
    p95_ms: float | None
    in_flight: float
    parts: tuple[PartMean, ...] = ()


class LoadSection(Part):
    """What load the traces show, over time; `reported` is what the load tool counted itself.

    `generator_cpu_percent` is what the busiest of the load tool's processes used of one core, in
    the mean; `generator_cpu_max_percent` in its busiest five seconds.
    """

    requests: int
    failures: int
    throughput_rps: float
    users_max: int | None
    in_flight_mean: float
    in_flight_max: int
    timeline: tuple[TimelinePoint, ...]
    reported: LeftOut[ToolLoad] = None
    generator_cpu_percent: LeftOut[float] = None
    generator_cpu_max_percent: LeftOut[float] = None


class ResponseTime(Part):
    """Response times over all requests."""

    mean: float
    p50: float
    p95: float
    p99: float
    max: float


class Kpis(Part):
    """The indicators of a load test."""

    response_time_ms: ResponseTime
    resources: tuple[Resources, ...] = ()
