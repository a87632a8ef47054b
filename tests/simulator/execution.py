"""Runs a program: what every request really did and how long it took.

All requests of an endpoint run side by side in arrays: a step takes the times at which the requests
reach it and gives those at which they go on. Branches of a parallel block do not wait for each
other, neither for a processor; what they join is the latest of them.

```
Work       at ----------> at + own
Call       at --out--[ callee's body ]--back--> on
Parallel   at -+-[ branch ]------+-> on = the latest end
               +-[ branch ]--+
Background at --[ step ]--            on = at
```
"""

from dataclasses import dataclass, field, replace

import numpy as np

from analyzer.attribution.contributions import Entity, EntityKind
from analyzer.model.spans import BoolArray, Int64Array, Kind
from tests.simulator.change import Change
from tests.simulator.draws import Draws
from tests.simulator.program import (
    Background,
    Body,
    Call,
    Duration,
    Local,
    Maybe,
    Operation,
    Parallel,
    Program,
    Publish,
    Query,
    Repeat,
    Step,
    Work,
)

LOAD_GENERATOR = "load generator"


@dataclass(slots=True, kw_only=True)
class RunSpan:
    """One span of an endpoint in all of its requests, with true times.

    Attributes:
        parent: position among the spans of the endpoint; -1 for the root.
        entity: who owns its own time.
        pod: int64[r], the instance of the service that each request met.
        start_ns: int64[r], since the request's root started.
        end_ns: int64[r].
        present: bool[r], which requests have it.
    """

    parent: int
    kind: Kind
    entity: Entity
    pod: Int64Array
    start_ns: Int64Array
    end_ns: Int64Array
    present: BoolArray


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointRun:
    """All requests of one endpoint.

    Attributes:
        spans: parents before children, the root first.
        phase_ns: int64[r], where within its second each request starts.
    """

    spans: tuple[RunSpan, ...]
    phase_ns: Int64Array

    @property
    def duration_ns(self) -> Int64Array:
        """int64[r], how long each request took."""
        return self.spans[0].end_ns - self.spans[0].start_ns


def run(
    program: Program, draws: Draws, requests: int, change: Change | None = None
) -> tuple[EndpointRun, ...]:
    """Run a program, `requests` requests to each endpoint.

    Args:
        program: what is run.
        draws: the same ones give the same durations.
        requests: how many to each endpoint.
        change: what takes another time than drawn.
    """
    runs = []
    for number, endpoint in enumerate(program.endpoints):
        execution = _Execution(draws=draws, requests=requests, pods=program.pods, change=change)
        execution.request(endpoint, program.hop, f"{number}")
        phase = draws.uniform(f"{number}/phase", requests) * 1e9
        runs.append(EndpointRun(spans=tuple(execution.spans), phase_ns=phase.astype(np.int64)))
    return tuple(runs)


