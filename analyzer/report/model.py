"""The report, version 1. Every figure says its unit in its name; shares are fractions of 1.

There are two kinds of nothing. What every row has but is not known here is null in the JSON
(`T | None`). What not every report has, such as `tail`, `scaling` or a `gain`, is left out of it
(`LeftOut[T]`).
"""

from typing import Final, Literal

from pydantic import ConfigDict, Field

from analyzer.report.accounting import Accounting
from analyzer.report.alerts import Alerts
from analyzer.report.load_test import LoadTest
from analyzer.report.parts import Document, LeftOut, Part, Share, TraceId, Words
from analyzer.report.profile import Profile
from analyzer.report.resources import Resources
from analyzer.report.sampling import SamplingPart
from analyzer.report.traffic import TrafficPart

SCHEMA_NAME: Final = "slowhop.report/1"


class GeneratedBy(Part):
    """The program that made the report."""

    name: Words
    version: Words


class Load(Part):
    """The load that was asked for."""

    tool: Words
    version: LeftOut[Words] = None
    users: LeftOut[int] = None
    spawn_rate: LeftOut[float] = None
    run_time_s: LeftOut[float] = None
    shape: LeftOut[Words] = None
    host: LeftOut[Words] = None
    locustfile: LeftOut[Words] = None
    profile_hash: LeftOut[Words] = None


class Input(Part):
    """A file that was read."""

    path: Words
    format: Words
    bytes: int
    spans: int


class Run(Part):
    """What was run, by which load, from which files.

    `jaeger_ui` is the address of a Jaeger that has the traces too: `/trace/` and a trace id
    appended to it make a trace's page.
    """

    id: Words
    command: Words
    started_at: Words | None
    duration_s: float
    load: LeftOut[Load] = None
    jaeger_ui: LeftOut[Words] = None
    inputs: tuple[Input, ...]


class IssueRow(Part):
    """Odd data of one kind: how many records, how many spans, and where the first ones are."""

    kind: Words
    count: int
    spans: int
    examples: tuple[Words, ...]


class Completeness(Part):
    """How much of the run the spans show.

    `whole` traces have a root and all parents; `partial` ones miss some; `rootless` ones have a
    root whose parent nobody sent; `multi_root` ones hold several requests. `rejected` spans were
    refused by the collector or unusable in a file. `requests` counts the load tool's requests where
    it is known, else the requests seen in the traces. `not_stored` spans could not be stored when
    they came, and never came again; `turned_away` requests were told to come again before their
    spans were seen, and whether they did is not known; `lost_datagrams` of protocols over UDP are
    gone with the spans in them. `unfinished` parts of the run were killed or still run:
    "collector", "load" or "run". `unserved` requests show only the load tool's span, where its own
    counts do not account for them; `samplers` are those that spans name.
    """

    spans: int
    duplicates: int
    rejected: int
    lost_subtrees: int
    lost_spans: int = 0
    traces: int
    whole: int
    partial: int
    rootless: int
    multi_root: int = 0
    skew_corrected_spans: int
    skew_max_ms: float = 0.0
    adopted_spans: int
    async_spans: int
    linked_traces: int = 0
    requests: int
    requests_without_trace: int
    sampled_share: Share
    client_spans_only: bool = False
    not_stored: int = 0
    turned_away: int = 0
    lost_datagrams: int = 0
    unfinished: tuple[str, ...] = ()
    traffic: LeftOut[TrafficPart] = None
    accounting: LeftOut[Accounting] = None
    unserved: LeftOut[int] = None
    sampling: LeftOut[SamplingPart] = None
    samplers: LeftOut[tuple[Words, ...]] = None
    issues: tuple[IssueRow, ...] = ()


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


class TailRow(Part):
    """What slow requests spend on something, and what typical requests of the same endpoint do.

    Rows of services and hops split the whole excess; rows of operations split it another way. A
    negative excess is time that slow requests spend less.
    """

    kind: Literal["service", "hop", "operation"]
    service: LeftOut[Words] = None
    caller: LeftOut[Words] = None
    callee: LeftOut[Words] = None
    operation: LeftOut[Words] = None
    slow_mean_ms: float
    typical_mean_ms: float
    excess_ms: LeftOut[float] = None
    excess_share: float
    slow_calls_per_request: LeftOut[float] = None
    typical_calls_per_request: LeftOut[float] = None
    exemplars: tuple[TraceId, ...] = ()


class TailAttribute(Part):
    """An attribute value that slow requests have more often than chance explains.

    `slow_share` and `typical_share` say in which part of the slow and of the typical requests a
    span of the service has the value, `odds_ratio` how far the odds are apart within an endpoint.
    `excess_ms` is the part of the mean excess that would be gone if requests with this value were
    slow no more often than the others. `p_adjusted` is the chance to see any such difference among
    all attributes tested if none mattered. `also` names values that the same requests have.
    """

    service: Words
    attribute: Words
    value: Words
    slow_requests: int
    slow_share: Share
    typical_share: Share
    odds_ratio: float
    p_adjusted: float
    excess_ms: float
    excess_share: Share
    also: tuple[Words, ...] = ()
    exemplars: tuple[TraceId, ...] = ()


