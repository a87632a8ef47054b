"""What a check finds."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from analyzer.findings.evidence import Evidence
from analyzer.findings.fixes import Fix


class Severity(IntEnum):
    """How grave a finding is."""

    INFO = 0
    """Worth knowing; nothing need be wrong."""
    WARNING = 1
    """Costs users time, or makes the figures doubtful."""
    ERROR = 2
    """Costs users time and the system work that brings nobody anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A finding before its gain is known.

    Attributes:
        kind: the check's name.
        severity: how grave it is, if the fix brings what it seems to.
        subject: the service, hop or operation concerned.
        message: what is so, with figures and their units.
        advice: what to do.
        exemplars: ids of traces that show it, the clearest first.
        fix: what to replay to know what the advice brings; None where that is not known so.
        size_ns: how much time of all requests is concerned, to rank findings by before that.
        gain_ns: what the advice brings over all requests, where it is known without a replay.
    """

    kind: str
    severity: Severity
    subject: str
    message: str
    advice: str
    exemplars: tuple[str, ...] = ()
    fix: Fix | None = None
    size_ns: int = 0
    gain_ns: int | None = None


class Check(Protocol):
    """One thing that can be wrong."""

    kind: str
    """Its name in reports."""

    def find(self, evidence: Evidence) -> Iterable[Found]:
        """Where it is so."""
        ...
