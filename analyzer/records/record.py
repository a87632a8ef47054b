"""A span as any format tells it, with everything that OTLP has a place for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from msgspec import Struct

Value: TypeAlias = "str | bool | int | float | bytes | Sequence[Value] | Mapping[str, Value] | None"
"""What an attribute may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened during a span."""

    time_ns: int
    name: str
    attributes: Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Another span that one refers to."""

    trace_id: int
    span_id: int
    attributes: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The instrumentation that made a span."""

    name: str = ""
    version: str = ""


NO_SCOPE = Scope()


class SpanRecord(Struct, frozen=True, kw_only=True, gc=False):
    """One span as a format has it; a struct, because making a dataclass takes ten times as long.

    Attributes:
        where: the place in the file, as issues name it.
        trace_id: None where it is no id.
        span_id: None where it is no id.
        parent_id: 0 where there is no parent; None where it is no id.
        start: nanoseconds since the epoch, 0 where it is missing.
        end: nanoseconds since the epoch, 0 where it is missing.
        kind: a `Kind`.
        status: a `Status`.
        resource: the attributes of its process; the same object for spans of one process.
    """

    where: str
    trace_id: int | None
    span_id: int | None
    parent_id: int | None
    start: int
    end: int
    name: str
    kind: int
    status: int
    resource: Mapping[str, Value]
    attributes: Mapping[str, Value]
    status_message: str = ""
    trace_state: str = ""
    scope: Scope = NO_SCOPE
    events: tuple[Event, ...] = ()
    links: tuple[Link, ...] = ()
