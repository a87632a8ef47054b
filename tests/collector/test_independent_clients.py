"""Exporters that others wrote deliver every span once."""

import json
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import grpc  # noqa: TID253  named by the exporter's options
import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.sdk.trace.export import SpanExporter

from collector.launcher import RunningCollector
from tests.collector.otlp import stored, stored_ids, stored_points
from tests.collector.sdk import send_spans
from tests.collector.telemetrygen import generate
from tests.real.tools import java_exporters, node_exporters

EXPORTERS: dict[str, Callable[[RunningCollector], SpanExporter]] = {
    "grpc": lambda at: GrpcExporter(at.endpoint_grpc, insecure=True),
    "grpc, gzip": lambda at: GrpcExporter(
        at.endpoint_grpc, insecure=True, compression=grpc.Compression.Gzip
    ),
    "http": lambda at: HttpExporter(f"{at.endpoint_http}/v1/traces"),
    "http, gzip": lambda at: HttpExporter(
        f"{at.endpoint_http}/v1/traces", compression=Compression.Gzip
    ),
}


@pytest.mark.parametrize("exporter", EXPORTERS)
def test_python(collector: RunningCollector, run_dir: Path, exporter: str) -> None:
    created = send_spans(EXPORTERS[exporter](collector), 500)
    assert stored_ids(run_dir) == Counter(created)
    assert collector.stop().traces.accepted == 500


@pytest.mark.needs("node")
@pytest.mark.parametrize("transport", ["grpc", "http", "proto"])
def test_node(collector: RunningCollector, run_dir: Path, transport: str) -> None:
    endpoint = (
        collector.endpoint_grpc if transport == "grpc" else f"{collector.endpoint_http}/v1/traces"
    )
    done = subprocess.run(
        ["node", node_exporters() / "export.js", transport, endpoint, "500"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert stored_ids(run_dir) == Counter(json.loads(done.stdout))
    assert {span.attributes[1].value.string_value for span in stored(run_dir)} == {"é"}


@pytest.mark.needs("java")
@pytest.mark.parametrize("compression", ["none", "gzip"])
@pytest.mark.parametrize("transport", ["grpc", "http"])
def test_java(collector: RunningCollector, run_dir: Path, transport: str, compression: str) -> None:
    endpoint = (
        collector.endpoint_grpc if transport == "grpc" else f"{collector.endpoint_http}/v1/traces"
    )
    built = java_exporters()
    command = ["java", "-cp", f"{built / 'classes'}:{built / 'lib'}/*", "Export"]
    done = subprocess.run(
        [*command, transport, endpoint, compression, "250"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    ids = done.stdout.split()
    assert len(ids) == 2 * 250
    assert stored_ids(run_dir) == Counter(ids), done.stderr
    (text,) = {a.value.string_value for s in stored(run_dir) for a in s.attributes}
    assert text == "é"


@pytest.mark.needs("go")
@pytest.mark.parametrize("transport", ["grpc", "http"])
def test_telemetrygen(collector: RunningCollector, run_dir: Path, transport: str) -> None:
    address = collector.grpc_address if transport == "grpc" else collector.http_address
    generate("traces", address, transport, count=200)
    ids = stored_ids(run_dir)
    assert len(ids) == 2 * 200 * (1 + 3)  # each worker makes its own traces
    assert set(ids.values()) == {1}
    assert len({span.trace_id for span in stored(run_dir)}) == 2 * 200


@pytest.mark.needs("go")
@pytest.mark.parametrize("transport", ["grpc", "http"])
def test_telemetrygens_other_signals(
    collector: RunningCollector, run_dir: Path, transport: str
) -> None:
    address = collector.grpc_address if transport == "grpc" else collector.http_address
    generate("metrics", address, transport, count=30)
    generate("logs", address, transport, count=40)
    counted = collector.stop()
    assert (counted.metrics.accepted, counted.logs.accepted) == (2 * 30, 2 * 40)
    assert (counted.metrics.refused, counted.logs.refused, counted.traces.received) == (0, 0, 0)
    assert stored_points(run_dir) == 2 * 30
