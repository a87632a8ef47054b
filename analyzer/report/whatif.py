"""What a change would bring, version 1: response times before and after. Figures say their unit."""

from typing import Any, Final, Literal

from pydantic import ConfigDict, Field

from analyzer.report.model import GeneratedBy, Input, Latency, LeftOut, Part, Words

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


class WhatIf(Part):
    """Response times with all changes at once, over the run and by endpoint.

    Endpoints are in the order of their reports: those that users wait for most, first.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        populate_by_name=True,
        title="slowhop what-if",
    )

    schema_name: Literal["slowhop.whatif/1"] = Field(default=WHATIF_SCHEMA_NAME, alias="schema")
    generated_by: GeneratedBy
    id: Words
    inputs: tuple[Input, ...]
    changes: tuple[Change, ...]
    requests: int
    overall: Times
    endpoints: tuple[EndpointTimes, ...]
    warnings: tuple[Words, ...] = ()

    def to_json(self) -> str:
        """The answer as JSON text, two spaces of indent, ending in a newline."""
        return self.model_dump_json(by_alias=True, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> "WhatIf":
        """The answer that `to_json` wrote.

        Raises:
            pydantic.ValidationError: the text is no such answer.
        """
        return cls.model_validate_json(text)


def whatif_schema() -> dict[str, Any]:
    """The JSON Schema of a what-if."""
    schema = WhatIf.model_json_schema(by_alias=True, mode="serialization")
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return schema
