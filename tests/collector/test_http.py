"""OTLP over HTTP, as a client sees it."""

import gzip
import http.client
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceResponse,
)

from collector.launcher import RunningCollector, start
from collector.options import FREE_PORTS
from tests.collector.otlp import batch, frames, span, stored, trace_request

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
TWO_SPANS_JSON = """{"resourceSpans": [{"scopeSpans": [{"spans": [
    {"traceId": "5B8EFFF798038103D269B633813FC60C", "spanId": "EEE19B7EC3C1B174"},
    {"traceId": "", "spanId": ""}
]}]}]}"""


def post(
    collector: RunningCollector,
    body: bytes | str | Iterator[bytes],
    *,
    kind: str | None = PROTOBUF,
    path: str = "/v1/traces",
    **headers: str,
) -> requests.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if kind is not None:
        named["content-type"] = kind
    return requests.post(collector.endpoint_http + path, data=body, headers=named, timeout=30)


def test_protobuf_is_stored_as_the_bytes_that_came(
    collector: RunningCollector, run_dir: Path
) -> None:
    body = batch(1, 3)
    answer = post(collector, body)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == PROTOBUF
    assert frames(run_dir / "spans.otlp") == [body]


@pytest.mark.parametrize("kind", [JSON, "application/json; charset=utf-8", "Application/JSON"])
def test_json_is_stored_as_protobuf(collector: RunningCollector, run_dir: Path, kind: str) -> None:
    answer = post(collector, TWO_SPANS_JSON, kind=kind)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == JSON
    partial = answer.json()["partialSuccess"]
    assert partial["rejectedSpans"] == "1"
    assert "span id" in partial["errorMessage"]
    (kept,) = stored(run_dir)
    assert kept.trace_id.hex() == "5b8efff798038103d269b633813fc60c"
    assert kept.span_id.hex() == "eee19b7ec3c1b174"


def test_full_success_in_json_is_an_empty_object(collector: RunningCollector) -> None:
    assert post(collector, "{}", kind=JSON).json() == {}


def test_refused_spans_are_told_in_protobuf(collector: RunningCollector, run_dir: Path) -> None:
    nobody = span(2)
    nobody.trace_id = b""
    answer = post(collector, trace_request(span(1), nobody).SerializeToString())
    message = ExportTraceServiceResponse.FromString(answer.content)
    assert message.partial_success.rejected_spans == 1
    assert stored(run_dir) == [span(1)]


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "identity"])
def test_content_encodings(collector: RunningCollector, run_dir: Path, encoding: str) -> None:
    body = batch(1, 100)
    sent = body if encoding == "identity" else gzip.compress(body)
    assert post(collector, sent, content_encoding=encoding).status_code == 200
    assert frames(run_dir / "spans.otlp") == [body]


def test_gzip_members_in_a_row_are_one_body(collector: RunningCollector, run_dir: Path) -> None:
    body = batch(1, 100)
    members = gzip.compress(body[:1000]) + gzip.compress(body[1000:])
    assert post(collector, members, content_encoding="gzip").status_code == 200
    assert frames(run_dir / "spans.otlp") == [body]


def test_chunked_bodies_have_no_length(collector: RunningCollector, run_dir: Path) -> None:
    body = batch(1, 1000)
    chunks = (body[start : start + 999] for start in range(0, len(body), 999))
    assert post(collector, chunks).status_code == 200
    assert frames(run_dir / "spans.otlp") == [body]


@pytest.mark.parametrize("kind", [PROTOBUF, JSON])
@pytest.mark.parametrize(
    ("sent", "encoding"),
    [
        pytest.param(b"\xffhello", "identity", id="neither protobuf nor JSON"),
        pytest.param(b"hello", "gzip", id="not gzip"),
        pytest.param(b"", "gzip", id="no gzip header"),
        pytest.param(gzip.compress(batch(1, 9))[:-9], "gzip", id="gzip without its end"),
        pytest.param(gzip.compress(b"") + b"more", "gzip", id="something after gzip"),
    ],
)
def test_an_undecodable_body_is_refused_for_good(
    collector: RunningCollector, run_dir: Path, kind: str, sent: bytes, encoding: str
) -> None:
    answer = post(collector, sent, kind=kind, content_encoding=encoding)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == kind
    if kind == JSON:
        status = answer.json()
        assert status["code"] == 3
        assert status["message"]
    else:
        assert Status.FromString(answer.content).code == 3
    assert frames(run_dir / "spans.otlp") == []
    assert collector.stop().traces.requests == 1


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", None])
def test_other_media_types_are_refused(collector: RunningCollector, kind: str | None) -> None:
    answer = post(collector, b"{}", kind=kind)
    assert answer.status_code == 415
    assert PROTOBUF in answer.json()["message"]


