"""The levels of load that a test came to, and what their requests show."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analyzer.attribution.contributions import Requests
from analyzer.model.load_test import PhaseRecord, TestRecord
from analyzer.model.spans import Int64Array
from analyzer.ranking.requests import NS_PER_S, observed
from analyzer.ranking.scaling_load import busy_until
from analyzer.ranking.statistics import NS_PER_MS, percentile_ms
from analyzer.report.load_test import LevelRow

SETTLE_PART = 0.25
"""The part of a level that is not judged: queues fill, caches warm, or what was before goes."""

SETTLE_SOAK_PART = 0.1
"""The same of a long test, whose begin is what its end is compared with."""

ENOUGH = 20
"""Requests from which on a level's p95 is judged: below, it is its largest value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A time of steady load. Times: ns since the epoch.

    Attributes:
        name: what people call it.
        role: what it is there for.
        level: users, or arrivals a second; None where that is not known.
        begin_ns: when the load began to change to it.
        steady_ns: from when on it is judged.
        end_ns: until when.
        held: whether the load tool found that it kept what is required; None if it did not look.
        why: what it did not keep.
    """

    name: str
    role: str
    level: float | None
    begin_ns: int
    steady_ns: int
    end_ns: int
    held: bool | None = None
    why: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        """How long its steady part is."""
        return max(self.end_ns - self.steady_ns, 0) / NS_PER_S

    def began_in(self, requests: Requests) -> Int64Array:
        """The requests that began in its steady part."""
        start = requests.start_ns
        return np.flatnonzero((start >= self.steady_ns) & (start < self.end_ns))

    def ended_in(self, requests: Requests) -> Int64Array:
        """The requests that ended in its steady part."""
        end = requests.start_ns + requests.duration_ns
        return np.flatnonzero((end >= self.steady_ns) & (end < self.end_ns))


def levels_of(test: TestRecord, requests: Requests, started_ns: int | None) -> tuple[Level, ...]:
    """The levels of a test, as they went or else as they were planned.

    Args:
        test: the test.
        requests: all requests of the run.
        started_ns: when the load began, ns since the epoch; None for with the first request.
    """
    begin, end = observed(requests)
    settle = SETTLE_SOAK_PART if test.planned.kind == "endurance" else SETTLE_PART
    found = _as_it_went(test, end) if test.phases else _as_planned(test, started_ns or begin, end)
    return tuple(
        Level(
            name=phase.name,
            role=phase.role,
            level=phase.level,
            begin_ns=phase.begin_ns,
            steady_ns=min(
                phase.reached_ns + round(settle * max(phase.end_ns - phase.reached_ns, 0)),
                phase.end_ns,
            ),
            end_ns=phase.end_ns,
            held=phase.held,
            why=phase.why,
        )
        for phase in found
        if phase.end_ns > phase.begin_ns
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Phase:
    """A phase with the moment its load was reached."""

    name: str
    role: str
    level: float | None
    begin_ns: int
    reached_ns: int
    end_ns: int
    held: bool | None = None
    why: tuple[str, ...] = ()


def _as_it_went(test: TestRecord, end: int) -> Iterator[_Phase]:
    approach_s = {p.name: p.approach_s for p in test.planned.phases}
    for phase in test.phases:
        yield _Phase(
            name=phase.name,
            role=phase.role,
            level=phase.level,
            begin_ns=phase.began_ns,
            reached_ns=phase.began_ns + round(approach_s.get(phase.name, 0.0) * NS_PER_S),
            end_ns=_end(phase, end),
            held=phase.held,
            why=phase.why,
        )


def _end(phase: PhaseRecord, end: int) -> int:
    """When a phase ended; what was never noted ended with the run's last request."""
    return phase.ended_ns if phase.ended_ns is not None else end


def _as_planned(test: TestRecord, started_ns: int, end: int) -> Iterator[_Phase]:
    """A load that was left to the load tool is one phase."""
    if not test.planned.phases and test.planned.kind == "load":
        yield _Phase(
            name="hold",
            role="hold",
            level=None,
            begin_ns=started_ns,
            reached_ns=started_ns,
            end_ns=end,
        )
    for phase in test.planned.phases:
        begin = started_ns + round(phase.begin_s * NS_PER_S)
        last = end if phase.seconds is None else begin + round(phase.seconds * NS_PER_S)
        yield _Phase(
            name=phase.name,
            role=phase.role,
            level=phase.level,
            begin_ns=begin,
            reached_ns=begin + round(phase.approach_s * NS_PER_S),
            end_ns=min(last, end),
        )


def level_row(level: Level, requests: Requests, begin_ns: int) -> LevelRow:
    """What a level's requests show: latency of those that began in it, throughput of all.

    Args:
        level: the level.
        requests: all requests of the run.
        begin_ns: when the run's first request began.
    """
    began = level.began_in(requests)
    duration = np.sort(requests.duration_ns[began])
    ended = level.ended_in(requests).size
    edges = np.array([level.steady_ns, level.end_ns], np.int64)
    finish = requests.start_ns + requests.duration_ns
    busy = float(np.diff(busy_until(requests.start_ns, finish, edges))[0])
    seconds = level.seconds

    def time_ms(part: float) -> float | None:
        return round(percentile_ms(duration, part), 3) if duration.size else None

    return LevelRow(
        name=level.name,
        role=level.role,
        level=level.level,
        t_s=round((level.steady_ns - begin_ns) / NS_PER_S, 3),
        seconds=round(seconds, 3),
        requests=int(began.size),
        throughput_rps=round(ended / seconds, 3) if seconds else 0.0,
        error_share=round(float(requests.failed[began].mean()), 6) if began.size else 0.0,
        mean_ms=round(float(duration.mean()) / NS_PER_MS, 3) if duration.size else None,
        p50_ms=time_ms(0.5),
        p95_ms=time_ms(0.95),
        in_flight=round(busy / (seconds * NS_PER_S), 3) if seconds else 0.0,
        held=level.held,
        why=level.why,
    )
