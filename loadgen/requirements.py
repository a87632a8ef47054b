"""What a level of load has to keep: `p95 < 300ms`, `errors < 1%`."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from analyzer.conditions import Comparison
from analyzer.errors import InputError

FIGURES = ("mean", "p50", "p90", "p95", "p99", "errors")

NEARLY = 1.25
"""A figure that is off by less than a quarter may be chance: with a few hundred requests in a
queue, the p95 of one level differs by that much from one measurement to the next."""

_HINT = "write it like 'p95 < 300ms' or 'errors < 1%'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """A figure and what it has to stay below: ms, or of errors a share of 1."""

    figure: str
    below: float

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read it as people write it.

        Raises:
            InputError: it is no such requirement.
        """
        found = Comparison.from_text(text, what="requirement", hint=_HINT, figures=FIGURES)
        if found.above or found.endpoint is not None or found.for_s is not None:
            raise InputError(
                f"{text!r} is no requirement: a figure of all requests stays below something",
                hint=_HINT,
            )
        return cls(figure=found.figure, below=found.bound)

    @property
    def text(self) -> str:
        """As people write it."""
        if self.figure == "errors":
            return f"errors < {self.below * 100:g}%"
        return f"{self.figure} < {self.below:g}ms"

    def record(self) -> dict[str, Any]:
        """As `run.json` has it."""
        return {"figure": self.figure, "below": self.below}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a level of load came to.

    Attributes:
        held: whether it kept all requirements.
        nearly: it did not, but by so little that it may be chance.
        why: the requirements it broke, with what was measured; empty if none.
    """

    held: bool
    nearly: bool = False
    why: tuple[str, ...] = ()


def judge(requirements: Iterable[Requirement], measured: Mapping[str, float]) -> Outcome:
    """Hold figures against what is required; a figure that is not known is not kept."""
    broken = [
        (r, value)
        for r in requirements
        if not (value := measured.get(r.figure, math.nan)) < r.below
    ]
    return Outcome(
        held=not broken,
        nearly=bool(broken) and all(value < NEARLY * r.below for r, value in broken),
        why=tuple(f"{r.text}: {_shown(r, value)}" for r, value in broken),
    )


def _shown(requirement: Requirement, value: float) -> str:
    if math.isnan(value):
        return "no request was answered"
    return f"{value * 100:.3g}%" if requirement.figure == "errors" else f"{value:.4g}ms"
