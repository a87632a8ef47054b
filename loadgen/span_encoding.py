"""Requests as OTLP: the bytes of an ExportTraceServiceRequest.

A span is mostly the same as the one before it: same name, method, server, status, user class. That
part is encoded once by the protobuf library and kept; per request only ids, times and the URL are
encoded. Joining the pieces is what the wire format defines: the bytes of two messages in a row
are their merge (https://protobuf.dev/programming-guides/encoding/#last-one-wins). A request costs
a tenth of building one whole `Span` object, which matters because it competes with the load.
"""

from collections.abc import Sequence
from functools import lru_cache
from struct import Struct

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

from loadgen.connecting import Step
from loadgen.identity import IdSource, ids_of, span_id_of, trace_id_of
from loadgen.protocols import Attributes, protocol_attributes
from loadgen.request_record import Failure, RequestRecord
from loadgen.safe_url import PublicUrl

KINDS_KEPT = 4096
"""Kinds of spans and URLs whose encoded part is kept. Some kilobytes each: a few megabytes."""

SCOPE = "slowhop.locust"
"""Name of the instrumentation scope of the load generator's spans."""

_FIXED64, _LENGTH_DELIMITED = 1, 2
"""Wire types: eight bytes, and a length with as many bytes."""

_TRACE_ID = bytes((Span.TRACE_ID_FIELD_NUMBER << 3 | _LENGTH_DELIMITED, 16))
_SPAN_ID = bytes((Span.SPAN_ID_FIELD_NUMBER << 3 | _LENGTH_DELIMITED, 8))
_PARENT_ID = bytes((Span.PARENT_SPAN_ID_FIELD_NUMBER << 3 | _LENGTH_DELIMITED, 8))
_START = bytes((Span.START_TIME_UNIX_NANO_FIELD_NUMBER << 3 | _FIXED64,))
_END = bytes((Span.END_TIME_UNIX_NANO_FIELD_NUMBER << 3 | _FIXED64,))

_UNIQUE = Struct("<2s16s2s8scQcQ")
"""What no two spans share: ids and times, each after its tag."""


