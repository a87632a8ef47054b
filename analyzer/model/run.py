"""The run that spans belong to: what was started, what load tool and collector counted."""

from dataclasses import dataclass

from analyzer.model.issue import IssueCount
from analyzer.model.load_test import TestRecord
from analyzer.model.profile import ProfileRecord
from analyzer.model.resources import ResourceSeries
from analyzer.model.spans import Spans
from analyzer.model.traffic import Traffic


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPlan:
    """The load that was asked for; None where it is not known."""

    tool: str
    version: str | None = None
    users: int | None = None
    spawn_rate: float | None = None
    run_time_s: float | None = None
    shape: str | None = None
    host: str | None = None
    locustfile: str | None = None
    profile_hash: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsRecord:
    """What somebody wanted to be alerted of, as written, and what the run was stopped by.

    Attributes:
        warn: conditions of an alert.
        abort: conditions that stop the run.
        aborted_by: the one that did; '' if none.
        aborted_at: the value it was stopped at.
    """

    warn: tuple[str, ...] = ()
    abort: tuple[str, ...] = ()
    aborted_by: str = ""
    aborted_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """What `run.json` says: the name of the run and how it was made. Times: ns since the epoch.

    Attributes:
        jaeger_ui: the address of a Jaeger that has its traces too, as `ui_address` gives it.
        alerts: what to be alerted of; None where nobody asked.
    """

    id: str
    command: str
    started_at_ns: int | None = None
    ended_at_ns: int | None = None
    load: LoadPlan | None = None
    jaeger_ui: str | None = None
    alerts: AlertsRecord | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolLatency:
    """Response times as the load tool counted them, in milliseconds."""

    mean_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolEndpoint:
    """One row of the load tool's own statistics."""

    method: str
    name: str
    requests: int
    failures: int
    latency: ToolLatency


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPoint:
    """One second of the load tool's own view. `time_ns`: since the epoch; counts: totals so far.

    `cpu_percent` is what the busiest of its processes used of one core.
    """

    time_ns: int
    users: int
    requests: int
    failures: int
    throughput_rps: float
    cpu_percent: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadRecord:
    """What the load tool counted over the run (`load.json` and `load.jsonl`).

    `finished`: it wrote its totals; else these are the figures of its last second. `begun` requests
    were sent, counted in the end or not; `unsampled` ones of them told services not to record them.
    Times: ns since the epoch, None where they are not known.
    """

    tool: str
    version: str | None = None
    requests: int = 0
    failures: int = 0
    throughput_rps: float = 0.0
    users_max: int = 0
    latency: ToolLatency | None = None
    endpoints: tuple[ToolEndpoint, ...] = ()
    points: tuple[LoadPoint, ...] = ()
    spans_created: int | None = None
    spans_exported: int | None = None
    begun: int | None = None
    unsampled: int = 0
    started_at_ns: int | None = None
    ended_at_ns: int | None = None
    finished: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardRecord:
    """How many spans the collector passed on to another receiver, and why not all.

    Attributes:
        to: the other receiver.
        refused: spans that it would not have, and why the last of them.
        waiting: spans that it was not given, and why.
    """

    to: str
    refused: int = 0
    refusal: str = ""
    waiting: int = 0
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectorRecord:
    """What the collector counted (`collector.json`), in spans unless named otherwise.

    Attributes:
        turned_away: requests whose client was told to send them again.
        unread: those of them whose spans were never seen; whether they came again is not known.
        missing: spans of the others that never came again.
        lost_datagrams: datagrams that arrived and could not be read in time, or stored.
        finished: it closed its files; else it was killed, or still runs.
    """

    requests: int = 0
    received: int = 0
    accepted: int = 0
    refused: int = 0
    turned_away: int = 0
    unread: int = 0
    missing: int = 0
    lost_datagrams: int = 0
    finished: bool = True
    forwards: tuple[ForwardRecord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """One file that was read. `path` is relative to the run directory where there is one."""

    path: str
    format: str
    bytes: int
    spans: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """Everything a reader found: spans, where they came from, what was odd, the run if known.

    Attributes:
        jaeger_ui: the address of a Jaeger that has the traces too, as `ui_address` gives it.
        resources: those of services over time, process by process, where somebody measured them.
        traffic: whose traces were told apart; None where no span names a run.
    """

    spans: Spans
    inputs: tuple[InputFile, ...]
    issues: tuple[IssueCount, ...] = ()
    run: RunRecord | None = None
    load: LoadRecord | None = None
    collector: CollectorRecord | None = None
    test: TestRecord | None = None
    resources: tuple[ResourceSeries, ...] = ()
    profile: ProfileRecord | None = None
    jaeger_ui: str | None = None
    traffic: Traffic | None = None


NOTHING = Capture(spans=Spans.empty(), inputs=(), issues=())
"""A capture of nothing."""
