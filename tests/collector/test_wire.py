"""The compiled walk and the protobuf library agree on what may be acknowledged."""

from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from collector.examine import Examined, Undecodable, examine_metrics, examine_traces
from collector.exports import METRICS, TRACES, Export
from collector.wire_edit import nameless, without_nameless
from collector.wire_walk import Sighting, WireWalk
from tests.collector.otlp import batch, span, trace_request

UNHURRIED = settings(deadline=None, max_examples=150)
TRACE_WALK = WireWalk(TRACES)
METRIC_WALK = WireWalk(METRICS)

IDS = st.sampled_from(
    [b"", bytes(8), bytes(16), b"12345678", b"1234567890abcdef", b"\0" * 7 + b"1"]
)
VALUES = st.recursive(
    st.one_of(
        st.builds(lambda text: AnyValue(string_value=text), st.text(max_size=200)),
        st.builds(
            lambda number: AnyValue(int_value=number), st.integers(-(1 << 63), (1 << 63) - 1)
        ),
        st.builds(lambda number: AnyValue(double_value=number), st.floats()),
        st.builds(lambda flag: AnyValue(bool_value=flag), st.booleans()),
        st.builds(lambda data: AnyValue(bytes_value=data), st.binary(max_size=20)),
        st.just(AnyValue()),
    ),
    lambda inner: st.builds(
        lambda values: AnyValue(array_value=ArrayValue(values=values)), st.lists(inner, max_size=3)
    ),
    max_leaves=5,
)
SPANS = st.builds(
    lambda attributes, **fields: Span(
        **fields, attributes=[KeyValue(key=key, value=value) for key, value in attributes]
    ),
    attributes=st.lists(st.tuples(st.text(max_size=5), VALUES), max_size=4),
    trace_id=IDS,
    span_id=IDS,
    name=st.text(max_size=10),
    end_time_unix_nano=st.integers(0, (1 << 64) - 1),
    kind=st.integers(0, 5),
    flags=st.integers(0, (1 << 32) - 1),
)
REQUESTS = st.builds(
    lambda scopes: ExportTraceServiceRequest(
        resource_spans=[ResourceSpans(scope_spans=[ScopeSpans(spans=spans) for spans in scopes])]
    ),
    st.lists(st.lists(SPANS, max_size=3), max_size=3),
)


def library(examine: Callable[[bytes], Examined], body: bytes) -> Sighting | None:
    try:
        examined = examine(body)
    except Undecodable:
        return None
    return Sighting(items=examined.items, nameless=examined.refused)


@UNHURRIED
@given(REQUESTS)
def test_the_walk_counts_what_the_library_counts(request: ExportTraceServiceRequest) -> None:
    body = request.SerializeToString()
    assert TRACE_WALK.sight(body) == library(examine_traces, body)


@UNHURRIED
@given(REQUESTS)
def test_dropping_spans_leaves_the_others_as_they_were(request: ExportTraceServiceRequest) -> None:
    edited = ExportTraceServiceRequest.FromString(without_nameless(request.SerializeToString()))
    for scope in request.resource_spans[0].scope_spans:
        named = [
            span
            for span in scope.spans
            if len(span.trace_id) == 16
            and len(span.span_id) == 8
            and any(span.trace_id)
            and any(span.span_id)
        ]
        del scope.spans[:]
        scope.spans.extend(named)
    assert edited == request


