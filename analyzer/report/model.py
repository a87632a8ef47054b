"""The report, version 1. Every figure says its unit in its name; shares are fractions of 1.

There are two kinds of nothing. What every row has but is not known here is null in the JSON
(`T | None`). What not every report has, such as `tail`, `scaling` or a `gain`, is left out of it
(`LeftOut[T]`). The parts of its larger sections stand in modules of their own, and have their
names here too.
"""

from typing import Final, Literal

from pydantic import ConfigDict, Field

from analyzer.report.alerts import Alerts
from analyzer.report.completeness import Completeness, IssueRow
from analyzer.report.load import (
    Kpis,
    Latency,
    LoadSection,
    PartMean,
    ResponseTime,
    TimelinePoint,
    ToolEndpoint,
    ToolLoad,
)
from analyzer.report.load_test import LoadTest
from analyzer.report.parts import Document, LeftOut, Part, TraceId, Words
from analyzer.report.profile import Profile
from analyzer.report.ranked import (
    Contribution,
    EndpointRow,
    Gain,
    HopRow,
    OperationRow,
    PartRef,
    PathRow,
    RankedRow,
    Saving,
    ServiceRow,
)
from analyzer.report.run import GeneratedBy, Input, Load, Run
from analyzer.report.scaling import Capacity, Saturation, Scaling, ScalingRow
from analyzer.report.tail import Tail, TailAttribute, TailRow

__all__ = (
    "SCHEMA_NAME",
    "Capacity",
    "Completeness",
    "Contribution",
    "EndpointRow",
    "Exemplar",
    "Finding",
    "Gain",
    "GeneratedBy",
    "HopRow",
    "Input",
    "IssueRow",
    "Kpis",
    "Latency",
    "Load",
    "LoadSection",
    "OperationRow",
    "PartMean",
    "PartRef",
    "PathRow",
    "RankedRow",
    "Report",
    "ResponseTime",
    "Run",
    "Saturation",
    "Saving",
    "Scaling",
    "ScalingRow",
    "ServiceRow",
    "Tail",
    "TailAttribute",
    "TailRow",
    "TimelinePoint",
    "ToolEndpoint",
    "ToolLoad",
)

SCHEMA_NAME: Final = "slowhop.report/1"


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
