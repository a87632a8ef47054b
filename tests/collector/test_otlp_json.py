"""OTLP/JSON becomes the protobuf that the same request would have been."""

import json
from typing import Any

import pytest
from google.protobuf import json_format
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from collector.examine import Undecodable
from collector.otlp_json import json_to_protobuf
from tests.collector.otlp import trace_request

TRACE_ID = "5b8efff798038103d269b633813fc60c"
SPAN_ID = "eee19b7ec3c1b174"


def read(fields: dict[str, Any]) -> Span:
    """The span that these JSON fields make."""
    document = {"resourceSpans": [{"scopeSpans": [{"spans": [fields]}]}]}
    request = ExportTraceServiceRequest.FromString(
        json_to_protobuf(ExportTraceServiceRequest, json.dumps(document).encode())
    )
    return request.resource_spans[0].scope_spans[0].spans[0]


def value_of(value: object) -> AnyValue:
    return read({"attributes": [{"key": "k", "value": value}]}).attributes[0].value


def test_ids_are_hex_in_any_case() -> None:
    span = read({"traceId": TRACE_ID.upper(), "spanId": SPAN_ID, "parentSpanId": SPAN_ID})
    assert span.trace_id.hex() == TRACE_ID
    assert span.span_id.hex() == span.parent_span_id.hex() == SPAN_ID
    assert (
        read({"links": [{"traceId": TRACE_ID, "spanId": SPAN_ID}]}).links[0].span_id == span.span_id
    )


@pytest.mark.parametrize("time", [1_700_000_000_123_456_789, "1700000000123456789"])
def test_times_are_numbers_or_decimal_strings(time: object) -> None:
    assert read({"startTimeUnixNano": time}).start_time_unix_nano == 1_700_000_000_123_456_789


def test_a_time_that_passed_through_a_javascript_number() -> None:
    assert read({"startTimeUnixNano": 1.7e18}).start_time_unix_nano == 1_700_000_000_000_000_000


def test_names_in_snake_case_are_the_same() -> None:
    span = read({"trace_id": TRACE_ID, "start_time_unix_nano": "5"})
    assert (span.trace_id.hex(), span.start_time_unix_nano) == (TRACE_ID, 5)


def test_unknown_fields_and_nulls_are_ignored() -> None:
    span = read({"name": "a", "colour": {"deep": [1]}, "status": None, "attributes": []})
    assert span == Span(name="a")


@pytest.mark.parametrize("kind", [2, "2", "SPAN_KIND_SERVER"])
def test_enums_are_integers_and_names_are_tolerated(kind: object) -> None:
    assert read({"kind": kind}).kind == Span.SPAN_KIND_SERVER


def test_values_of_attributes() -> None:
    assert value_of({"stringValue": "é"}).string_value == "é"
    assert value_of({"boolValue": False}).WhichOneof("value") == "bool_value"
    assert value_of({"intValue": "-9223372036854775808"}).int_value == -(1 << 63)
    assert value_of({"doubleValue": 1}).double_value == 1.0
    assert value_of({"doubleValue": "-Infinity"}).double_value == float("-inf")
    assert value_of({"bytesValue": "AAECAw=="}).bytes_value == b"\0\1\2\3"
    array = value_of({"arrayValue": {"values": [{"intValue": 1}, {}]}}).array_value
    assert [element.WhichOneof("value") for element in array.values] == ["int_value", None]
    table = value_of({"kvlistValue": {"values": [{"key": "a", "value": {"intValue": 2}}]}})
    assert table.kvlist_value.values[0].value.int_value == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"traceId": "xyz"},
        {"traceId": "5b8efff7 98038103d269b633813fc60c"},
        {"traceId": 5},
        {"startTimeUnixNano": "1_000"},
        {"startTimeUnixNano": -1},
        {"startTimeUnixNano": 1.5},
        {"startTimeUnixNano": str(1 << 64)},
        {"startTimeUnixNano": True},
        {"kind": "SERVER"},
        {"name": 5},
        {"attributes": {"key": "k"}},
        {"attributes": [5]},
        {"status": []},
        {"attributes": [{"key": "k", "value": {"boolValue": 1}}]},
        {"attributes": [{"key": "k", "value": {"doubleValue": "1e999"}}]},
        {"attributes": [{"key": "k", "value": {"bytesValue": "?"}}]},
    ],
)
def test_values_that_do_not_fit_make_the_request_undecodable(fields: dict[str, Any]) -> None:
    with pytest.raises(Undecodable):
        read(fields)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b'{"resourceSpans": 1}', b"\xff"])
def test_what_is_no_request_is_undecodable(body: bytes) -> None:
    with pytest.raises(Undecodable):
        json_to_protobuf(ExportTraceServiceRequest, body)


def test_endless_nesting_is_undecodable() -> None:
    value: dict[str, Any] = {}
    for _ in range(150):
        value = {"arrayValue": {"values": [value]}}
    with pytest.raises(Undecodable, match="deep"):
        value_of(value)


def test_metrics() -> None:
    point = {
        "startTimeUnixNano": "1",
        "count": "3",
        "bucketCounts": ["1", "2"],
        "explicitBounds": [0.5],
    }
    document = {
        "resourceMetrics": [
            {
                "scopeMetrics": [
                    {
                        "metrics": [
                            {
                                "name": "d",
                                "histogram": {"aggregationTemporality": 2, "dataPoints": [point]},
                            }
                        ]
                    }
                ]
            }
        ]
    }
    request = ExportMetricsServiceRequest.FromString(
        json_to_protobuf(ExportMetricsServiceRequest, json.dumps(document).encode())
    )
    metric = request.resource_metrics[0].scope_metrics[0].metrics[0]
    assert list(metric.histogram.data_points[0].bucket_counts) == [1, 2]


TEXTS = st.text(max_size=8)
VALUES = st.one_of(
    st.builds(lambda text: {"string_value": text}, TEXTS),
    st.builds(lambda number: {"int_value": number}, st.integers(-(1 << 63), (1 << 63) - 1)),
    st.builds(lambda number: {"double_value": number}, st.floats(allow_nan=False)),
    st.builds(lambda flag: {"bool_value": flag}, st.booleans()),
    st.builds(lambda data: {"bytes_value": data}, st.binary(max_size=8)),
)
ATTRIBUTES = st.lists(
    st.builds(lambda key, value: {"key": key, "value": value}, TEXTS, VALUES), max_size=3
)
SPANS = st.builds(
    Span,
    trace_id=st.binary(min_size=16, max_size=16),
    span_id=st.binary(min_size=8, max_size=8),
    parent_span_id=st.sampled_from([b"", b"12345678"]),
    name=TEXTS,
    kind=st.integers(0, 5),
    start_time_unix_nano=st.integers(0, (1 << 64) - 1),
    attributes=ATTRIBUTES,
)


@settings(deadline=None)
@given(st.lists(SPANS, max_size=3))
def test_what_was_protobuf_comes_back_as_the_same_protobuf(spans: list[Span]) -> None:
    request = trace_request(*spans)
    document = json_format.MessageToDict(request)
    written = document["resourceSpans"][0]["scopeSpans"][0].get("spans", [])
    for fields, span in zip(written, spans, strict=True):  # OTLP writes ids in hex, not base64
        fields["traceId"], fields["spanId"] = span.trace_id.hex(), span.span_id.hex()
        if span.parent_span_id:
            fields["parentSpanId"] = span.parent_span_id.hex()
    read_back = json_to_protobuf(ExportTraceServiceRequest, json.dumps(document).encode())
    assert ExportTraceServiceRequest.FromString(read_back) == request