@UNHURRIED
@given(st.binary(max_size=60))
@example(b"\x0a\x80")
@example(b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")
@example(b"\x12\x80\x80\x80\x80\x80\x80\x80\x80\x80\x02")
@example(b"\x00\x00")
def test_the_walk_vouches_for_no_noise_that_the_library_refuses(body: bytes) -> None:
    sighting = TRACE_WALK.sight(body)
    assert sighting is None or sighting == library(examine_traces, body)


@UNHURRIED
@given(REQUESTS, st.data())
def test_the_walk_vouches_for_no_damage_that_the_library_refuses(
    request: ExportTraceServiceRequest, data: st.DataObject
) -> None:
    body = bytearray(request.SerializeToString() or b"\0")
    for _ in range(data.draw(st.integers(1, 3))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(body[: data.draw(st.integers(0, len(body)))])
    for damaged in (bytes(body), cut):
        sighting = TRACE_WALK.sight(damaged)
        assert sighting is None or sighting == library(examine_traces, damaged)


@pytest.mark.parametrize(
    "text",
    [b"\x80", b"\xc0\x80", b"\xc3", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xf5"],
)
def test_a_name_that_is_not_utf8_is_not_vouched_for(text: bytes) -> None:
    marked = trace_request(span(1, name="~" * len(text))).SerializeToString()
    body = marked.replace(b"~" * len(text), text)
    assert TRACE_WALK.sight(marked) is not None
    assert library(examine_traces, body) is None
    assert TRACE_WALK.sight(body) is None


@UNHURRIED
@given(st.text())
def test_a_name_that_is_utf8_is_vouched_for(name: str) -> None:
    body = trace_request(span(1, name=name)).SerializeToString()
    assert TRACE_WALK.sight(body) == Sighting(items=1, nameless=0)


@pytest.mark.parametrize("size", [0, 1, 63, 64, 127, 128, 129, 300, 20_000])
def test_lengths_around_where_they_take_another_byte(size: int) -> None:
    request = trace_request(span(1))
    marked = request.resource_spans[0].scope_spans[0].spans[0]
    marked.attributes.add(key="k" * size).value.string_value = "v" * size
    marked.attributes.add(key="n").value.int_value = -size
    body = request.SerializeToString()
    assert TRACE_WALK.sight(body) == Sighting(items=1, nameless=0)
    assert TRACE_WALK.sight(body[:-1]) is None


def test_the_last_id_of_a_span_counts() -> None:
    body = trace_request(span(1)).SerializeToString()
    first = span(1).SerializeToString()
    twice = first + b"\x12\x08" + bytes(8)  # a second, all-zero span id
    request = ExportTraceServiceRequest()
    request.resource_spans.add().scope_spans.add().spans.append(Span.FromString(first))
    wire = b"\x0a" + bytes([len(twice) + 4]) + b"\x12" + bytes([len(twice) + 2])
    wire += b"\x12" + bytes([len(twice)]) + twice
    assert TRACE_WALK.sight(body + wire) == library(examine_traces, body + wire)
    assert TRACE_WALK.sight(body + wire) == Sighting(items=2, nameless=1)
    assert without_nameless(body + wire)[: len(body)] == body


def test_unknown_fields_and_groups_inside_a_request_are_kept() -> None:
    nobody = span(2)
    nobody.span_id = b""
    unknown = b"\xfa\x3f\x03new" + b"\xfb\x3f\x08\x05\xfc\x3f" + b"\xf9\x3f12345678\xfd\x3f1234"
    body = trace_request(span(1), nobody).SerializeToString() + unknown
    examined = examine_traces(body)
    assert (examined.items, examined.refused) == (2, 1)
    assert examined.body == trace_request(span(1)).SerializeToString() + unknown


def metric(kind: str) -> Metric:
    made = Metric(name=kind)
    points = getattr(made, kind).data_points
    for _ in range(3):
        point = points.add(start_time_unix_nano=5)
        point.attributes.add(key="http.route").value.string_value = "/"
    if kind == "histogram":
        points[0].bucket_counts.extend([1, 2, 3])
        points[0].explicit_bounds.extend([0.1, 0.5])
    if kind == "exponential_histogram":
        points[0].positive.bucket_counts.extend([1, 1 << 40])
    return made


@pytest.mark.parametrize("kind", ["gauge", "sum", "histogram", "exponential_histogram", "summary"])
def test_metrics_of_all_kinds(kind: str) -> None:
    request = ExportMetricsServiceRequest()
    request.resource_metrics.add().scope_metrics.add().metrics.append(metric(kind))
    body = request.SerializeToString()
    assert METRIC_WALK.sight(body) == library(examine_metrics, body)
    assert METRIC_WALK.sight(body) == Sighting(items=3, nameless=0)


def test_attributes_deeper_than_the_walk_goes_are_left_to_the_library() -> None:
    value = AnyValue()
    for _ in range(40):
        value = AnyValue(array_value=ArrayValue(values=[value]))
    request = trace_request(span(1))
    request.resource_spans[0].resource.attributes.add(key="deep").value.CopyFrom(value)
    body = request.SerializeToString()
    assert TRACE_WALK.sight(body) is None
    assert library(examine_traces, body) == Sighting(items=1, nameless=0)


@pytest.mark.parametrize("export", [TRACES, METRICS])
def test_an_empty_request_holds_nothing(export: Export) -> None:
    assert WireWalk(export).sight(b"") == Sighting(items=0, nameless=0)


def test_a_batch() -> None:
    assert TRACE_WALK.sight(batch(1, 512)) == Sighting(items=512, nameless=0)


def test_a_tag_may_take_more_bytes_than_it_needs() -> None:
    attribute = b"\x0a\x01k\x12\x04\x0a\x02ab"
    for tag in (b"\x0a", b"\x8a\x00", b"\x8a\x80\x00"):  # resource.attributes, thrice the same
        resource = tag + bytes([len(attribute)]) + attribute
        inside = b"\x0a" + bytes([len(resource)]) + resource
        body = b"\x0a" + bytes([len(inside)]) + inside
        assert (
            TRACE_WALK.sight(body) == library(examine_traces, body) == Sighting(items=0, nameless=0)
        )


PLAIN = st.one_of(
    st.text(st.characters(max_codepoint=127), max_size=130).map(lambda t: AnyValue(string_value=t)),
    st.sampled_from(["é", "ab\u20ac", ""]).map(lambda t: AnyValue(string_value=t)),
    st.sampled_from([0, 1, 127, 128, 1 << 40, -1]).map(lambda n: AnyValue(int_value=n)),
    st.booleans().map(lambda flag: AnyValue(bool_value=flag)),
)


@UNHURRIED
@given(st.lists(st.tuples(st.sampled_from(["", "k", "ключ", "k" * 120]), PLAIN)), st.data())
def test_runs_of_attributes_as_sdks_write_them(
    attributes: list[tuple[str, AnyValue]], data: st.DataObject
) -> None:
    made = span(1)
    for key, value in attributes:
        made.attributes.add(key=key).value.CopyFrom(value)
    body = trace_request(made).SerializeToString()
    assert TRACE_WALK.sight(body) == Sighting(items=1, nameless=0)
    damaged = bytearray(body)
    damaged[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    sighting = TRACE_WALK.sight(bytes(damaged))
    assert sighting is None or sighting == library(examine_traces, bytes(damaged))


@pytest.mark.parametrize("count", [0, 1, 70, 9000])
def test_a_request_of_spans_without_ids(count: int) -> None:
    body = nameless(count)
    assert library(examine_traces, body) == Sighting(items=count, nameless=count)