def durations(
    program: Program, draws: Draws, requests: int, change: Change | None = None
) -> Int64Array:
    """How long every request takes, endpoint by endpoint: int64[endpoints * requests], in ns."""
    return np.concatenate([r.duration_ns for r in run(program, draws, requests, change)])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a step stands: the span around it, and which requests get there."""

    span: int
    service: str
    operation: str
    pod: Int64Array
    present: BoolArray


@dataclass(slots=True, kw_only=True)
class _Execution:
    """One endpoint being run; `path` names a step by the calls that lead to it."""

    draws: Draws
    requests: int
    pods: int
    change: Change | None
    spans: list[RunSpan] = field(default_factory=list)
    _factors: dict[Entity, float] = field(default_factory=dict)

    def request(self, endpoint: Operation, hop: Duration | None, path: str) -> None:
        """Run the endpoint for all requests at time 0."""
        start = np.zeros(self.requests, np.int64)
        nowhere = _Place(
            span=-1,
            service=LOAD_GENERATOR,
            operation="",
            pod=start,
            present=np.ones(self.requests, np.bool_),
        )
        if hop is None:
            self._serve(endpoint, nowhere, start, path)
        else:
            self._call(Call(endpoint, hop), nowhere, start, path)

    def _body(self, body: Body, place: _Place, at: Int64Array, path: str) -> Int64Array:
        for number, step in enumerate(body):
            at = self._step(step, place, at, f"{path}/{number}")
        return at

    def _step(self, step: Step, place: _Place, at: Int64Array, path: str) -> Int64Array:
        match step:
            case Work():
                return at + self._own(step.duration, place, path)
            case Query():
                entity = Entity(
                    kind=EntityKind.INFERRED,
                    service=place.service,
                    operation=f"{step.peer} query",
                    peer=step.peer,
                    protocol="sql",
                )
                span = self._open(Kind.CLIENT, entity, place, at)
                return self._close(span, at + self._take(step.duration, entity, path))
            case Local():
                return self._local(step, place, at, path)
            case Call():
                return self._call(step, place, at, path)
            case Publish():
                return self._publish(step, place, at, path)
            case Background():
                self._step(step.step, place, at, path)
                return at
            case Parallel():
                latest = at
                for number, branch in enumerate(step.branches):
                    at = at + self._own(step.dispatch, place, f"{path}/dispatch{number}")
                    latest = np.maximum(latest, self._body(branch, place, at, f"{path}/{number}"))
                return np.maximum(latest, at)
            case Repeat():
                for turn in range(step.times):
                    at = self._body(step.body, place, at, f"{path}/turn{turn}")
                return at
            case Maybe():
                taken = self.draws.uniform(path, self.requests) < step.chance
                inside = replace(place, present=place.present & taken)
                return np.where(taken, self._body(step.body, inside, at, path), at)

    def _local(self, step: Local, place: _Place, at: Int64Array, path: str) -> Int64Array:
        entity = _own_work(place.service, step.name)
        span = self._open(Kind.INTERNAL, entity, place, at)
        inside = replace(place, span=span, operation=step.name)
        return self._close(span, self._body(step.body, inside, at, path))

    def _call(self, step: Call, place: _Place, at: Int64Array, path: str) -> Int64Array:
        entity = _hop(place.service, f"call {step.callee.name}", step.callee.service, "http")
        span = self._open(Kind.CLIENT, entity, place, at)
        arrival = at + self._take(step.hop, entity, f"{path}/out")
        reply = self._serve(step.callee, replace(place, span=span), arrival, path)
        return self._close(span, reply + self._take(step.hop, entity, f"{path}/back"))

    def _publish(self, step: Publish, place: _Place, at: Int64Array, path: str) -> Int64Array:
        entity = _hop(place.service, f"send {step.consumer.name}", step.consumer.service, "kafka")
        span = self._open(Kind.PRODUCER, entity, place, at)
        sent = self._close(span, at + self._take(step.publish, entity, f"{path}/publish"))
        taken = sent + self._take(step.queued, entity, f"{path}/queued")
        self._serve(step.consumer, replace(place, span=span), taken, path, kind=Kind.CONSUMER)
        return sent

    def _serve(
        self,
        operation: Operation,
        caller: _Place,
        at: Int64Array,
        path: str,
        *,
        kind: Kind = Kind.SERVER,
    ) -> Int64Array:
        pod = (self.draws.uniform(f"{path}/pod", self.requests) * self.pods).astype(np.int64)
        place = replace(caller, service=operation.service, operation=operation.name, pod=pod)
        entity = _own_work(operation.service, operation.name)
        place = replace(place, span=self._open(kind, entity, place, at))
        return self._close(place.span, self._body(operation.body, place, at, path))

    def _own(self, duration: Duration, place: _Place, path: str) -> Int64Array:
        return self._take(duration, _own_work(place.service, place.operation), path)

    def _take(self, duration: Duration, entity: Entity, path: str) -> Int64Array:
        """How long it takes each request, in ns, with the change."""
        drawn = self.draws.durations(path, duration, self.requests)
        if self.change is None:
            return drawn
        factor = self._factors.get(entity)
        if factor is None:
            factor = self._factors[entity] = self.change.factor_of(entity)
        return drawn if factor == 1.0 else np.rint(factor * drawn).astype(np.int64)

    def _open(self, kind: Kind, entity: Entity, place: _Place, at: Int64Array) -> int:
        self.spans.append(
            RunSpan(
                parent=place.span,
                kind=kind,
                entity=entity,
                pod=place.pod,
                start_ns=at,
                end_ns=at,
                present=place.present,
            )
        )
        return len(self.spans) - 1

    def _close(self, span: int, at: Int64Array) -> Int64Array:
        self.spans[span].end_ns = at
        return at


def _own_work(service: str, operation: str) -> Entity:
    return Entity(kind=EntityKind.SELF, service=service, operation=operation)


def _hop(caller: str, operation: str, callee: str, protocol: str) -> Entity:
    return Entity(
        kind=EntityKind.HOP,
        service=caller,
        operation=operation,
        callee=callee,
        peer=callee,
        protocol=protocol,
    )
