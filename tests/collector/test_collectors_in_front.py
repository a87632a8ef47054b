"""Collectors that others wrote, between the services and slowhop, pass on everything once."""

from collections import Counter
from pathlib import Path

import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

from collector.launcher import RunningCollector
from tests.collector.otlp import frames, stored, stored_ids, stored_points
from tests.collector.sdk import send_spans
from tests.collector.telemetrygen import generate
from tests.real import tools
from tests.real.otelcol import StartOtelcol
from tests.real.server import running

TRANSPORTS = ("grpc", "http")
BATCH = 300


def forwarding(to: RunningCollector, transport: str) -> str:
    """The Collector's configuration: all signals in compressed batches to slowhop.

    No timer sends a batch: what does not fill one goes out when the Collector stops.
    """
    if transport == "grpc":
        exporter = f"otlp: {{endpoint: {to.grpc_address}, tls: {{insecure: true}}"
    else:
        exporter = f"otlphttp: {{endpoint: {to.endpoint_http}"
    name = exporter.partition(":")[0]
    pipeline = f"{{receivers: [otlp], processors: [batch], exporters: [{name}]}}"
    return f"""
processors:
  batch: {{send_batch_size: {BATCH}, timeout: 1h}}
exporters:
  {exporter}, compression: gzip}}
service:
  pipelines:
    traces: {pipeline}
    metrics: {pipeline}
    logs: {pipeline}
"""


@pytest.mark.needs("go")
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_every_span_comes_through_the_opentelemetry_collector(
    collector: RunningCollector, run_dir: Path, otelcol: StartOtelcol, transport: str
) -> None:
    front = otelcol(forwarding(collector, transport))
    created = send_spans(OTLPSpanExporter(front.otlp_grpc, insecure=True), 1000)
    front.stop()
    assert stored_ids(run_dir) == Counter(created), front.log()
    assert len(frames(run_dir / "spans.otlp")) <= 1 + 1000 // BATCH  # in batches of the Collector


@pytest.mark.needs("go")
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_all_signals_come_through_the_opentelemetry_collector(
    collector: RunningCollector, run_dir: Path, otelcol: StartOtelcol, transport: str
) -> None:
    front = otelcol(forwarding(collector, transport))
    port = "OTLP_HTTP" if transport == "http" else "OTLP_GRPC"
    generate("traces", front.server.addresses[port], transport, count=100)
    generate("metrics", front.server.addresses[port], transport, count=30)
    generate("logs", front.server.addresses[port], transport, count=40)
    front.stop()
    counted = collector.stop()
    assert counted.traces.accepted == len(stored_ids(run_dir)) == 2 * 100 * (1 + 3), front.log()
    assert counted.metrics.accepted == stored_points(run_dir) == 2 * 30
    assert counted.logs.accepted == 2 * 40


@pytest.mark.skipif(not tools.ROTEL_IS_MADE_FOR, reason="Rotel is not made for this Python")
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_every_span_comes_through_rotel(
    collector: RunningCollector, run_dir: Path, tmp_path: Path, transport: str
) -> None:
    to = collector.endpoint_http if transport == "http" else collector.endpoint_grpc
    with running(
        *(tools.rotel(), "start", "--exporter", "otlp", "--batch-max-size", str(BATCH)),
        *("--otlp-exporter-endpoint", to, "--otlp-exporter-protocol", transport),
        listens=("ROTEL_OTLP_GRPC_ENDPOINT", "ROTEL_OTLP_HTTP_ENDPOINT"),
        ready="Starting Rotel",
        log=tmp_path / "rotel.log",
        environment=tools.with_libpython(),
    ) as rotel:
        exporter = OTLPSpanExporter(rotel.url("ROTEL_OTLP_GRPC_ENDPOINT"), insecure=True)
        created = send_spans(exporter, 1000)
    assert stored_ids(run_dir) == Counter(created), rotel.log.read_text()
    assert {span.name for span in stored(run_dir)} == {f"span {number}" for number in range(1000)}