def test_other_encodings_are_refused(collector: RunningCollector) -> None:
    answer = post(collector, b"", content_encoding="br")
    assert answer.status_code == 415
    assert answer.headers["accept-encoding"] == "gzip"


def test_other_paths_and_methods(collector: RunningCollector) -> None:
    missing = post(collector, b"", path="/v1/trace")
    assert missing.status_code == 404
    assert "/v1/traces" in Status.FromString(missing.content).message
    got = requests.get(collector.endpoint_http + "/v1/traces", timeout=30)
    assert (got.status_code, got.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (
            "/v1/metrics",
            {
                "resourceMetrics": [
                    {
                        "scopeMetrics": [
                            {
                                "metrics": [
                                    {
                                        "name": "m",
                                        "sum": {
                                            "dataPoints": [{"asInt": "1"}, {"asDouble": "NaN"}]
                                        },
                                    }
                                ]
                            }
                        ]
                    }
                ]
            },
        ),
        (
            "/v1/logs",
            {
                "resourceLogs": [
                    {
                        "scopeLogs": [
                            {
                                "logRecords": [
                                    {"body": {"stringValue": "a"}},
                                    {"traceId": "5b8efff798038103d269b633813fc60c"},
                                ]
                            }
                        ]
                    }
                ]
            },
        ),
    ],
)
def test_metrics_and_logs(collector: RunningCollector, path: str, body: dict[str, object]) -> None:
    assert post(collector, json.dumps(body), kind=JSON, path=path).json() == {}
    counters = collector.stop()
    assert counters.metrics.accepted + counters.logs.accepted == 2
    assert counters.traces.requests == 0


def test_a_body_over_the_limit_is_refused(collector: RunningCollector, run_dir: Path) -> None:
    answer = post(collector, bytes(64 * 1024 * 1024 + 1))
    assert answer.status_code == 413
    assert Status.FromString(answer.content).code == 8
    assert frames(run_dir / "spans.otlp") == []


def test_a_body_over_the_limit_after_decompression_is_refused(
    collector: RunningCollector, run_dir: Path
) -> None:
    bomb = gzip.compress(bytes(80 * 1024 * 1024), 1)
    assert len(bomb) < 1024 * 1024
    assert post(collector, bomb, content_encoding="gzip").status_code == 413
    assert post(collector, batch(1, 1)).status_code == 200
    assert len(frames(run_dir / "spans.otlp")) == 1


def test_a_client_that_goes_away_in_the_middle_leaves_nothing(
    collector: RunningCollector, run_dir: Path
) -> None:
    connection = http.client.HTTPConnection(collector.http_address)
    connection.putrequest("POST", "/v1/traces")
    connection.putheader("content-type", PROTOBUF)
    connection.putheader("content-length", "1000")
    connection.endheaders(batch(1, 1))
    connection.close()
    assert post(collector, batch(2, 1)).status_code == 200
    assert [kept.name for kept in stored(run_dir)] == ["GET /"]
    assert collector.stop().traces.accepted == 1


def test_no_web_page_may_post_unless_allowed(collector: RunningCollector) -> None:
    answer = requests.options(
        collector.endpoint_http + "/v1/traces",
        headers={"origin": "https://shop.example", "access-control-request-method": "POST"},
        timeout=30,
    )
    assert answer.status_code == 405
    assert "access-control-allow-origin" not in answer.headers


def test_pages_of_an_allowed_origin_may_post(run_dir: Path) -> None:
    page = "https://shop.example"
    receiving = replace(FREE_PORTS, allowed_origins=frozenset([page]))
    with start(run_dir, receiving=receiving) as collector:
        asked = requests.options(
            collector.endpoint_http + "/v1/traces",
            headers={
                "origin": page,
                "access-control-request-method": "POST",
                "access-control-request-headers": "content-type",
            },
            timeout=30,
        )
        assert asked.status_code == 200
        assert asked.headers["access-control-allow-origin"] == page
        assert asked.headers["access-control-allow-headers"] == "content-type"
        sent = post(collector, "{}", kind=JSON, origin=page)
        assert sent.headers["access-control-allow-origin"] == page
        other = post(collector, "{}", kind=JSON, origin="https://other.example")
        assert "access-control-allow-origin" not in other.headers
