"""OTLP over gRPC, as a client sees it."""

import gzip
from pathlib import Path

import grpc  # noqa: TID253  the tests of a gRPC server
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from grpc_status import rpc_status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from collector.launcher import RunningCollector
from tests.collector.otlp import (
    LOGS_METHOD,
    METRICS_METHOD,
    TRACES_METHOD,
    batch,
    export,
    frames,
    span,
    stored,
    stored_numbers,
    trace_request,
)


def refusal(
    address: str,
    body: bytes,
    *,
    method: str = TRACES_METHOD,
    compression: grpc.Compression = grpc.Compression.NoCompression,
) -> grpc.RpcError:
    with pytest.raises(grpc.RpcError) as caught:
        export(address, body, method=method, compression=compression)
    return caught.value


def retry_info(error: grpc.RpcError) -> RetryInfo | None:
    status = rpc_status.from_call(error)
    for detail in status.details if status else ():
        info = RetryInfo()
        if detail.Unpack(info):
            return info
    return None


def test_a_request_is_stored_as_the_bytes_that_came(
    collector: RunningCollector, run_dir: Path
) -> None:
    body = batch(1, 3)
    assert export(collector.grpc_address, body) == b""  # full success: partial_success is unset
    assert frames(run_dir / "spans.otlp") == [body]


def test_an_unknown_field_is_kept(collector: RunningCollector, run_dir: Path) -> None:
    body = batch(1, 1) + b"\xfa\x3f\x03new"  # field 1023, from a later version of the protocol
    export(collector.grpc_address, body)
    assert frames(run_dir / "spans.otlp") == [body]


def test_an_empty_request_is_fine_and_leaves_no_frame(
    collector: RunningCollector, run_dir: Path
) -> None:
    assert export(collector.grpc_address, b"") == b""
    assert frames(run_dir / "spans.otlp") == []


def test_gzip_is_accepted(collector: RunningCollector, run_dir: Path) -> None:
    body = batch(1, 200)
    export(collector.grpc_address, body, compression=grpc.Compression.Gzip)
    assert frames(run_dir / "spans.otlp") == [body]


def test_spans_without_usable_ids_are_refused_and_the_others_kept(
    collector: RunningCollector, run_dir: Path
) -> None:
    no_trace, zero_trace, short_trace, no_span, zero_span = (span(n) for n in range(2, 7))
    no_trace.trace_id = b""
    zero_trace.trace_id = bytes(16)
    short_trace.trace_id = b"1234"
    no_span.span_id = b""
    zero_span.span_id = bytes(8)
    refused = (no_trace, zero_trace, short_trace, no_span, zero_span)
    request = trace_request(span(1, name="first"), *refused, span(7, name="last"))
    answer = ExportTraceServiceResponse.FromString(
        export(collector.grpc_address, request.SerializeToString())
    )
    assert answer.partial_success.rejected_spans == 5
    assert "trace id" in answer.partial_success.error_message
    assert stored(run_dir) == [span(1, name="first"), span(7, name="last")]
    counts = collector.stop().traces
    assert (counts.requests, counts.received, counts.accepted, counts.refused) == (1, 7, 2, 5)


def test_a_request_of_refused_spans_only_leaves_no_frame(
    collector: RunningCollector, run_dir: Path
) -> None:
    nobody = span(1)
    nobody.span_id = b""
    answer = ExportTraceServiceResponse.FromString(
        export(collector.grpc_address, trace_request(nobody).SerializeToString())
    )
    assert answer.partial_success.rejected_spans == 1
    assert frames(run_dir / "spans.otlp") == []


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"\x0a\xff", id="length past the end"),
        pytest.param(b"hello", id="not protobuf"),
        pytest.param(batch(1, 2)[:-1], id="cut"),
        pytest.param(b"\x0a\x06\x12\x04\x12\x02\x2a\x01", id="name past the end of its span"),
        pytest.param(b"\x0a\x07\x12\x05\x12\x03\x2a\x01\xff", id="a name that is not UTF-8"),
    ],
)
def test_an_undecodable_request_is_refused_for_good(
    collector: RunningCollector, run_dir: Path, body: bytes
) -> None:
    error = refusal(collector.grpc_address, body)
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert retry_info(error) is None
    assert frames(run_dir / "spans.otlp") == []


def test_a_batch_larger_than_grpcs_default_limit_is_taken(
    collector: RunningCollector, run_dir: Path
) -> None:
    body = trace_request(span(1, name="x" * 20_000_000)).SerializeToString()
    export(collector.grpc_address, body)
    assert frames(run_dir / "spans.otlp") == [body]


@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
def test_a_request_over_the_limit_is_refused_for_good(
    collector: RunningCollector, run_dir: Path, compression: grpc.Compression
) -> None:
    body = trace_request(span(1, name="x" * (64 * 1024 * 1024))).SerializeToString()
    error = refusal(collector.grpc_address, body, compression=compression)
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert retry_info(error) is None
    assert frames(run_dir / "spans.otlp") == []


def test_metrics_are_stored_and_counted_by_data_point(
    collector: RunningCollector, run_dir: Path
) -> None:
    request = ExportMetricsServiceRequest()
    metrics = request.resource_metrics.add().scope_metrics.add().metrics
    gauge = metrics.add(name="process.cpu.time").gauge
    gauge.data_points.add(as_int=1)
    gauge.data_points.add(as_double=2.5)
    metrics.add(name="http.server.request.duration").histogram.data_points.add(count=1)
    body = request.SerializeToString()
    assert export(collector.grpc_address, body, method=METRICS_METHOD) == b""
    assert frames(run_dir / "metrics.otlp") == [body]
    assert collector.stop().metrics.accepted == 3


def test_logs_are_counted_and_not_stored(collector: RunningCollector, run_dir: Path) -> None:
    request = ExportLogsServiceRequest()
    records = request.resource_logs.add().scope_logs.add().log_records
    records.add().body.string_value = "hello"
    records.add().body.string_value = "again"
    assert export(collector.grpc_address, request.SerializeToString(), method=LOGS_METHOD) == b""
    assert collector.stop().logs.accepted == 2
    assert not list(run_dir.glob("logs.otlp"))


def test_other_services_are_unimplemented(collector: RunningCollector) -> None:
    error = refusal(collector.grpc_address, b"", method="/grpc.health.v1.Health/Check")
    assert error.code() is grpc.StatusCode.UNIMPLEMENTED


def test_many_connections_at_one_time_lose_nothing(
    collector: RunningCollector, run_dir: Path
) -> None:
    channels = [
        grpc.insecure_channel(
            collector.grpc_address, options=[("grpc.use_local_subchannel_pool", 1)]
        )
        for _ in range(8)
    ]
    calls = [
        channels[n % 8]
        .unary_unary("/opentelemetry.proto.collector.trace.v1.TraceService/Export")
        .future(batch(1 + 5 * n, 5), timeout=30)
        for n in range(200)
    ]
    assert all(call.result() == b"" for call in calls)
    for channel in channels:
        channel.close()
    assert sorted(stored_numbers(run_dir)) == list(range(1, 1001))
    assert collector.stop().traces.accepted == 1000


def test_a_gzip_bomb_is_refused(collector: RunningCollector, run_dir: Path) -> None:
    bomb = trace_request(span(1, name="\0" * 200_000_000)).SerializeToString()
    assert len(gzip.compress(bomb, 1)) < 1_000_000
    error = refusal(collector.grpc_address, bomb, compression=grpc.Compression.Gzip)
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert export(collector.grpc_address, ExportTraceServiceRequest().SerializeToString()) == b""
    assert frames(run_dir / "spans.otlp") == []
