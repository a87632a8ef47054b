"""What Jaeger's model of a span means, whichever way it was written or sent.

Source: jaeger-idl, `thrift/jaeger.thrift` and `proto/api_v2/model.proto`; jaeger, internal/uimodel.
"""

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct

from analyzer.records.foreign_values import bounds, take_told
from analyzer.records.record import Event, Link, SpanRecord, Value

CHILD_OF, FOLLOWS_FROM = "CHILD_OF", "FOLLOWS_FROM"

REFERENCE_TYPE = "opentracing.ref_type"
"""The attribute of a link that says what kind of reference it was."""

_LOW_HALF = (1 << 64) - 1

_RESOURCE_NAMES = (("hostname", "host.name"), ("client-uuid", "service.instance.id"))
"""What Jaeger's own clients call what OpenTelemetry calls otherwise."""


class Reference(NamedTuple):
    """Another span, and how it is meant.

    Attributes:
        kind: `CHILD_OF`, `FOLLOWS_FROM` or what else was written.
        trace_id: None where it is no id: then the span's own trace is meant.
    """

    kind: str
    trace_id: int | None
    span_id: int


def reference_kind(number: int) -> str:
    """A kind of reference by its number in the protocols, which both have the same."""
    known = (CHILD_OF, FOLLOWS_FROM)
    return known[number] if 0 <= number < len(known) else f"TYPE_{number}"


class Relations(NamedTuple):
    """Where a span stands: its parent (0 for none, None for no id), and other spans it names."""

    parent_id: int | None
    links: tuple[Link, ...] = ()


class JaegerSpan(Struct, frozen=True, kw_only=True, gc=False):
    """A span as Jaeger tells it; all else is as `SpanRecord` has it.

    Attributes:
        start: nanoseconds since the epoch; None if it is not known.
        duration: nanoseconds; None if it is not known.
        tags: what it was told with; taken over.
    """

    where: str
    trace_id: int | None
    span_id: int | None
    relations: Relations
    start: int | None
    duration: int | None
    name: str
    tags: dict[str, Value]
    events: tuple[Event, ...]
    resource: Mapping[str, Value]

    def record(self) -> SpanRecord:
        """The same with all that OTLP has a field for taken out of the tags."""
        told = take_told(self.tags)
        start, end = bounds(self.start, self.duration)
        return SpanRecord(
            where=self.where,
            trace_id=self.trace_id,
            span_id=self.span_id,
            parent_id=self.relations.parent_id,
            start=start,
            end=end,
            name=self.name,
            kind=told.kind,
            status=told.status,
            status_message=told.status_message,
            trace_state=told.trace_state,
            scope=told.scope,
            resource=self.resource,
            attributes=self.tags,
            events=self.events,
            links=self.relations.links,
        )


def relations(
    references: Sequence[Reference], parent_id: int | None, trace_id: int | None
) -> Relations:
    """The parent among references, and the spans that are referred to besides.

    A parent is in the same trace. What a span is a child of comes before what it follows from. A
    parent's id that stands by itself is a reference too, and the first, unless one of the
    references names that span.

    Args:
        references: as they were written.
        parent_id: the id that stands by itself; 0 if there is none, None if it is no id.
        trace_id: the span's own.
    """
    if parent_id and not any(
        reference.span_id == parent_id and _is_own(reference, trace_id) for reference in references
    ):
        if not references:
            return Relations(parent_id)
        references = (Reference(CHILD_OF, trace_id, parent_id), *references)
    parents: dict[str, int] = {}
    links = []
    for reference in references:
        kind, other, span_id = reference
        own = _is_own(reference, trace_id)
        if own and kind in (CHILD_OF, FOLLOWS_FROM) and kind not in parents:
            parents[kind] = span_id
        elif other:
            links.append(_link(kind, other, span_id))
    if CHILD_OF in parents:
        if FOLLOWS_FROM in parents and trace_id:
            links.append(_link(FOLLOWS_FROM, trace_id, parents[FOLLOWS_FROM]))
        return Relations(parents[CHILD_OF], tuple(links))
    return Relations(parents.get(FOLLOWS_FROM, parent_id), tuple(links))


def resource(service_name: str | None, tags: dict[str, Value]) -> dict[str, Value]:
    """The attributes of a process that is described in this way."""
    for jaeger_name, name in _RESOURCE_NAMES:
        if jaeger_name in tags:
            tags.setdefault(name, tags[jaeger_name])
    named: dict[str, Value] = {"service.name": service_name} if service_name else {}
    return named | tags


def event(time_ns: int, fields: dict[str, Value]) -> Event:
    """A log, named by its field `event`.

    Exporters of OpenTelemetry for Python write the name as `message`, which OpenTracing means for
    sentences: it is the name where there is no other, and stays an attribute.
    """
    name = fields.pop("event", None)
    if name is None:
        name = fields.get("message", "")
    text = name if isinstance(name, str) else json.dumps(name, default=str)
    return Event(time_ns=time_ns, name=text, attributes=fields)


def _is_own(reference: Reference, trace_id: int | None) -> bool:
    """Whether a reference is within the trace."""
    return reference.trace_id is None or _same_trace(reference.trace_id, trace_id)


def _same_trace(one: int, other: int | None) -> bool:
    """Whether two trace ids are one, perhaps written with 64 bits of its 128."""
    if other is None or one == other:
        return one == other
    return min(one, other) <= _LOW_HALF and one & _LOW_HALF == other & _LOW_HALF


def _link(kind: str, trace_id: int, span_id: int) -> Link:
    return Link(trace_id=trace_id, span_id=span_id, attributes={REFERENCE_TYPE: kind.lower()})
