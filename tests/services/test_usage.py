"""What services tell of themselves besides spans."""

import socket
import threading
from pathlib import Path

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from services.launcher import up
from services.traffic import count_traffic
from tests.services.otlp_sink import otlp_sink
from tests.services.running_system import get

OWN = {
    "process.cpu.time",
    "process.memory.usage",
    "process.disk.io",
    "process.network.io",
    "process.thread.count",
}


def test_services_of_the_tutorial_measure_themselves(tmp_path: Path) -> None:
    with otlp_sink() as sink:
        with up("tutorial", log_dir=tmp_path, otlp_endpoint=sink.endpoint) as pair:
            assert get(pair, "/").ok
            sink.metrics(at_least=6)
        sent = [ExportMetricsServiceRequest.FromString(body) for body in sink.metrics(at_least=6)]
        spans = sink.spans()
    told: dict[str, set[str]] = {}
    instances = set()
    for resource_metrics in (each for request in sent for each in request.resource_metrics):
        resource = {a.key: a.value.string_value for a in resource_metrics.resource.attributes}
        instances.add(resource["service.instance.id"])
        told.setdefault(resource["service.name"], set()).update(
            metric.name for scope in resource_metrics.scope_metrics for metric in scope.metrics
        )
    assert set(told) == {"service1", "service2", "users"}
    assert all(names >= OWN - {"process.disk.io"} for names in told.values())
    assert not any(name.startswith("system.") for names in told.values() for name in names)
    assert {span.instance for span in spans} <= instances


def test_services_are_silent_where_metrics_are_not_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_METRICS_EXPORTER", "none")
    with otlp_sink() as sink:
        with up("tutorial", log_dir=tmp_path, otlp_endpoint=sink.endpoint) as pair:
            assert get(pair, "/").ok
        assert sink.spans()
        assert sink.metrics(at_least=0) == []


def test_traffic_of_both_ends_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "socket", socket.socket)  # given back after the test
    traffic = count_traffic()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            accepted, _ = server.accept()
            with accepted, accepted.makefile("rb") as lines:
                accepted.sendall(lines.readline().upper())

        other = threading.Thread(target=answer)
        other.start()
        with socket.create_connection(server.getsockname()) as client:
            assert client.send(b"hello\n") == 6
            assert client.recv(64) == b"HELLO\n"
        other.join()
    assert (traffic.received, traffic.sent) == (12, 12)
