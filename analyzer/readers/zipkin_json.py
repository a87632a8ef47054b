"""Zipkin's JSON, version 2: lists of spans, or lists of traces that are lists of spans.

The halves of a call may share one id (`"shared": true` on the server's half); they stay as they
are, and repair joins them. Times are microseconds.
Source: zipkin-api, zipkin2-api.yaml.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import msgspec

from analyzer.model.issue import Issue, IssueKind, Issues
from analyzer.model.spans import Kind
from analyzer.readers import zipkin_json_schema as schema
from analyzer.readers.json_decoding import DECODE_ERRORS, decode, json_elements
from analyzer.readers.json_elements import ElementSplitter
from analyzer.readers.json_outline import outline
from analyzer.readers.source import Source
from analyzer.records.foreign_values import KINDS, bounds, microseconds, take_told
from analyzer.records.ids import SPAN_ID_BYTES, TRACE_ID_BYTES, parse_short_hex
from analyzer.records.record import Event, SpanRecord, Value

_SPANS = msgspec.json.Decoder(list[msgspec.Raw])
_SPAN = msgspec.json.Decoder(schema.Span)

_PROCESSES_KEPT = 1 << 10

_SIGNS = ({"[].traceId", "[].id"}, {"[][].traceId", "[][].id"})
"""Fields of which all of one set are there."""


@dataclass(frozen=True, slots=True)
class ZipkinJson:
    """Zipkin's JSON, span by span."""

    name: ClassVar[str] = "zipkin"

    def recognizes(self, head: bytes) -> bool:
        """A list of spans in Zipkin's spelling (`traceId` and `id`), or a list of such lists."""
        fields = outline(head)
        return any(fields.issuperset(sign) for sign in _SIGNS)

    def records(self, source: Source, issues: Issues, *, whole: bool) -> Iterator[SpanRecord]:
        """Every span; a bad one costs no other."""
        processes = _Processes()
        for element in json_elements(source, issues, ElementSplitter()):
            where = f"{source.label}:{element.line}"
            try:
                is_trace = element.text.startswith(b"[")
                raws = decode(_SPANS, element.text) if is_trace else [msgspec.Raw(element.text)]
            except DECODE_ERRORS as error:
                detail = f"trace {element.number} cannot be read: {error}"
                kind = IssueKind.UNDECODABLE_RECORD
                issues.add(Issue(kind=kind, where=where, detail=detail))
                continue
            for raw in raws:
                try:
                    span = decode(_SPAN, raw)
                except DECODE_ERRORS as error:
                    detail = f"span that cannot be read: {error}"
                    kind = IssueKind.UNDECODABLE_RECORD
                    issues.add(Issue(kind=kind, where=where, detail=detail, spans=1))
                    continue
                record = _record(span, processes.resource(span.local_endpoint), where)
                yield msgspec.structs.replace(record, events=_events(span)) if whole else record


@dataclass(slots=True)
class _Processes:
    """One object for all spans of one service, as its attributes."""

    _known: dict[tuple[str, str], Mapping[str, Value]] = field(default_factory=dict)

    def resource(self, endpoint: schema.Endpoint | None) -> Mapping[str, Value]:
        service = endpoint.service_name or "" if endpoint else ""
        address = endpoint.ipv4 or endpoint.ipv6 or "" if endpoint else ""
        known = self._known.get((service, address))
        if known is None:
            if len(self._known) >= _PROCESSES_KEPT:
                self._known.clear()
            named = {"service.name": service, "host.ip": address}
            known = {key: value for key, value in named.items() if value}
            self._known[service, address] = known
        return known


def _record(span: schema.Span, resource: Mapping[str, Value], where: str) -> SpanRecord:
    tags: dict[str, Value] = dict(span.tags) if span.tags else {}
    told = take_told(tags)
    _name_peer(tags, span.remote_endpoint)
    start, end = bounds(microseconds(span.timestamp), microseconds(span.duration))
    return SpanRecord(
        where=where,
        trace_id=parse_short_hex(span.trace_id or "", TRACE_ID_BYTES),
        span_id=parse_short_hex(span.id or "", SPAN_ID_BYTES),
        parent_id=parse_short_hex(span.parent_id, SPAN_ID_BYTES) if span.parent_id else 0,
        start=start,
        end=end,
        name=span.name or "",
        kind=KINDS.get(span.kind.lower(), Kind.UNSPECIFIED) if span.kind else told.kind,
        status=told.status,
        status_message=told.status_message,
        trace_state=told.trace_state,
        scope=told.scope,
        resource=resource,
        attributes=tags,
    )


def _name_peer(tags: dict[str, Value], peer: schema.Endpoint | None) -> None:
    """Add who is on the other side as OpenTelemetry has it, where the tags do not say it."""
    if peer is None:
        return
    address = peer.ipv4 or peer.ipv6
    if peer.service_name:
        tags.setdefault("peer.service", peer.service_name)
    if address and "server.address" not in tags and "net.peer.name" not in tags:
        tags["net.peer.name"] = address
        if peer.port:
            tags.setdefault("net.peer.port", peer.port)


def _events(span: schema.Span) -> tuple[Event, ...]:
    return tuple(
        Event(time_ns=microseconds(note.timestamp) or 0, name=note.value or "", attributes={})
        for note in span.annotations or ()
    )
