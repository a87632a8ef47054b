"""What people write about figures: `p95 < 300ms`, `errors > 10% for 5s`, `p95["GET /"] > 1s`."""

import math
import re
from dataclasses import dataclass
from typing import Self

from analyzer.errors import InputError

TIMES = ("mean", "p50", "p90", "p95", "p99")
ERRORS, THROUGHPUT, IN_FLIGHT = "errors", "throughput", "in_flight"
FIGURES = (*TIMES, ERRORS, THROUGHPUT, IN_FLIGHT)

_ALSO = {"rps": THROUGHPUT}

_MS = {"ms": 1.0, "s": 1000.0}
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_UNITS = {
    **dict.fromkeys(TIMES, _MS),
    ERRORS: {"%": 0.01, "": 1.0},
    THROUGHPUT: {"/s": 1.0, "": 1.0},
    IN_FLIGHT: {"": 1.0},
}
"""By figure, the units it may have, and what a number with one is worth: ms, a share of 1, 1/s."""

_UNIT = {ERRORS: "%", THROUGHPUT: "/s", IN_FLIGHT: ""}
_PER_UNIT = {ERRORS: 100.0}
"""How values are written: times in ms, errors in percent."""

_WHOLE_FROM = 1000
"""Figures of four digits and more need no fraction."""

_WRITTEN = re.compile(
    r"""\s*(?P<figure>\w+)\s*
        (?:\[\s*(?P<quote>["'])(?P<endpoint>.+?)(?P=quote)\s*\]\s*)?
        (?P<sign>[<>])=?\s*
        (?P<number>[0-9.]+)\s*(?P<unit>ms|s|%|/s|)\s*
        (?:\bfor\s+(?P<time>[0-9.]+)\s*(?P<time_unit>ms|s|m|h|))?\s*""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A figure held against a bound.

    Attributes:
        figure: one of `FIGURES`.
        endpoint: whose it is; None for all requests together.
        above: whether it is about being above the bound, else below.
        bound: ms; of errors a share of 1; of throughput requests a second.
        for_s: how long it has to be so; None where nothing is said.
    """

    figure: str
    endpoint: str | None
    above: bool
    bound: float
    for_s: float | None

    @classmethod
    def from_text(
        cls, text: str, *, what: str, hint: str, figures: tuple[str, ...] = FIGURES
    ) -> Self:
        """Read it as people write it.

        Args:
            text: what they wrote.
            what: what it is meant to be, for the message.
            hint: how to write it.
            figures: those that are possible here.

        Raises:
            InputError: it is no comparison, or of no such figure.
        """
        found = _WRITTEN.fullmatch(text)
        figure = _ALSO.get(found["figure"], found["figure"]) if found else ""
        if found is None or figure not in figures:
            raise InputError(f"{text!r} is no {what}; figures are {', '.join(figures)}", hint=hint)
        units = _UNITS[figure]
        if found["unit"] not in units:
            raise InputError(f"{text!r} lacks its unit, or has a wrong one", hint=hint)
        time = found["time"]
        return cls(
            figure=figure,
            endpoint=found["endpoint"],
            above=found["sign"] == ">",
            bound=_number(found["number"], hint) * units[found["unit"]],
            for_s=_number(time, hint) * _SECONDS[found["time_unit"] or "s"] if time else None,
        )


def _number(text: str, hint: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError(f"{text!r} is no number", hint=hint) from None


def shown(figure: str, value: float) -> str:
    """A measured value of a figure with its unit, as people write it."""
    scaled = value * _PER_UNIT.get(figure, 1.0)
    number = f"{scaled:.4g}" if abs(scaled) < _WHOLE_FROM else f"{scaled:.0f}"
    return number + _UNIT.get(figure, "ms")


def _exactly(figure: str, bound: float) -> str:
    """A bound with its unit, without an exponent, so that it can be read again."""
    number = f"{bound * _PER_UNIT.get(figure, 1.0):.9f}".rstrip("0").rstrip(".")
    return number + _UNIT.get(figure, "ms")


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What gives an alert: a figure beyond a bound in each second of some seconds on end."""

    figure: str
    endpoint: str | None
    above: bool
    bound: float
    seconds: int

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read it as people write it; without a time, one second is enough.

        Raises:
            InputError: it is no such condition.
        """
        hint = "write it like 'p95 > 500ms for 10s', 'errors > 10% for 5s' or 'p95[\"GET /\"] > 1s'"
        found = Comparison.from_text(text, what="condition", hint=hint)
        return cls(
            figure=found.figure,
            endpoint=found.endpoint,
            above=found.above,
            bound=found.bound,
            seconds=max(1, math.ceil(found.for_s or 1)),
        )

    @property
    def text(self) -> str:
        """As people write it; reading it again gives the same."""
        of = f'["{self.endpoint}"]' if self.endpoint is not None else ""
        sign = ">" if self.above else "<"
        return f"{self.figure}{of} {sign} {_exactly(self.figure, self.bound)} for {self.seconds}s"
