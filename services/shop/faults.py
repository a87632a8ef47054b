"""What can be wrong with the shop, and what a right analysis must then say (`faults.toml`)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, Literal

from services.errors import ServiceError

NO_FAULT = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Knobs:
    """The settings that faults change; `faults.toml` says what each one means. Times are in ms."""

    gateway_ms: float
    search_ms: float
    search_cpu_ms: float
    search_hop_delay_ms: float
    prices_per_search: int
    prices_at_once: int
    pricing_ms: float
    pricing_threads: int
    cart_ms: float
    cart_remembers: int
    cart_lock_ms: float
    payment_ms: float
    query_ms: float
    catalog_queries: int
    stock_query_ms: float
    inventory_ms: float
    inventory_connections: int
    inventory_refusals: float
    inventory_refusal_ms: float
    stock_attempts: int
    mail_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What gets the largest share of the response time while a fault is on.

    A service has `service`; `inferred` ones send no spans themselves. A hop has both its ends.
    """

    kind: Literal["service", "hop"]
    service: str | None = None
    inferred: bool = False
    caller: str | None = None
    callee: str | None = None

    def label(self) -> str:
        """Its name as a person reads it."""
        return self.service or f"{self.caller} → {self.callee}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that can be wrong.

    Attributes:
        name: what it is switched on by.
        description: what is wrong, in a sentence.
        slows_requests: whether requests take longer.
        answer: what an analysis must rank first; none where no request is slowed.
        switched: settings that change as soon as the fault is on.
        scaled: settings that change with its strength.
    """

    name: str
    description: str
    slows_requests: bool
    answer: Answer | None = None
    switched: Mapping[str, float] = field(default_factory=dict)
    scaled: Mapping[str, float] = field(default_factory=dict)


def faults() -> Mapping[str, Fault]:
    """Every fault by its name, `none` first."""
    return _read()[1]


def fault(name: str) -> Fault:
    """The fault of that name.

    Raises:
        ServiceError: there is none.
    """
    known = faults()
    if name not in known:
        raise ServiceError(
            f"the shop has no fault {name!r}", hint=f"choose one of: {', '.join(known)}"
        )
    return known[name]


def knobs(fault_name: str, *, strength: float = 1.0) -> Knobs:
    """The shop's settings while a fault is on.

    Args:
        fault_name: the fault; `none` gives the normal settings.
        strength: how far the fault's scaled settings go from normal: 0 not at all, 1 all the way.
            Whole numbers are rounded.

    Raises:
        ServiceError: there is no such fault, or the strength is negative.
    """
    if not 0 <= strength < float("inf"):
        raise ServiceError(f"a fault's strength cannot be {strength}", hint="use 0 to 1, or more")
    normal = _read()[0]
    chosen = fault(fault_name)
    changes: dict[str, Any] = dict(chosen.switched)
    for name, full in chosen.scaled.items():
        usual = getattr(normal, name)
        value = usual + (full - usual) * strength
        changes[name] = round(value) if isinstance(usual, int) else value
    return replace(normal, **changes)


@cache
def _read() -> tuple[Knobs, Mapping[str, Fault]]:
    text = resources.files("services.shop").joinpath("faults.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    normal = Knobs(**table["normal"])
    known = {name: _fault(name, row) for name, row in table["faults"].items()}
    names = {knob.name for knob in fields(Knobs)}
    for each in known.values():
        if unknown := (each.switched.keys() | each.scaled.keys()) - names:
            raise ValueError(f"faults.toml: {each.name} changes unknown settings {unknown}")
    return normal, MappingProxyType(known)


def _fault(name: str, row: Mapping[str, Any]) -> Fault:
    answer = row.get("answer")
    others = {key: value for key, value in row.items() if key != "answer"}
    return Fault(name=name, answer=Answer(**answer) if answer else None, **others)
