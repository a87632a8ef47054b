"""How far a predicted gain is from what really comes back when the program is run again changed.

A predictor sees the recorded spans alone. The truth is the same program run with the same draws and
the change. The error is weighted by the true drop: what matters most to who acts on it counts most.

    error = sum of |predicted drop - true drop| / sum of true drops      over traces and candidates
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from analyzer.attribution.contributions import Entity, EntityKind
from analyzer.model.spans import Int64Array, Spans
from tests.simulator.change import Candidate, Change, Target
from tests.simulator.draws import Draws
from tests.simulator.execution import EndpointRun, durations, run
from tests.simulator.program import Program
from tests.simulator.recording import Clocks, record

CUTS = (0.1, 0.5, 1.0)
"""A tenth faster, twice as fast, gone."""


class Predictor(Protocol):
    """Says from recorded spans how long requests would take."""

    def __call__(self, spans: Spans, changes: Sequence[Change]) -> Int64Array:
        """New durations in ns, int64[changes, traces], traces by trace id."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One program with its truth.

    Attributes:
        runs: what really happened, by endpoint.
        draws: with which draws.
        candidates: what could be made faster.
        drop_ns: int64[cuts, candidates, requests], what it brings to cut them by each of `CUTS`.
    """

    runs: tuple[EndpointRun, ...]
    draws: Draws
    candidates: tuple[Candidate, ...]
    drop_ns: Int64Array

    def changes(self, cut: float) -> tuple[Change, ...]:
        """Every candidate with that share of its time cut."""
        return tuple(Change(candidate=c, factor=1 - cut) for c in self.candidates)


@dataclass(frozen=True, slots=True, kw_only=True)
class Misses:
    """What a predictor got wrong, and of how much; `+` adds up cases.

    Attributes:
        missed_ns: |predicted - true drop|, summed.
        true_ns: the true drops, summed.
    """

    missed_ns: int = 0
    true_ns: int = 0

    def __add__(self, other: "Misses") -> "Misses":
        """Those of both."""
        return Misses(
            missed_ns=self.missed_ns + other.missed_ns, true_ns=self.true_ns + other.true_ns
        )

    @property
    def error(self) -> float:
        """The weighted error: 0.01 is one percent."""
        return self.missed_ns / self.true_ns


RANKED = frozenset((Target.SERVICE, Target.HOP, Target.DEPENDENCY))
"""What the nanoseconds of a request are divided among."""


def make_cases(
    programs: Iterable[Program], requests: int, seed: int, targets: frozenset[Target] = RANKED
) -> tuple[Case, ...]:
    """Run programs, `requests` requests to each endpoint, and again with each target changed."""
    return tuple(
        _case(program, requests, Draws(seed + n), targets) for n, program in enumerate(programs)
    )


def _case(program: Program, requests: int, draws: Draws, targets: frozenset[Target]) -> Case:
    runs = run(program, draws, requests)
    before = np.concatenate([each.duration_ns for each in runs])
    entities = {span.entity for each in runs for span in each.spans}
    candidates = tuple(
        sorted({c for e in entities for c in _candidates(e) if Target(c.target) in targets})
    )
    after = [
        durations(program, draws, requests, Change(candidate=candidate, factor=1 - cut))
        for cut in CUTS
        for candidate in candidates
    ]
    drop = (before - np.stack(after)).reshape(len(CUTS), len(candidates), before.size)
    return Case(runs=runs, draws=draws, candidates=candidates, drop_ns=drop)


def _candidates(entity: Entity) -> Iterable[Candidate]:
    """Whom an entity's own time belongs to."""
    match entity.kind:
        case EntityKind.SELF:
            yield Candidate(target=Target.SERVICE.value, service=entity.service)
            yield Candidate(
                target=Target.OPERATION.value, service=entity.service, other=entity.operation
            )
        case EntityKind.HOP:
            yield Candidate(target=Target.HOP.value, service=entity.service, other=entity.callee)
        case EntityKind.INFERRED:
            yield Candidate(
                target=Target.DEPENDENCY.value, service=entity.service, other=entity.peer
            )


def misses(case: Case, predict: Predictor, clocks: Clocks) -> tuple[Misses, ...]:
    """What a predictor gets wrong in one case, for each of `CUTS`."""
    spans = record(case.runs, case.draws, clocks)
    before = recorded_durations(spans)
    predicted = before - predict(spans, [c for cut in CUTS for c in case.changes(cut)])
    return tuple(
        Misses(missed_ns=int(np.abs(said - true).sum()), true_ns=int(true.sum()))
        for said, true in zip(predicted.reshape(case.drop_ns.shape), case.drop_ns, strict=True)
    )


def weighted_errors(cases: Iterable[Case], predict: Predictor, clocks: Clocks) -> tuple[float, ...]:
    """The weighted error over all cases, for each of `CUTS`."""
    by_case = [misses(case, predict, clocks) for case in cases]
    return tuple(sum(of_cut, Misses()).error for of_cut in zip(*by_case, strict=True))


def recorded_durations(spans: Spans) -> Int64Array:
    """How long each trace's root took as recorded, in ns, by trace id: int64[traces]."""
    roots = np.flatnonzero(spans.parent_id == 0)
    roots = roots[np.argsort(spans.trace_lo[roots])]
    return spans.end_ns[roots] - spans.start_ns[roots]
