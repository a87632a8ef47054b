"""Which service or hop an entity's time belongs to, as the whole run knows it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analyzer.attribution.contributions import Cells, Entity, EntityKind
from analyzer.model.spans import Int64Array


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ServiceOwner:
    """A service, known from its own spans or, if inferred, from its callers' only."""

    service: str
    inferred: bool


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class HopOwner:
    """The way from a caller to a callee and back."""

    caller: str
    callee: str


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class OperationOwner:
    """An operation of a service; with a callee, that service's outgoing call."""

    service: str
    operation: str
    callee: str


Owner = ServiceOwner | HopOwner


@dataclass(frozen=True, slots=True, kw_only=True)
class Owners:
    """Owners of entities.

    Attributes:
        services: each service once, in the order of names.
        hops: each hop once, in the order of names.
        operations: each operation once, in the order of names.
        of: int64[e], for each entity its service (0 ..) or hop (len(services) ..).
        operation_of: int64[e], for each entity its operation.
        protocols: by hop, how it talks.
    """

    services: tuple[ServiceOwner, ...]
    hops: tuple[HopOwner, ...]
    operations: tuple[OperationOwner, ...]
    of: Int64Array
    operation_of: Int64Array
    protocols: dict[HopOwner, str]

    def owner(self, number: int) -> Owner:
        """The service or hop with this number."""
        split = len(self.services)
        return self.services[number] if number < split else self.hops[number - split]


def find_owners(entities: Sequence[Entity], cells: Cells) -> Owners:
    """Decide who owns each entity's time.

    A call without an answer goes to the service that answered other calls to the same peer: then
    its spans were lost or it refused the connection, and the time is that of the hop. Where nobody
    ever answered from that peer, the peer itself is an inferred service.
    """
    calls = np.bincount(cells.entity, weights=cells.spans, minlength=len(entities))
    answering = _who_answers(entities, calls)
    traced = {e.service for e in entities}
    owner_of: list[Owner] = []
    operation_of: list[OperationOwner] = []
    for e in entities:
        owner: Owner
        if e.kind is EntityKind.SELF:
            owner = ServiceOwner(service=e.service, inferred=False)
        elif e.kind is EntityKind.HOP:
            owner = HopOwner(caller=e.service, callee=e.callee)
        elif (known := answering.get(e.peer)) or e.peer in traced:
            owner = HopOwner(caller=e.service, callee=known or e.peer)
        else:
            name = e.peer or f"unnamed peer of {e.service}"
            owner = ServiceOwner(service=name, inferred=True)
        owner_of.append(owner)
        callee = ""
        if e.kind is not EntityKind.SELF:
            callee = owner.callee if isinstance(owner, HopOwner) else owner.service
        operation_of.append(OperationOwner(service=e.service, operation=e.operation, callee=callee))
    services = tuple(sorted({o for o in owner_of if isinstance(o, ServiceOwner)}))
    hops = tuple(sorted({o for o in owner_of if isinstance(o, HopOwner)}))
    operations = tuple(sorted(set(operation_of)))
    everyone: list[Owner] = [*services, *hops]
    number = {o: i for i, o in enumerate(everyone)}
    operation_number = {o: i for i, o in enumerate(operations)}
    return Owners(
        services=services,
        hops=hops,
        operations=operations,
        of=np.array([number[o] for o in owner_of], np.int64),
        operation_of=np.array([operation_number[o] for o in operation_of], np.int64),
        protocols=_protocols(entities, owner_of, calls.tolist()),
    )


def _who_answers(entities: Sequence[Entity], calls: np.ndarray) -> dict[str, str]:
    """By peer as callers name it: the service that answered most calls to it."""
    votes: dict[str, dict[str, float]] = {}
    for e, count in zip(entities, calls.tolist(), strict=True):
        if e.kind is EntityKind.HOP and e.peer:
            of = votes.setdefault(e.peer, {})
            of[e.callee] = of.get(e.callee, 0.0) + count
    return {peer: max(found, key=lambda s: (found[s], s)) for peer, found in votes.items()}


def _protocols(
    entities: Sequence[Entity], owner_of: Sequence[Owner], calls: Sequence[float]
) -> dict[HopOwner, str]:
    """By hop: the protocol of most of its calls."""
    votes: dict[HopOwner, dict[str, float]] = {}
    for e, owner, count in zip(entities, owner_of, calls, strict=True):
        if isinstance(owner, HopOwner):
            of = votes.setdefault(owner, {})
            of[e.protocol] = of.get(e.protocol, 0.0) + count
    return {hop: max(found, key=lambda p: (found[p], p)) for hop, found in votes.items()}
