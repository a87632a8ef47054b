"""Requests are counted and halved by their levels alone, and nothing of them is lost."""

import pytest
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from collector.examine import EXAMINE
from collector.exports import LOGS, METRICS, TRACES, Export
from collector.forward.items import count, halves
from tests.collector.otlp import batch, span

SHAPES = st.lists(st.lists(st.integers(0, 3), max_size=3), max_size=3)
"""Resources, their scopes, and how many items each has."""


def traces(shape: list[list[int]]) -> ExportTraceServiceRequest:
    request = ExportTraceServiceRequest()
    number = 0
    for r, scopes in enumerate(shape):
        resource = request.resource_spans.add(schema_url=f"resource {r}")
        resource.resource.attributes.add(key="service.name").value.string_value = f"service {r}"
        for s, items in enumerate(scopes):
            scope = resource.scope_spans.add(schema_url=f"scope {s}")
            scope.scope.name = f"scope {s}"
            for _ in range(items):
                number += 1
                scope.spans.add().CopyFrom(span(number))
    return request


def logs(shape: list[list[int]]) -> ExportLogsServiceRequest:
    request = ExportLogsServiceRequest()
    for scopes in shape:
        resource = request.resource_logs.add()
        for items in scopes:
            scope = resource.scope_logs.add()
            for number in range(items):
                scope.log_records.add(time_unix_nano=number)
    return request


def metrics(shape: list[list[int]]) -> ExportMetricsServiceRequest:
    request = ExportMetricsServiceRequest()
    for scopes in shape:
        scope = request.resource_metrics.add().scope_metrics.add()
        for kind, points in enumerate(scopes):
            metric = scope.metrics.add(name=f"metric {kind}")
            data = (metric.gauge, metric.sum, metric.histogram)[kind % 3]
            data.SetInParent()
            for number in range(points):
                data.data_points.add(time_unix_nano=number)
        many = scope.metrics.add(name="summary").summary
        many.data_points.add()
        scope.metrics.add(name="exponential").exponential_histogram.data_points.add()
        scope.metrics.add(name="nothing")
    return request


MAKERS = {"traces": (TRACES, traces), "metrics": (METRICS, metrics), "logs": (LOGS, logs)}


@pytest.mark.parametrize("signal", MAKERS)
@given(shape=SHAPES)
def test_a_request_is_counted_as_it_was_when_it_came(signal: str, shape: list[list[int]]) -> None:
    export, make = MAKERS[signal]
    body = make(shape).SerializeToString()
    assert count(export, body) == EXAMINE[export.signal](body).items


def test_joined_requests_count_as_their_sum() -> None:
    assert count(TRACES, batch(1, 3) + batch(4, 5)) == 8


def items_of(export: Export, body: bytes) -> list[tuple[bytes, bytes, bytes]]:
    """Every item with its resource and its scope, in order."""
    return [
        (about(resource), about(scope), item.SerializeToString())
        for resource in levels(export.request.FromString(body))
        for scope in levels(resource)
        for item in levels(scope)
    ]


LEVELS = (
    *("resource_spans", "scope_spans", "spans"),
    *("resource_metrics", "scope_metrics", "metrics"),
    *("resource_logs", "scope_logs", "log_records"),
)


def levels(message: Message) -> list[Message]:
    (below,) = [name for name in LEVELS if name in message.DESCRIPTOR.fields_by_name]
    return list(getattr(message, below))


def about(message: Message) -> bytes:
    """The message without what is below it."""
    alone = type(message)()
    alone.CopyFrom(message)
    (below,) = [name for name in LEVELS if name in message.DESCRIPTOR.fields_by_name]
    alone.ClearField(below)
    return alone.SerializeToString()


@pytest.mark.parametrize("signal", MAKERS)
@given(shape=SHAPES)
def test_two_halves_are_the_whole(signal: str, shape: list[list[int]]) -> None:
    export, make = MAKERS[signal]
    body = make(shape).SerializeToString()
    whole = items_of(export, body)
    halved = halves(export, body)
    if len(whole) < 2:
        assert halved is None
        return
    assert halved is not None
    first, second = (items_of(export, half) for half in halved)
    assert first + second == whole
    assert len(second) - len(first) in (0, 1)
