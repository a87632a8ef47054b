"""Every signal in every encoding, every method and every kind of answer over HTTP."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests
from google.protobuf.json_format import MessageToJson
from google.rpc.code_pb2 import UNAVAILABLE
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)

from collector.launcher import RunningCollector, start
from collector.limits import Limits
from collector.options import Receiving
from tests.collector.limited import collector_with
from tests.collector.otlp import frames, span, stored, trace_request

if TYPE_CHECKING:
    from google.protobuf.message import Message

PAGE = "https://shop.example"
JSON, PROTOBUF = "application/json", "application/x-protobuf"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCollector]:
    """A collector for tests that store nothing, or look for what they alone have stored."""
    at = Receiving(grpc_port=0, http_port=0, allowed_origins=frozenset((PAGE,)))
    with start(tmp_path_factory.mktemp("shared"), receiving=at) as collector:
        yield collector


def metrics_request() -> ExportMetricsServiceRequest:
    request = ExportMetricsServiceRequest()
    metrics = request.resource_metrics.add().scope_metrics.add().metrics
    metrics.add(name="requests").sum.data_points.add(as_int=5)
    return request


def logs_request() -> ExportLogsServiceRequest:
    request = ExportLogsServiceRequest()
    record = request.resource_logs.add().scope_logs.add().log_records.add()
    record.body.string_value = "hello"
    return request


def trace_in_json(number: int) -> str:
    made = span(number)
    ids = f'"traceId":"{made.trace_id.hex()}","spanId":"{made.span_id.hex()}"'
    return f'{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{{ids}}}]}}]}}]}}'


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("kind", [PROTOBUF, JSON])
@pytest.mark.parametrize("signal", ["traces", "metrics", "logs"])
def test_every_signal_in_every_encoding(
    shared: RunningCollector, signal: str, kind: str, *, packed: bool
) -> None:
    made: dict[str, Message] = {
        "traces": trace_request(span(1)),
        "metrics": metrics_request(),
        "logs": logs_request(),
    }
    text = trace_in_json(1) if signal == "traces" else MessageToJson(made[signal])
    body = made[signal].SerializeToString() if kind == PROTOBUF else text.encode()
    headers = {"content-type": kind} | ({"content-encoding": "gzip"} if packed else {})
    answer = requests.post(
        f"{shared.endpoint_http}/v1/{signal}",
        data=gzip.compress(body) if packed else body,
        headers=headers,
        timeout=30,
    )
    assert answer.status_code == 200
    assert answer.headers["content-type"] == kind
    assert answer.content == (b"" if kind == PROTOBUF else b"{}")


@pytest.mark.parametrize(
    "kind",
    [
        "application/x-protobuf; charset=utf-8",
        "Application/X-Protobuf",
        "application/protobuf",
        " application/x-protobuf ;messageType=x",
    ],
)
def test_protobuf_by_whatever_spelling(
    collector: RunningCollector, run_dir: Path, kind: str
) -> None:
    body = trace_request(span(1)).SerializeToString()
    url = collector.endpoint_http + "/v1/traces"
    answer = requests.post(url, data=body, headers={"content-type": kind.strip()}, timeout=30)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == PROTOBUF
    assert frames(run_dir / "spans.otlp") == [body]


def test_json_in_chunks(collector: RunningCollector, run_dir: Path) -> None:
    text = trace_in_json(7).encode()
    chunks = (text[start : start + 5] for start in range(0, len(text), 5))
    url, headers = collector.endpoint_http + "/v1/traces", {"content-type": JSON}
    assert requests.post(url, data=chunks, headers=headers, timeout=30).status_code == 200
    (kept,) = stored(run_dir)
    assert kept.span_id == span(7).span_id


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["/v1/traces", "/v1/metrics", "/v1/logs"])
def test_only_post_is_possible(shared: RunningCollector, method: str, path: str) -> None:
    answer = requests.request(method, shared.endpoint_http + path, timeout=30)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("kind", [PROTOBUF, JSON])
@pytest.mark.parametrize(
    ("path", "encoding", "code"),
    [("/v1/spans", "identity", 404), ("/v1/traces", "br", 415), ("/v1/traces", "gzip", 400)],
)
def test_errors_come_in_the_encoding_of_the_request(
    shared: RunningCollector, kind: str, path: str, encoding: str, code: int
) -> None:
    headers = {"content-type": kind, "content-encoding": encoding}
    answer = requests.post(shared.endpoint_http + path, data=b"x", headers=headers, timeout=30)
    assert (answer.status_code, answer.headers["content-type"]) == (code, kind)
    assert (status_of(answer).code, bool(status_of(answer).message)) == (
        {404: 5, 415: 3, 400: 3}[code],
        True,
    )


@pytest.mark.parametrize("kind", [PROTOBUF, JSON])
def test_overload_is_told_in_the_encoding_of_the_request(run_dir: Path, kind: str) -> None:
    with collector_with(Limits(max_held_bytes=1000), run_dir) as collector:
        url, headers = collector.endpoint_http + "/v1/traces", {"content-type": kind}
        answer = requests.post(url, data=bytes(1001), headers=headers, timeout=30)
        assert (answer.status_code, answer.headers["content-type"]) == (503, kind)
        assert int(answer.headers["retry-after"]) > 0
        assert status_of(answer).code == UNAVAILABLE
        counts = collector.stop().traces
    assert (counts.turned_away, counts.unread, counts.missing) == (1, 1, 0)


def status_of(answer: requests.Response) -> Status:
    if answer.headers["content-type"] == PROTOBUF:
        return Status.FromString(answer.content)
    document = answer.json()
    return Status(code=document["code"], message=document["message"])


def test_what_a_web_page_may_post_unasked_is_not_taken(
    collector: RunningCollector, run_dir: Path
) -> None:
    for kind in ("text/plain", "text/plain;charset=UTF-8", "multipart/form-data; boundary=x"):
        answer = requests.post(
            collector.endpoint_http + "/v1/traces",
            data=trace_in_json(1),
            headers={"content-type": kind, "origin": "https://elsewhere.example"},
            timeout=30,
        )
        assert answer.status_code == 415
        assert "access-control-allow-origin" not in answer.headers
    assert frames(run_dir / "spans.otlp") == []


def test_errors_too_are_for_the_eyes_of_an_allowed_page(shared: RunningCollector) -> None:
    headers = {"content-type": JSON, "origin": PAGE}
    url = shared.endpoint_http + "/v1/traces"
    answer = requests.post(url, data="no JSON", headers=headers, timeout=30)
    assert answer.status_code == 400
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert answer.headers["vary"] == "origin"


def test_a_page_of_another_origin_hears_no_yes(shared: RunningCollector) -> None:
    asked = requests.options(
        shared.endpoint_http + "/v1/traces",
        headers={
            "origin": "https://elsewhere.example",
            "access-control-request-method": "POST",
            "access-control-request-headers": "content-type",
        },
        timeout=30,
    )
    assert asked.status_code == 405
    assert "access-control-allow-origin" not in asked.headers