class SpanEncoder:
    """Turns records of requests into export requests.

    Args:
        resource: who sends: `service.name` and the like.
        every_span: attributes that all spans share, such as the run's id.
        scope_version: version of the instrumentation, slowhop's own.
    """

    def __init__(self, resource: Attributes, every_span: Attributes, *, scope_version: str) -> None:
        self._every_span = every_span
        self._resource = ResourceSpans(
            resource=Resource(attributes=_key_values(resource))
        ).SerializeToString()
        self._scope = ScopeSpans(
            scope=InstrumentationScope(name=SCOPE, version=scope_version)
        ).SerializeToString()
        self._kind_of_span = lru_cache(maxsize=KINDS_KEPT)(self._encode_kind)
        self._kind_of_step = lru_cache(maxsize=KINDS_KEPT)(self._encode_step)
        self._ids = IdSource()
        self._place = lru_cache(maxsize=KINDS_KEPT)(_encode_place)

    def encode(self, records: Sequence[RequestRecord]) -> bytes:
        """The ExportTraceServiceRequest that holds one span for each record, in their order.

        Behind them come the steps of opening connections, as children of their requests' spans.
        """
        parts: list[bytes] = []
        for record in records:
            parts += self._span(record)
        number = ScopeSpans.SPANS_FIELD_NUMBER
        for record in records:
            parts += [_field(number, self._step(record, step)) for step in record.steps]
        scope = _field(ResourceSpans.SCOPE_SPANS_FIELD_NUMBER, b"".join((self._scope, *parts)))
        number = ExportTraceServiceRequest.RESOURCE_SPANS_FIELD_NUMBER
        return _field(number, self._resource + scope)

    def _span(self, record: RequestRecord) -> tuple[bytes, ...]:
        """A request's span, in the pieces that follow each other."""
        # taken apart at once: twelve attributes of a named tuple are twelve calls
        (
            traceparent, start_ns, end_ns, method, name, url,
            user_class, task, status_code, failure, _, is_http,
        ) = record  # fmt: skip
        kind = self._kind_of_span(method, name, user_class, task, status_code, failure, is_http)
        place = self._place(url) if url or is_http else b""
        ids = ids_of(traceparent)
        return (
            _head(ScopeSpans.SPANS_FIELD_NUMBER, _UNIQUE.size + len(kind) + len(place)),
            _UNIQUE.pack(_TRACE_ID, ids[:16], _SPAN_ID, ids[16:], _START, start_ns, _END, end_ns),
            kind,
            place,
        )

    def _step(self, record: RequestRecord, step: Step) -> bytes:
        """A step of opening a connection: a span that the client's own is the parent of."""
        unique = _UNIQUE.pack(
            _TRACE_ID,
            trace_id_of(record.traceparent),
            _SPAN_ID,
            span_id_of(self._ids.next()),
            _START,
            step.start_ns,
            _END,
            step.end_ns,
        )
        parent = _PARENT_ID + span_id_of(record.traceparent)
        return b"".join((unique, parent, self._kind_of_step(step.name)))

    def _encode_step(self, name: str) -> bytes:
        span = Span(name=name, kind=Span.SPAN_KIND_INTERNAL)
        span.attributes.extend(_key_values(self._every_span))
        return span.SerializeToString()

    def _encode_kind(
        self,
        method: str,
        name: str,
        user_class: str,
        task: str,
        status_code: int,
        failure: Failure | None,
        is_http: bool,  # noqa: FBT001  what is kept is found by position
    ) -> bytes:
        attributes: Attributes
        if is_http:
            attributes = {"http.request.method": method.upper(), "locust.request.name": name}
        else:
            attributes = protocol_attributes(method, name)
        span = Span(name=_text(f"{method} {name}"), kind=Span.SPAN_KIND_CLIENT)
        span.attributes.extend(_key_values(attributes | self._every_span))
        if user_class:
            span.attributes.extend(_key_values({"locust.user.class": user_class}))
        if task:
            span.attributes.extend(_key_values({"locust.task": task}))
        if status_code:
            span.attributes.extend(_key_values({"http.response.status_code": status_code}))
        if failure is not None:
            span.attributes.extend(_key_values({"error.type": failure.error_type}))
            span.status.CopyFrom(
                Status(code=Status.STATUS_CODE_ERROR, message=_text(failure.message))
            )
        return span.SerializeToString()


def _encode_place(url: str) -> bytes:
    public = PublicUrl.from_text(url)
    attributes: Attributes = {"url.full": public.full}
    if public.address:
        attributes["server.address"] = public.address
    if public.port:
        attributes["server.port"] = public.port
    return Span(attributes=_key_values(attributes)).SerializeToString()


def _key_values(attributes: Attributes) -> list[KeyValue]:
    return [KeyValue(key=key, value=_any_value(value)) for key, value in attributes.items()]


def _any_value(value: str | int) -> AnyValue:
    if isinstance(value, int):
        return AnyValue(int_value=value)
    return AnyValue(string_value=_text(value))


def _text(value: str) -> str:
    """The text as it can be sent: half a surrogate pair cannot be UTF-8 and becomes a `?`."""
    return value.encode("utf-8", "replace").decode("utf-8")


def _field(number: int, body: bytes) -> bytes:
    return _head(number, len(body)) + body


@lru_cache(maxsize=KINDS_KEPT)
def _head(number: int, size: int) -> bytes:
    """What stands before a field of so many bytes."""
    return _varint(number << 3 | _LENGTH_DELIMITED) + _varint(size)


def _varint(value: int) -> bytes:
    digits = bytearray()
    while value > 0x7F:
        digits.append(value & 0x7F | 0x80)
        value >>= 7
    digits.append(value)
    return bytes(digits)
