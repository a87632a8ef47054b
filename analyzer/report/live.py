"""The ranking so far, for a page beside a running test, version 1. Units as in the report."""

from typing import Final, Literal

from pydantic import ConfigDict, Field

from analyzer.report.model import Saving
from analyzer.report.parts import Document, LeftOut, Part, Share, Words

SCHEMA_NAME: Final = "slowhop.live/1"


class LiveRow(Part):
    """A service or a hop on its place in the one ranking of both.

    `gain` is what requests would save if it were 50 % faster, left out while it is not computed;
    `findings` are sentences about it.
    """

    rank: int
    kind: Literal["service", "hop"]
    service: LeftOut[Words] = None
    caller: LeftOut[Words] = None
    callee: LeftOut[Words] = None
    inferred: bool
    enough_data: bool
    share: Share
    mean_ms: float
    p95_ms: float
    gain: LeftOut[Saving] = None
    findings: tuple[Words, ...] = ()


class Live(Document):
    """A run at one moment. Without rows, `message` says why and `advice` what to do about it.

    `findings` are those about no row of the ranking, such as the run as a whole.
    """

    model_config = ConfigDict(title="slowhop live ranking")

    schema_name: Literal["slowhop.live/1"] = Field(default=SCHEMA_NAME, alias="schema")
    run: Words
    phase: Words
    requests: int
    spans: int
    message: LeftOut[Words] = None
    advice: tuple[Words, ...] = ()
    rows: tuple[LiveRow, ...] = ()
    findings: tuple[Words, ...] = ()
