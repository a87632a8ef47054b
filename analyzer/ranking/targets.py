"""From the names that people write to the parts of a run that they mean."""

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from analyzer.attribution.contributions import Entity, EntityKind
from analyzer.errors import InputError
from analyzer.model.spans import BoolArray, Int32Array
from analyzer.ranking.owners import HopOwner, OperationOwner, Owner, Owners

SUGGESTED = 5
"""How many names a hint offers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A service, a hop or an operation.

    Attributes:
        label: its name as reports write it.
        entities: bool[e], the entities whose time is its own.
    """

    label: str
    entities: BoolArray


@dataclass(frozen=True, slots=True, kw_only=True)
class SideBySideCalls:
    """Calls of a service that should not wait for each other.

    Attributes:
        label: service and callees as reports write them.
        hosts: bool[e], the entities that are the service's own work.
        calls: bool[e], its calls to the callees.
    """

    label: str
    hosts: BoolArray
    calls: BoolArray


@dataclass(frozen=True, slots=True)
class Names:
    """Everything in a run that can be named.

    Attributes:
        entities: as contributions have them.
        owners: of these entities.
    """

    entities: tuple[Entity, ...]
    owners: Owners

    def target(self, text: str) -> Target:
        """What a name means: a service, else a hop, else an operation.

        A hop is written `caller -> callee`, an operation `service: operation`, or by its name alone
        where only one service has it.

        Raises:
            InputError: nothing, or more than one thing, has this name.
        """
        wanted = plain(text)
        for number in range(len(self.owners.services) + len(self.owners.hops)):
            owner = self.owners.owner(number)
            if plain(label(owner)) == wanted:
                return Target(label=label(owner), entities=self.owners.of == number)
        found = {
            label(o)
            for o in self.owners.operations
            if wanted in (plain(label(o)), plain(o.operation))
        }
        exact = {name for name in found if plain(name) == wanted}
        if len(exact or found) > 1:
            raise InputError(
                f"{len(found)} services have an operation {text.strip()!r}",
                hint=f"say which one: {_listed(sorted(found))}",
            )
        for name in exact or found:
            mine = np.array([label(o) == name for o in self.owners.operations], np.bool_)
            return Target(label=name, entities=mine[self.owners.operation_of])
        raise InputError(
            f"there is no service, hop or operation {text.strip()!r}", hint=self._hint(wanted)
        )

    def side_by_side(self, text: str) -> SideBySideCalls:
        """What `SERVICE: CALLEE, CALLEE ...` means.

        Raises:
            InputError: there is no such service, or it does not call the callees.
        """
        callers = sorted({e.service for e in self.entities if e.kind is not EntityKind.SELF})
        for colon in re.finditer(":", text):
            service = text[: colon.start()].strip()
            if service in callers:
                return self._side_by_side(service, text[colon.end() :].split(","))
        raise InputError(
            f"{text.strip()!r} does not begin with a service that calls others",
            hint=f"write it as SERVICE: CALLEE, CALLEE; services are {_listed(callers)}",
        )

    def _side_by_side(self, service: str, callees: Sequence[str]) -> SideBySideCalls:
        callee_of = [
            _callee(self.owners.owner(int(number))) if e.kind is not EntityKind.SELF else ""
            for e, number in zip(self.entities, self.owners.of, strict=True)
        ]
        mine = np.array([e.service == service for e in self.entities], np.bool_)
        known = sorted({c for c, own in zip(callee_of, mine, strict=True) if own and c})
        wanted = [callee.strip() for callee in callees if callee.strip()]
        for callee in wanted or [""]:
            if callee not in known:
                raise InputError(
                    f"{service} does not call {callee!r}", hint=f"it calls {_listed(known)}"
                )
        return SideBySideCalls(
            label=f"{service}: {', '.join(wanted)}",
            hosts=mine & np.array([e.kind is EntityKind.SELF for e in self.entities], np.bool_),
            calls=mine & np.isin(np.array(callee_of, np.object_), wanted),
        )

    def group_of(self, chosen: Sequence[SideBySideCalls]) -> Int32Array:
        """int32[e], the number of the group that a call belongs to, from 1; -1 for other calls."""
        group = np.array([0 if e.kind is EntityKind.SELF else -1 for e in self.entities], np.int32)
        for number, calls in enumerate(chosen, 1):
            group[calls.calls] = number
        return group

    def _hint(self, wanted: str) -> str:
        owners = self.owners
        every: list[Owner | OperationOwner] = [*owners.services, *owners.hops, *owners.operations]
        known = [label(o) for o in every]
        by_plain = {plain(one): one for one in known}
        by_plain |= {plain(o.operation): label(o) for o in owners.operations}
        near = difflib.get_close_matches(wanted, by_plain, n=SUGGESTED, cutoff=0.5)
        if near:
            return f"did you mean {_listed(dict.fromkeys(by_plain[one] for one in near))}?"
        return f"services are {_listed(o.service for o in owners.services)}"


def label(owner: Owner | OperationOwner) -> str:
    """The name of a service, hop or operation as one writes it."""
    if isinstance(owner, HopOwner):
        return f"{owner.caller} -> {owner.callee}"
    if isinstance(owner, OperationOwner):
        return f"{owner.service}: {owner.operation}"
    return owner.service


def plain(text: str) -> str:
    """A name without differences that do not matter: kinds of arrows, blanks around signs."""
    text = re.sub(r"\s*(?:->|→)\s*", " -> ", text.strip())
    return re.sub(r"\s+", " ", re.sub(r":\s+", ": ", text))


def _callee(owner: Owner) -> str:
    return owner.callee if isinstance(owner, HopOwner) else owner.service


def _listed(names: Iterable[str]) -> str:
    every = list(names)
    more = f" and {len(every) - SUGGESTED} more" if len(every) > SUGGESTED else ""
    return ", ".join(every[:SUGGESTED]) + more
