"""Files that the OpenTelemetry Collector writes say what slowhop received beside them."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)

from analyzer.readers.read import read
from collector.launcher import RunningCollector
from tests.cli.command import TUTORIAL, slowhop
from tests.collector.otlp import METRICS_METHOD, batch, export, frames
from tests.readers.decoding import described, rows
from tests.real.otelcol import StartOtelcol
from tests.real.reports import differences, report_of

pytestmark = pytest.mark.needs("go")

LAYOUTS = {
    "json": "format: json",
    "json, zstd": "format: json, compression: zstd",
    "proto": "format: proto",
    "proto, zstd": "format: proto, compression: zstd",
}

ONE_STREAM = "--feature-gates=exporter.file.nativeCompression"
"""Compress the file in one piece, as `zstd` does; without it, each message by itself."""

ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"


def writing(path: Path, layout: str, beside: RunningCollector, *, metrics: bool = False) -> str:
    """The Collector's configuration: traces to slowhop and to a file, metrics to that file."""
    pipeline = "metrics: {receivers: [otlp], exporters: [file]}" if metrics else ""
    return f"""
exporters:
  otlp: {{endpoint: {beside.grpc_address}, tls: {{insecure: true}}}}
  file: {{path: {path}, {layout}}}
service:
  pipelines:
    traces: {{receivers: [otlp], exporters: [otlp, file]}}
    {pipeline}
"""


def spans_of(*paths: Path) -> list[str]:
    """All spans of files with their attributes, in a fixed order."""
    capture = read(list(paths))
    assert not capture.issues
    table = zip(rows(capture.spans), described(capture.spans), strict=True)
    return sorted(f"{row} {attributes and sorted(attributes.items())}" for row, attributes in table)


@pytest.mark.parametrize(
    ("layout", "options"),
    [
        *((layout, ()) for layout in LAYOUTS),
        ("json, zstd", [ONE_STREAM]),
        ("proto, zstd", [ONE_STREAM]),
    ],
)
def test_a_file_is_read_like_what_was_received(
    collector: RunningCollector,
    run_dir: Path,
    tmp_path: Path,
    otelcol: StartOtelcol,
    layout: str,
    options: Sequence[str],
) -> None:
    written = tmp_path / "written"
    front = otelcol(writing(written, LAYOUTS[layout], collector), *options)
    for body in frames(TUTORIAL / "spans.otlp"):
        export(front.server.addresses["OTLP_GRPC"], body)
    front.stop()
    assert written.read_bytes().startswith(ZSTD_MAGIC) == bool(options)
    received = Path(shutil.copy(run_dir / "spans.otlp", tmp_path / "received"))
    assert len(spans_of(received)) == 240, front.log()
    assert spans_of(written) == spans_of(received) == spans_of(TUTORIAL / "spans.otlp")
    assert not list(differences(report_of(written), report_of(received), rounding=0))


def test_metrics_between_the_traces_of_a_file_cost_nothing(
    collector: RunningCollector, run_dir: Path, tmp_path: Path, otelcol: StartOtelcol
) -> None:
    request = ExportMetricsServiceRequest()
    metrics = request.resource_metrics.add().scope_metrics.add().metrics
    metrics.add(name="process.cpu.time").gauge.data_points.add(as_int=1)
    written = tmp_path / "written"
    front = otelcol(writing(written, LAYOUTS["json"], collector, metrics=True))
    for first in range(1, 50, 10):
        export(front.server.addresses["OTLP_GRPC"], batch(first, 10))
        export(
            front.server.addresses["OTLP_GRPC"], request.SerializeToString(), method=METRICS_METHOD
        )
    front.stop()
    assert written.read_text().count('{"resourceMetrics"') == 5
    assert spans_of(written) == spans_of(run_dir / "spans.otlp")
    assert len(spans_of(written)) == 50


@pytest.mark.parametrize("layout", ["json", "proto"])
def test_rotated_files_are_read_together(
    collector: RunningCollector, tmp_path: Path, otelcol: StartOtelcol, layout: str
) -> None:
    directory = tmp_path / "written"
    directory.mkdir()
    rotated = f"{LAYOUTS[layout]}, rotation: {{max_megabytes: 1}}"
    front = otelcol(writing(directory / "spans.out", rotated, collector))
    for first in range(1, 20_001, 4_000):
        export(front.server.addresses["OTLP_GRPC"], batch(first, 4_000))
    front.stop()
    assert len(list(directory.iterdir())) > 1, front.log()
    ended = slowhop("convert", directory, "--to", "otlp-proto", tmp_path / "all")
    assert ended.err == f"20,000 spans written to {tmp_path / 'all'}\n"
    assert sorted(read([directory]).spans.span_id.tolist()) == list(range(1, 20_001))
    assert collector.stop().traces.accepted == 20_000
