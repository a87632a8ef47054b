"""The fast encoding is the one that the protobuf library makes of whole objects."""

from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

from loadgen.connecting import Step
from loadgen.identity import span_id_of, trace_id_of
from loadgen.protocols import Attributes, protocol_attributes
from loadgen.request_record import Failure, RequestRecord
from loadgen.safe_url import PublicUrl
from loadgen.span_encoding import SCOPE, SpanEncoder

RESOURCE: Attributes = {"service.name": "locust", "process.pid": 7}
RUN: Attributes = {"slowhop.run.id": "r"}

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
URLS = st.one_of(
    TEXT,
    st.builds("http://{}:{}/{}".format, TEXT, st.integers(0, 99999), TEXT),
    st.just("https://me:pw@shop.example/cart?sig=x&y=1"),
)
OWN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

RECORDS = st.builds(
    RequestRecord,
    traceparent=st.builds(
        "00-{:032x}-{:016x}-01".format, st.integers(1, 2**128 - 1), st.integers(1, 2**64 - 1)
    ),
    start_ns=st.integers(0, 2**63),
    end_ns=st.integers(0, 2**63),
    method=st.sampled_from(["GET", "POST", "get", "grpc", "MQTT"]),
    name=TEXT,
    url=URLS,
    user_class=st.sampled_from(["", "Shopper"]),
    task=st.sampled_from(["", "look", "Visit.buy"]),
    status_code=st.sampled_from([0, 200, 503]),
    failure=st.none() | st.builds(Failure, TEXT, TEXT),
    is_http=st.booleans(),
    steps=st.just(()),
)


def test_steps_of_opening_a_connection_are_children_of_their_request() -> None:
    request = RequestRecord(
        OWN, 10, 90, "GET", "/", "", "", "", 200, None,
        steps=(Step("dns", 20, 30), Step("connect", 30, 40)),
    )  # fmt: skip
    encoded = SpanEncoder(RESOURCE, RUN, scope_version="1").encode([request, request])
    [group] = ExportTraceServiceRequest.FromString(encoded).resource_spans
    first, _, *steps = group.scope_spans[0].spans
    assert [(s.name, s.start_time_unix_nano, s.end_time_unix_nano) for s in steps] == [
        ("dns", 20, 30), ("connect", 30, 40), ("dns", 20, 30), ("connect", 30, 40),
    ]  # fmt: skip
    assert {s.trace_id for s in steps} == {first.trace_id}
    assert {s.parent_span_id for s in steps} == {first.span_id}
    assert {s.kind for s in steps} == {Span.SPAN_KIND_INTERNAL}
    assert len({s.span_id for s in steps}) == 4
    assert [a.key for a in steps[0].attributes] == ["slowhop.run.id"]


def plain(records: list[RequestRecord]) -> ExportTraceServiceRequest:
    """The readable reference: one object for each thing."""
    scope = InstrumentationScope(name=SCOPE, version="1")
    spans = ScopeSpans(scope=scope, spans=[plain_span(record) for record in records])
    resource = Resource(attributes=key_values(RESOURCE))
    return ExportTraceServiceRequest(
        resource_spans=[ResourceSpans(resource=resource, scope_spans=[spans])]
    )


def plain_span(record: RequestRecord) -> Span:
    url = PublicUrl.from_text(record.url)
    http: Attributes = {
        "http.request.method": record.method.upper(),
        "locust.request.name": record.name,
    }
    place: dict[str, str | int | None] = {
        "url.full": url.full,
        "server.address": url.address or None,
        "server.port": url.port or None,
    }
    attributes: dict[str, str | int | None] = {
        **(http if record.is_http else protocol_attributes(record.method, record.name)),
        **RUN,
        "locust.user.class": record.user_class or None,
        "locust.task": record.task or None,
        "http.response.status_code": record.status_code or None,
        "error.type": record.failure.error_type if record.failure else None,
        **(place if record.is_http or record.url else {}),
    }
    span = Span(
        trace_id=trace_id_of(record.traceparent),
        span_id=span_id_of(record.traceparent),
        name=f"{record.method} {record.name}",
        kind=Span.SPAN_KIND_CLIENT,
        start_time_unix_nano=record.start_ns,
        end_time_unix_nano=record.end_ns,
        attributes=key_values({k: v for k, v in attributes.items() if v is not None}),
    )
    if record.failure:
        span.status.CopyFrom(Status(code=Status.STATUS_CODE_ERROR, message=record.failure.message))
    return span


def key_values(attributes: Attributes) -> list[KeyValue]:
    return [
        KeyValue(
            key=key,
            value=AnyValue(int_value=value)
            if isinstance(value, int)
            else AnyValue(string_value=value),
        )
        for key, value in attributes.items()
    ]


@given(st.lists(RECORDS, max_size=20))
def test_the_pieces_together_are_the_whole_message(records: list[RequestRecord]) -> None:
    encoder = SpanEncoder(RESOURCE, RUN, scope_version="1")
    for _ in range(2):  # the second time from what was kept
        assert ExportTraceServiceRequest.FromString(encoder.encode(records)) == plain(records)


def test_a_name_that_is_no_unicode_is_still_sent() -> None:
    record = RequestRecord(OWN, 0, 1, "GET", "half \ud800 pair", "\udfff", "", "", 200, None)
    encoder = SpanEncoder(RESOURCE, RUN, scope_version="1")
    request = ExportTraceServiceRequest.FromString(encoder.encode([record]))
    assert request.resource_spans[0].scope_spans[0].spans[0].name == "GET half ? pair"