class Tail(Part):
    """Why the slow requests are slow.

    Slow requests are beyond the 95th percentile of their endpoint, typical ones from its 25th to
    its 75th; the typical means weigh the endpoints as the slow requests do. `slow_from_ms` is the
    fastest slow request of any endpoint. `slow_requests` and `typical_requests` are those that were
    seen; times and calls are those of the requests that they stand for. `attributes_tested` is how
    many attribute values were compared; 0 where attributes are not known.
    """

    slow_from_ms: float
    slow_requests: int
    typical_requests: int
    slow_mean_ms: LeftOut[float] = None
    typical_mean_ms: LeftOut[float] = None
    excess_ms: LeftOut[float] = None
    rows: tuple[TailRow, ...]
    attributes: tuple[TailAttribute, ...] = ()
    attributes_tested: int = 0


class ScalingRow(Part):
    """How a contribution grows with load: its mean in requests that began at low and at high load.

    `grows` says whether the growth is more than chance and more than a trifle.
    """

    kind: Literal["service", "hop"]
    service: LeftOut[Words] = None
    caller: LeftOut[Words] = None
    callee: LeftOut[Words] = None
    at_low_load_ms: float
    at_high_load_ms: float
    growth: float
    growth_ci95: LeftOut[tuple[float, float]] = None
    grows: bool = True


class Saturation(Part):
    """The first service all of whose workers are busy while requests queue for it.

    `workers_busy` is where the number of requests inside it stops to grow; that began at
    `in_flight` requests in the whole system and `throughput_rps`. Requests wait `wait_low_ms` for
    it at low load, `wait_high_ms` at high load.
    """

    service: Words
    workers_busy: int
    in_flight: float
    throughput_rps: float
    wait_low_ms: float
    wait_high_ms: float


class Capacity(Part):
    """Where the system stops to scale, by the Universal Scalability Law.

    X(N) = rate N / (1 + contention (N - 1) + coherency N (N - 1)), fitted to throughput X and
    requests in flight N in windows of time. `throughput_rps` is the most it can do, `at_in_flight`
    where the knee is. Source: N. Gunther, Guerrilla Capacity Planning (2007).
    """

    throughput_rps: float
    at_users: int | None
    at_in_flight: LeftOut[float] = None
    contention: LeftOut[float] = None
    coherency: LeftOut[float] = None
    fit_r2: LeftOut[float] = None
    first_to_saturate: Words | None


class Scaling(Part):
    """What happens as load grows; no rows where load did not vary enough to tell.

    `in_flight_low` and `in_flight_high` are the mean numbers of requests in flight in the third of
    requests that began at the lowest and at the highest load.
    """

    in_flight_low: LeftOut[float] = None
    in_flight_high: LeftOut[float] = None
    load_varied: bool = True
    rows: tuple[ScalingRow, ...]
    saturation: LeftOut[Saturation] = None
    capacity: LeftOut[Capacity] = None


class Finding(Part):
    """A named check that found something, with what to do about it."""

    kind: Words
    severity: Literal["info", "warning", "error"]
    subject: Words
    message: Words
    advice: Words
    gain_mean_ms: LeftOut[float] = None
    exemplars: tuple[TraceId, ...] = ()


class Exemplar(Part):
    """A request worth looking at, and why; `url` is its page in Jaeger."""

    trace_id: TraceId
    endpoint: Words
    latency_ms: float
    why: Words
    url: LeftOut[Words] = None


class Report(Document):
    """Everything one analysis says.

    `ranked_by` is what services, hops and operations are ranked by: what they contribute, or what
    would come back if they were 50 % faster.
    """

    model_config = ConfigDict(title="slowhop report")

    schema_name: Literal["slowhop.report/1"] = Field(default=SCHEMA_NAME, alias="schema")
    generated_by: GeneratedBy
    run: Run
    completeness: Completeness
    load: LoadSection
    kpis: Kpis
    endpoints: tuple[EndpointRow, ...]
    services: tuple[ServiceRow, ...]
    hops: tuple[HopRow, ...]
    operations: tuple[OperationRow, ...]
    paths: tuple[PathRow, ...]
    ranked_by: Literal["contribution", "gain"] = "contribution"
    tail: LeftOut[Tail] = None
    scaling: LeftOut[Scaling] = None
    test: LeftOut[LoadTest] = None
    alerts: LeftOut[Alerts] = None
    findings: tuple[Finding, ...] = ()
    profile: LeftOut[Profile] = None
    exemplars: tuple[Exemplar, ...] = ()
    warnings: tuple[Words, ...] = ()
