"""What a change would bring, version 1: response times before and after. Figures say their unit."""

from typing import Final, Literal

from pydantic import ConfigDict, Field

from analyzer.report.model import GeneratedBy, Input, Latency
from analyzer.report.parts import Document, LeftOut, Part, Words
from analyzer.report.sampling import SamplingPart

WHATIF_SCHEMA_NAME: Final = "slowhop.whatif/1"


class Change(Part):
    """One thing that is changed.

    `faster` and `slower` give the `target`'s own time in every call: `factor` multiplies it, or
    `time_ms` is the most (faster) or the least (slower) that a call takes. `parallel` lets the
    calls that `target` names run side by side. `spans` is how many spans are concerned.
    """

    kind: Literal["faster", "slower", "parallel"]
    target: Words
    factor: LeftOut[float] = None
    time_ms: LeftOut[float] = None
    spans: int


class Times(Part):
    """Response times as recorded and as they would be, and by how much they would drop.

    A drop is negative where requests would take longer.
    """

    before: Latency
    after: Latency
    drop: Latency


class EndpointTimes(Times):
    """The response times of what a user asks for."""

    endpoint: Words
    service: Words
    requests: int


class WhatIf(Document):
    """Response times with all changes at once, over the run and by endpoint.

    Endpoints are in the order of their reports: those that users wait for most, first. With
    `sampling`, requests count as often as their spans say that they stand for; the spans of a
    change are those that were recorded.
    """

    model_config = ConfigDict(title="slowhop what-if")

    schema_name: Literal["slowhop.whatif/1"] = Field(default=WHATIF_SCHEMA_NAME, alias="schema")
    generated_by: GeneratedBy
    id: Words
    inputs: tuple[Input, ...]
    changes: tuple[Change, ...]
    requests: int
    sampling: LeftOut[SamplingPart] = None
    overall: Times
    endpoints: tuple[EndpointTimes, ...]
    warnings: tuple[Words, ...] = ()
