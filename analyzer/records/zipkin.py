"""Zipkin's spans, version 2, as records: what they mean, however they are encoded.

The halves of a call may share one id (`"shared": true` on the server's half); they stay as they
are, and repair joins them. Times are microseconds.
Source: zipkin-api, zipkin2-api.yaml.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

from analyzer.model.issue import Issue, IssueKind, Issues
from analyzer.model.spans import Kind
from analyzer.records import zipkin_schema as schema
from analyzer.records.foreign_values import KINDS, bounds, microseconds, take_told
from analyzer.records.ids import SPAN_ID_BYTES, TRACE_ID_BYTES, parse_short_hex
from analyzer.records.record import Event, SpanRecord, Value
from analyzer.records.typed_json import DECODE_ERRORS, decode

_SPAN = msgspec.json.Decoder(schema.Span)

_PROCESSES_KEPT = 1 << 10


@dataclass(slots=True, kw_only=True)
class ZipkinRecords:
    """Makes records of spans; those of one service share one object as its attributes.

    Attributes:
        whole: whether events are wanted too, which no analysis looks at.
    """

    whole: bool
    _known: dict[tuple[str, str], Mapping[str, Value]] = field(default_factory=dict)

    def of_json(
        self, texts: Iterable[msgspec.Raw], where: str, issues: Issues
    ) -> Iterator[SpanRecord]:
        """What spans in JSON say; one that cannot be read is an issue and costs no other."""
        for text in texts:
            try:
                span = decode(_SPAN, text)
            except DECODE_ERRORS as error:
                detail = f"span that cannot be read: {error}"
                kind = IssueKind.UNDECODABLE_RECORD
                issues.add(Issue(kind=kind, where=where, detail=detail, spans=1))
                continue
            yield self.record(span, where)

    def record(self, span: schema.Span, where: str) -> SpanRecord:
        """What a span says; `where` is its place, as issues name it."""
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
            resource=self._resource(span.local_endpoint),
            attributes=tags,
            events=_events(span) if self.whole else (),
        )

    def _resource(self, endpoint: schema.Endpoint | None) -> Mapping[str, Value]:
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
