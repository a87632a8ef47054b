"""Request events of clients that nobody wrapped, and the records they become."""

import time
from types import SimpleNamespace
from typing import Any

import pytest

from loadgen.event_tracing import EventTracer
from loadgen.identity import parse_traceparent
from loadgen.protocols import protocol_attributes
from loadgen.request_record import Failure, RequestRecord
from loadgen.tracing import trace_headers

OWN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def told(**event: Any) -> list[RequestRecord]:  # noqa: ANN401  whatever a client reports
    """The records of one event, of a request that began when the tracer was there already."""
    records: list[RequestRecord] = []
    tracer = EventTracer(records.append)
    if event.get("start_time") == "now":
        event["start_time"] = time.time()
    known = {"request_type": "grpc", "name": "/shop.Catalog/Find", "response_time": 2.5}
    tracer.on_request(**{**known, "response_length": 0, **event})
    return records


def test_a_request_is_as_long_as_its_event_says_from_the_start_it_says() -> None:
    before = time.time_ns()
    [record] = told(start_time="now")
    assert record.end_ns - record.start_ns == 2_500_000
    # time.time() has fewer digits than a nanosecond clock
    assert before - 1_000 <= record.start_ns <= time.time_ns()
    assert (record.method, record.name, record.is_http) == ("grpc", "/shop.Catalog/Find", False)


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"start_time": time.perf_counter()},
        {"start_time": time.time() + 1e6},
        {"start_time": float("nan")},
        {"start_time": float("inf")},
        {"start_time": "yesterday"},
    ],
    ids=["none", "perf_counter", "future", "nan", "infinite", "text"],
)
def test_without_a_start_that_is_a_time_it_ends_when_it_is_reported(event: dict[str, Any]) -> None:
    before = time.time_ns()
    [record] = told(**event)
    assert before <= record.end_ns <= time.time_ns()
    assert record.end_ns - record.start_ns == 2_500_000


def test_mqtt_says_in_the_context_when_a_message_left() -> None:
    records: list[RequestRecord] = []
    tracer = EventTracer(records.append)
    began = time.time()
    event: dict[str, Any] = {
        "request_type": "MQTT",
        "name": "publish:0:a/b",
        "response_time": 4000.0,
    }
    tracer.on_request(**event, context={"start_time": began})
    assert records[0].start_ns == round(began * 1e9)


@pytest.mark.parametrize("response_time", [None, 0, 0.0])
def test_an_event_of_a_moment_is_no_request(response_time: float | None) -> None:
    assert told(response_time=response_time) == []


def test_a_traceparent_in_the_context_names_the_span() -> None:
    assert told(context={"traceparent": OWN, 1: "x"})[0].traceparent == OWN
    assert all(told(context={"traceparent": "nonsense"})[0].traceparent)
    assert told()[0].traceparent != told()[0].traceparent


def test_headers_for_a_request_are_a_new_span_each_time() -> None:
    seen = {parse_traceparent(trace_headers()["traceparent"]) for _ in range(100)}
    assert len(seen) == 100
    assert None not in seen


def test_a_failure_has_the_status_of_grpc_where_there_is_one() -> None:
    class RpcError(Exception):
        def code(self) -> SimpleNamespace:
            return SimpleNamespace(name="UNAVAILABLE")

    assert told(exception=RpcError("away"))[0].failure == Failure("UNAVAILABLE", "RpcError: away")
    failures = (told(exception=e)[0].failure for e in (ValueError("x"), "just text", None))
    assert [f and f.error_type for f in failures] == ["ValueError", "_OTHER", None]


def test_another_http_client_s_requests_are_http() -> None:
    [record] = told(
        request_type="post",
        name="/v1",
        url="http://h/v1",
        response=SimpleNamespace(status_code=201),
    )
    assert (record.is_http, record.status_code, record.url) == (True, 201, "http://h/v1")


@pytest.mark.parametrize(
    ("request_type", "name", "expected"),
    [
        ("grpc", "/a.B/C", {"rpc.system.name": "grpc", "rpc.method": "a.B/C"}),
        ("gRPC", "find", {"rpc.system.name": "grpc"}),
        ("WSS", "chat", {"network.protocol.name": "websocket"}),
        ("DNS", "h", {"network.protocol.name": "dns"}),
        ("postgres_success", "custom_query", {"db.system.name": "postgresql"}),
        ("MONGODB", "QUERY", {"db.system.name": "mongodb"}),
        ("mongodbish", "QUERY", {}),
        (
            "MQTT",
            "publish:1:a:b/c",
            {
                "messaging.system": "mqtt", "messaging.operation.name": "publish",
                "messaging.operation.type": "send", "messaging.destination.name": "a:b/c",
            },
        ),
        ("MQTT", "connect", {"messaging.system": "mqtt", "messaging.operation.name": "connect"}),
        ("ftp", "/file", {}),
    ],
)  # fmt: skip
def test_attributes_say_the_protocol(
    request_type: str, name: str, expected: dict[str, str]
) -> None:
    always = {"locust.request.type": request_type, "locust.request.name": name}
    assert protocol_attributes(request_type, name) == always | expected
