"""Exporters that were not sure send again: what came twice, over whatever door, is one span."""

from pathlib import Path

import requests
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from analyzer.report.model import Report
from collector.launcher import start
from collector.options import FREE_PORTS
from tests.cli.command import slowhop
from tests.collector.otlp import export, span, trace_request


def test_a_batch_that_comes_again_changes_no_figure(tmp_path: Path) -> None:
    reports = []
    for name, times in (("once", 1), ("thrice", 3)):
        run_dir = tmp_path / name
        server = span(1)
        client = Span()
        client.CopyFrom(server)  # Zipkin's shared span: one id for the caller's and the callee's
        client.kind = Span.SPAN_KIND_CLIENT
        client.end_time_unix_nano += 1_000
        body = trace_request(client, server, *map(span, range(2, 40))).SerializeToString()
        with start(run_dir, receiving=FREE_PORTS) as collector:
            for _ in range(times):
                assert export(collector.grpc_address, body) == b""
            answer = requests.post(
                collector.endpoint_http + "/v1/traces",
                data=body,
                headers={"content-type": "application/x-protobuf"},
                timeout=30,
            )
            assert answer.status_code == 200
        reports.append(Report.from_json(slowhop("export", run_dir, "--format", "json").out))
    once, thrice = reports
    assert (once.completeness.duplicates, thrice.completeness.duplicates) == (40, 120)
    assert once.load.requests == thrice.load.requests == 39
    assert once.services == thrice.services
    assert once.hops == thrice.hops
    assert once.kpis == thrice.kpis
