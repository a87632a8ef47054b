"""The report, version 1. Every figure says its unit in its name; shares are fractions of 1.

What later sections will hold (`tail`, `scaling`, `findings`, `gain`) has its place here already and
is left out of the JSON while it is empty.
"""

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_NAME: Final = "slowhop.report/1"

Share = Annotated[float, Field(ge=-1e-9, le=1.0 + 1e-9)]
TraceId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


class Part(BaseModel):
    """What all parts of a report have in common: frozen, and no unknown names."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="null")


class GeneratedBy(Part):
    """The program that made the report."""

    name: str
    version: str


class Load(Part):
    """The load that was asked for."""

    tool: str
    version: str | None = None
    users: int | None = None
    spawn_rate: float | None = None
    run_time_s: float | None = None
    shape: str | None = None
    host: str | None = None
    locustfile: str | None = None
    profile_hash: str | None = None


class Input(Part):
    """A file that was read."""

    path: str
    format: str
    bytes: int
    spans: int


class Run(Part):
    """What was run, by which load, from which files."""

    id: str
    command: str
    started_at: str | None
    duration_s: float
    load: Load | None = None
    inputs: tuple[Input, ...]


class IssueRow(Part):
    """Odd data of one kind: how many records, how many spans, and where the first ones are."""

    kind: str
    count: int
    spans: int
    examples: tuple[str, ...]


class Completeness(Part):
    """How much of the run the spans show.

    `whole` traces have a root and all parents; `partial` ones miss some; `rootless` ones have a
    root whose parent nobody sent; `multi_root` ones hold several requests. `rejected` spans were
    refused by the collector or unusable in a file. `requests` counts the load tool's requests where
    it is known, else the requests seen in the traces.
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

    method: str
    name: str
    requests: int
    failures: int
    latency: Latency


class ToolLoad(Part):
    """The load tool's own numbers, beside those of the traces."""

    tool: str
    version: str | None
    requests: int
    failures: int
    throughput_rps: float
    latency: Latency | None
    endpoints: tuple[ToolEndpoint, ...]


class TimelinePoint(Part):
    """One interval of the run; `t_s` is its start."""

    t_s: float
    users: int | None
    throughput_rps: float
    p95_ms: float | None
    in_flight: float


class LoadSection(Part):
    """What load the traces show, over time; `reported` is what the load tool counted itself."""

    requests: int
    failures: int
    throughput_rps: float
    users_max: int | None
    in_flight_mean: float
    in_flight_max: int
    timeline: tuple[TimelinePoint, ...]
    reported: ToolLoad | None = None


class ResponseTime(Part):
    """Response times over all requests."""

    mean: float
    p50: float
    p95: float
    p99: float
    max: float


class Resources(Part):
    """What one service used."""

    service: str
    cpu_percent: float | None = None
    memory_mb: float | None = None
    disk_read_mb_s: float | None = None
    disk_write_mb_s: float | None = None


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

    if_10_percent_faster: Saving | None = None
    if_50_percent_faster: Saving | None = None
    if_removed: Saving | None = None


class RankedRow(Part):
    """What every ranked row has."""

    rank: int
    enough_data: bool
    contribution: Contribution
    tail_share: Share
    calls_per_request: float
    errors: int
    gain: Gain = Gain()
    exemplars: tuple[TraceId, ...]


class ServiceRow(RankedRow):
    """A service; `inferred` ones sent no spans themselves and are known from their callers."""

    service: str
    inferred: bool


class HopRow(RankedRow):
    """The way from caller to callee and back: network, queue, connection, serialisation."""

    caller: str
    callee: str
    protocol: str
    inferred: bool


class OperationRow(RankedRow):
    """An operation of a service; with a callee it is that service's outgoing call."""

    service: str
    operation: str
    callee: str | None


class PartRef(Part):
    """Names a service or a hop."""

    kind: Literal["service", "hop"]
    service: str | None = None
    caller: str | None = None
    callee: str | None = None
    share: Share

    def label(self) -> str:
        """Its name as a person reads it."""
        return self.service or f"{self.caller} → {self.callee}"


class EndpointRow(Part):
    """What a user asks for: the operation a request begins with, ranked by summed response time.

    `services` and `hops` rank this endpoint's requests alone.
    """

    rank: int
    endpoint: str
    service: str
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
    steps: tuple[str, ...]
    requests: int
    share: Share
    mean_ms: float
    exemplars: tuple[TraceId, ...] = ()


class TailRow(Part):
    """What slow requests have that typical ones have not."""

    kind: str
    service: str | None = None
    caller: str | None = None
    callee: str | None = None
    slow_mean_ms: float
    typical_mean_ms: float
    excess_share: float


class Tail(Part):
    """Why the slow requests are slow."""

    slow_from_ms: float
    slow_requests: int
    typical_requests: int
    rows: tuple[TailRow, ...]


class ScalingRow(Part):
    """How a contribution grows with load."""

    kind: str
    service: str | None = None
    caller: str | None = None
    callee: str | None = None
    at_low_load_ms: float
    at_high_load_ms: float
    growth: float


class Capacity(Part):
    """Where the system stops to scale."""

    throughput_rps: float
    at_users: int | None
    first_to_saturate: str | None


class Scaling(Part):
    """What happens as load grows."""

    rows: tuple[ScalingRow, ...]
    capacity: Capacity | None = None


class Finding(Part):
    """A named check that found something, with what to do about it."""

    kind: str
    severity: Literal["info", "warning", "error"]
    subject: str
    message: str
    advice: str
    gain_mean_ms: float | None = None
    exemplars: tuple[TraceId, ...] = ()


class Exemplar(Part):
    """A request worth looking at, and why."""

    trace_id: TraceId
    endpoint: str
    latency_ms: float
    why: str


class Report(Part):
    """Everything one analysis says."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        ser_json_inf_nan="null",
        populate_by_name=True,
        title="slowhop report",
    )

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
    tail: Tail | None = None
    scaling: Scaling | None = None
    findings: tuple[Finding, ...] = ()
    exemplars: tuple[Exemplar, ...] = ()
    warnings: tuple[str, ...] = ()

    def to_json(self) -> str:
        """The report as JSON text, two spaces of indent, ending in a newline."""
        return self.model_dump_json(by_alias=True, exclude_none=True, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> "Report":
        """The report that `to_json` wrote.

        Raises:
            pydantic.ValidationError: the text is not such a report.
        """
        return cls.model_validate_json(text)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the report."""
    schema = Report.model_json_schema(by_alias=True, mode="serialization")
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return schema
