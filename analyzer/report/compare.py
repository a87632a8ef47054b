"""The comparison of two runs, version 1. Figures say their unit in their names.

Every row has two columns that are never mixed. `delta_mean_ms` is the robust change: the change of
the medians per call, times the calls of a request. It ranks and it is judged, because neither
another mix of requests nor a few odd calls move it. `exact_delta_mean_ms` is the row's part of the
change of the mean response time; these parts sum to the whole change. What hits under half of the
calls shows in neither median: `p95_delta_ms` and `p99_delta_ms` are for that. Positive is slower.
"""

from typing import Final, Literal

from pydantic import ConfigDict, Field

from analyzer.report.model import GeneratedBy, Latency
from analyzer.report.parts import Document, LeftOut, Part, Share, TraceId, Words
from analyzer.report.sampling import SamplingPart

COMPARE_SCHEMA_NAME: Final = "slowhop.compare/1"

Verdict = Literal["slower", "faster", "noise"]


class Side(Part):
    """One of the two runs.

    `lost_share` is the part of its spans whose parents were lost; `sampled_share` that of its
    requests which have a trace. `jaeger_ui` is the address of a Jaeger that has its traces too.
    `sampling` is there where spans tell how they were sampled: all counts, means and medians are
    then those of the requests that the recorded ones stand for.
    """

    id: Words
    source: Literal["spans", "report"]
    started_at: Words | None
    duration_s: float
    requests: int
    failures: int
    throughput_rps: float
    users: LeftOut[int] = None
    profile_hash: LeftOut[Words] = None
    latency: Latency
    spans: int
    lost_share: Share
    sampled_share: Share
    sampling: LeftOut[SamplingPart] = None
    jaeger_ui: LeftOut[Words] = None


class Figures(Part):
    """What a row is in one of the runs.

    `median_ms` is the median own time of a call; mean, p95 and p99 are of what the row adds to a
    request on its critical path, as in the run's report. `exemplars` are traces: the requests in
    which the row takes most, as much as at the 95th percentile, and as much as in the middle.
    """

    calls_per_request: float
    median_ms: LeftOut[float] = None
    mean_ms: float
    p95_ms: float
    p99_ms: float
    exemplars: tuple[TraceId, ...] = ()


class Delta(Part):
    """What all rows have.

    `share` is the row's part of the sum of all robust changes; where some rows got slower and
    others faster it may be negative or more than 1. `ci95_ms` is the 95 % interval of
    `delta_mean_ms`. `base` or `candidate` is null where that run has none of it.
    """

    rank: int
    delta_mean_ms: float
    share: float
    ci95_ms: tuple[float, float]
    verdict: Verdict
    enough_data: bool
    exact_delta_mean_ms: float
    p95_delta_ms: float
    p99_delta_ms: float
    base: Figures | None
    candidate: Figures | None


class ServiceDelta(Delta):
    """A service, with its part of the hops that begin or end at it.

    `own_delta_ms` is what its own operations changed by, `hops_delta_ms` its part of the hops.
    `base` and `candidate` show its own operations alone, as do the tails.
    """

    service: Words
    inferred: bool
    own_delta_ms: float
    hops_delta_ms: float


class HopDelta(Delta):
    """The way from caller to callee and back; only both ends together are known to be slower.

    `caller_part` is the part of the change that the ranking of services gives to the caller,
    because its other outgoing calls, or the callee's other incoming ones, changed as well.
    """

    caller: Words
    callee: Words
    caller_part: Share


class OperationDelta(Delta):
    """An operation of a service; with a callee it is that service's outgoing call.

    `calls_delta_ms` is the part of `delta_mean_ms` that comes from more or fewer calls.
    """

    service: Words
    operation: Words
    callee: Words | None
    calls_delta_ms: LeftOut[float] = None


class CallsDelta(Part):
    """Calls that one run makes and the other does not, or not as often."""

    kind: Literal["added", "gone", "more", "fewer"]
    service: Words
    operation: Words
    callee: Words | None
    base_per_request: float
    candidate_per_request: float
    delta_mean_ms: float


class EndpointPart(Part):
    """A service with its part of the hops, or a hop, in the requests of one endpoint."""

    kind: Literal["service", "hop"]
    service: LeftOut[Words] = None
    caller: LeftOut[Words] = None
    callee: LeftOut[Words] = None
    delta_mean_ms: float


class EndpointDelta(Part):
    """What a user asks for. Ranked by what its change adds to the mean request of the run.

    `delta_mean_ms` is the change of its median response time, `exact_delta_mean_ms` that of its
    mean; both are of a request to this endpoint. `parts` names what changed most in it.
    """

    rank: int
    endpoint: Words
    service: Words
    delta_mean_ms: float
    share: float
    ci95_ms: tuple[float, float]
    verdict: Verdict
    enough_data: bool
    exact_delta_mean_ms: float
    p95_delta_ms: float
    p99_delta_ms: float
    base_requests: int
    candidate_requests: int
    base: Latency
    candidate: Latency
    parts: tuple[EndpointPart, ...] = ()


class EndpointRef(Part):
    """An endpoint that only one of the runs asks for."""

    endpoint: Words
    service: Words
    requests: int


class Overall(Part):
    """The run as a whole.

    `delta_mean_ms` is the change of the endpoints' median response times, each counted by its share
    of the requests; `exact_delta_mean_ms` is the candidate's mean less the base's.
    """

    delta_mean_ms: float
    ci95_ms: tuple[float, float]
    verdict: Verdict
    exact_delta_mean_ms: float
    p95_delta_ms: float
    p99_delta_ms: float


class Noise(Part):
    """What is noise.

    A change counts if `least_change_ms` are left when two errors are taken off: that of its
    interval, and what the machine does from run to run. The latter is learned from the calls that
    no fault touched: `drift_within` and `drift_between` are the standard deviations, as parts of
    themselves, of work inside services and of gaps between them.
    """

    least_change_ms: float
    drift_within: float
    drift_between: float
    resamplings: int


class Comparison(Document):
    """Everything one comparison says.

    `basis` is `calls` where both runs' spans were there, and `reports` where only saved reports
    were: those hold no single calls, so means stand in for medians.
    """

    model_config = ConfigDict(title="slowhop comparison")

    schema_name: Literal["slowhop.compare/1"] = Field(default=COMPARE_SCHEMA_NAME, alias="schema")
    generated_by: GeneratedBy
    basis: Literal["calls", "reports"]
    base: Side
    candidate: Side
    overall: Overall
    endpoints: tuple[EndpointDelta, ...]
    services: tuple[ServiceDelta, ...]
    hops: tuple[HopDelta, ...]
    operations: tuple[OperationDelta, ...]
    background: tuple[OperationDelta, ...] = ()
    """Operations that no request waits for; they are in no other list."""
    calls: tuple[CallsDelta, ...] = ()
    only_in_base: tuple[EndpointRef, ...] = ()
    only_in_candidate: tuple[EndpointRef, ...] = ()
    noise: Noise
    warnings: tuple[Words, ...] = ()
