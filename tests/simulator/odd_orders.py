"""Code whose order differs from request to request, where learned order must do no harm.

A pool starts a call when a worker is free, whichever call that one had; an operation runs its calls
one after the other or side by side as a setting says; a call is given up after a timeout.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

import numpy as np

from analyzer.model.builder import SpanBuilder, SpanRow
from analyzer.model.naming import ProcessNames, SpanNames
from analyzer.model.spans import Int64Array, Kind, Spans

MS = 1_000_000
FRONT = "front"

Draw: TypeAlias = Mapping[str, float]
"""Durations of one request in ms, by name of the call or step."""

Interval: TypeAlias = tuple[str, float, float]
"""A call: whom, from when to when, in ms."""

Schedule: TypeAlias = Callable[[Draw], tuple[list[Interval], float]]
"""From durations to the calls of a request and its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OddCode:
    """A request's code.

    Attributes:
        medians_ms: of the durations it draws; the spread is 0.5 in the logarithm.
        callees: those that are calls, each to a service of that name.
        schedule: what it does in what order; `coin` in the draw is uniform in [0, 1), `timeout`
            is `timeout_ms`.
    """

    medians_ms: Mapping[str, float]
    callees: tuple[str, ...]
    schedule: Schedule
    timeout_ms: float = 0.0


def draws(code: OddCode, requests: int, seed: int) -> list[Draw]:
    """The durations of so many requests."""
    random = Random(seed)
    return [
        {name: median * random.lognormvariate(0, 0.5) for name, median in code.medians_ms.items()}
        | {"coin": random.random(), "timeout": code.timeout_ms}
        for _ in range(requests)
    ]


def durations(code: OddCode, drawn: list[Draw], changed: str, factor: float) -> Int64Array:
    """How long the requests take if one callee's time is multiplied: int64[requests], in ns."""
    ends = [code.schedule({**draw, changed: draw[changed] * factor})[1] for draw in drawn]
    return np.array([round(end * MS) for end in ends], np.int64)


def record(code: OddCode, drawn: list[Draw]) -> Spans:
    """The spans of the requests; their trace ids are 1, 2, 3 ..."""
    builder = SpanBuilder()
    for number, draw in enumerate(drawn, 1):
        calls, end = code.schedule(draw)
        start_ns = number * 100_000 * MS
        spans = [(FRONT, 0.0, end), *calls]
        for position, (name, begin, finish) in enumerate(spans):
            builder.add(
                SpanRow(
                    trace_id=number,
                    span_id=number * 100 + position + 1,
                    parent_id=number * 100 + 1 if position else 0,
                    start_ns=start_ns + round(begin * MS),
                    end_ns=start_ns + round(finish * MS),
                    kind=Kind.CLIENT if position else Kind.SERVER,
                    status=0,
                    process=ProcessNames(service=FRONT, instance=""),
                    names=SpanNames(
                        operation="call" if position else "GET /",
                        peer=name if position else "",
                        protocol="",
                    ),
                )
            )
    return builder.build()


def _pool(draw: Draw) -> tuple[list[Interval], float]:
    """Five calls and two workers; each goes to the worker that is free first."""
    free = [0.0, 0.0]
    calls: list[Interval] = []
    for name in "abcde":
        worker = free.index(min(free))
        begin = free[worker] + 0.02
        free[worker] = begin + draw[name]
        calls.append((name, begin, free[worker]))
    return calls, max(free) + 1


def _either(draw: Draw) -> tuple[list[Interval], float]:
    """a and b side by side in half of the requests; else b after a and some own work."""
    begin = 0.02 if draw["coin"] < 0.5 else draw["a"] + draw["work"]
    end = max(draw["a"], begin + draw["b"])
    return [("a", 0.0, draw["a"]), ("b", begin, begin + draw["b"])], end + 1


def _any_order(draw: Draw) -> tuple[list[Interval], float]:
    """Two calls one after the other, in whatever order a set has them."""
    first, second = ("a", "b") if draw["coin"] < 0.5 else ("b", "a")
    begin = draw[first] + draw["work"]
    end = begin + draw[second]
    return [(first, 0.0, draw[first]), (second, begin, end)], end + 1


def _given_up(draw: Draw) -> tuple[list[Interval], float]:
    """a is given up after a timeout; then b is asked."""
    waited = min(draw["a"], draw["timeout"])
    begin = waited + draw["work"]
    end = begin + draw["b"]
    return [("a", 0.0, draw["a"]), ("b", begin, end)], end + 1


ODD_CODES = {
    "a pool of workers": OddCode(
        medians_ms=dict.fromkeys("abcde", 8.0), callees=tuple("abcde"), schedule=_pool
    ),
    "serial or side by side": OddCode(
        medians_ms={"a": 8.0, "b": 8.0, "work": 3.0}, callees=("a", "b"), schedule=_either
    ),
    "serial in any order": OddCode(
        medians_ms={"a": 8.0, "b": 8.0, "work": 3.0}, callees=("a", "b"), schedule=_any_order
    ),
    "seldom given up after a timeout": OddCode(
        medians_ms={"a": 10.0, "b": 2.0, "work": 1.0},
        callees=("a", "b"),
        schedule=_given_up,
        timeout_ms=25.0,
    ),
    "often given up after a timeout": OddCode(
        medians_ms={"a": 10.0, "b": 2.0, "work": 1.0},
        callees=("a", "b"),
        schedule=_given_up,
        timeout_ms=15.0,
    ),
}
