"""Exporters that others wrote deliver every span once."""

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import grpc  # noqa: TID253  named by the exporter's options
import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter

from collector.launcher import RunningCollector
from tests.collector.otlp import stored
from tests.collector.tools import node_exporters, telemetrygen

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


def stored_ids(run_dir: Path) -> Counter[str]:
    """How often each span id is in the file."""
    return Counter(span.span_id.hex() for span in stored(run_dir))


@pytest.mark.parametrize("exporter", EXPORTERS)
def test_python(collector: RunningCollector, run_dir: Path, exporter: str) -> None:
    provider = TracerProvider(resource=Resource({"service.name": "shop"}))
    provider.add_span_processor(
        BatchSpanProcessor(EXPORTERS[exporter](collector), max_export_batch_size=64)
    )
    created = []
    for number in range(500):
        with provider.get_tracer("test").start_as_current_span(f"span {number}") as span:
            created.append(f"{span.get_span_context().span_id:016x}")
    provider.shutdown()
    assert stored_ids(run_dir) == Counter(created)
    assert collector.stop().traces.accepted == 500


@pytest.mark.needs("node")
@pytest.mark.parametrize("transport", ["grpc", "http", "proto"])
def test_node(collector: RunningCollector, run_dir: Path, transport: str) -> None:
    installed = node_exporters()
    script = shutil.copy(Path(__file__).parent / "node" / "export.js", installed)
    endpoint = (
        collector.endpoint_grpc if transport == "grpc" else f"{collector.endpoint_http}/v1/traces"
    )
    done = subprocess.run(
        ["node", script, transport, endpoint, "500"], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert stored_ids(run_dir) == Counter(json.loads(done.stdout))
    assert {span.attributes[1].value.string_value for span in stored(run_dir)} == {"é"}


@pytest.mark.needs("go")
@pytest.mark.parametrize("transport", ["grpc", "http"])
def test_telemetrygen(collector: RunningCollector, run_dir: Path, transport: str) -> None:
    address = collector.grpc_address if transport == "grpc" else collector.http_address
    command = [str(telemetrygen()), "traces", "--otlp-insecure", "--otlp-endpoint", address]
    command += ["--traces", "200", "--child-spans", "3", "--rate", "0", "--workers", "2"]
    command += ["--otlp-http"] if transport == "http" else []
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    ids = stored_ids(run_dir)
    assert len(ids) == 2 * 200 * (1 + 3)  # each worker makes its own traces
    assert set(ids.values()) == {1}
    assert len({span.trace_id for span in stored(run_dir)}) == 2 * 200
