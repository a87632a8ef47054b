"""What is made faster or slower: all of a service, a hop, a dependency or an operation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from analyzer.attribution.contributions import Entity, EntityKind
from analyzer.model.spans import Float64Array


class Target(Enum):
    """What a change concerns."""

    SERVICE = "service"
    OPERATION = "operation"
    HOP = "hop"
    DEPENDENCY = "dependency"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Candidate:
    """Something that could be made faster.

    Attributes:
        target: its kind, as `Target` names it.
        service: the service, or the caller of a hop or a dependency.
        other: the operation, the callee or the dependency; '' for a service.
    """

    target: str
    service: str
    other: str = ""

    def covers(self, entity: Entity) -> bool:
        """Whether the own time of this entity is the candidate's."""
        match Target(self.target):
            case Target.SERVICE:
                return entity.kind is EntityKind.SELF and entity.service == self.service
            case Target.OPERATION:
                wanted = (EntityKind.SELF, self.service, self.other)
                return (entity.kind, entity.service, entity.operation) == wanted
            case Target.HOP:
                wanted = (EntityKind.HOP, self.service, self.other)
                return (entity.kind, entity.service, entity.callee) == wanted
            case Target.DEPENDENCY:
                wanted = (EntityKind.INFERRED, self.service, self.other)
                return (entity.kind, entity.service, entity.peer) == wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A candidate whose own time is multiplied by a factor.

    Attributes:
        factor: what is left of its time: 0.9 for a cut of 10 %, 0 where it is removed.
    """

    candidate: Candidate
    factor: float

    def factor_of(self, entity: Entity) -> float:
        """By what the own time of this entity is multiplied."""
        return self.factor if self.candidate.covers(entity) else 1.0


def factors_of(entities: Iterable[Entity], changes: Sequence[Change]) -> dict[Entity, Float64Array]:
    """By what each entity's own time is multiplied, float64[changes]."""
    return {e: np.array([change.factor_of(e) for change in changes]) for e in set(entities)}


def service(name: str, factor: float) -> Change:
    """All own work of a service, in whatever operation."""
    return Change(candidate=Candidate(target=Target.SERVICE.value, service=name), factor=factor)


def operation(of: str, name: str, factor: float) -> Change:
    """The own work of one operation of a service."""
    candidate = Candidate(target=Target.OPERATION.value, service=of, other=name)
    return Change(candidate=candidate, factor=factor)


def hop(caller: str, callee: str, factor: float) -> Change:
    """The delays of all calls between two services, both ways."""
    candidate = Candidate(target=Target.HOP.value, service=caller, other=callee)
    return Change(candidate=candidate, factor=factor)


def dependency(caller: str, peer: str, factor: float) -> Change:
    """The time of all calls to a dependency that sends no spans."""
    candidate = Candidate(target=Target.DEPENDENCY.value, service=caller, other=peer)
    return Change(candidate=candidate, factor=factor)
