"""`locust --otel` by itself, with nothing but an endpoint set, delivers every span once."""

import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from collector.launcher import RunningCollector
from tests.collector.otlp import frames, stored

LOCUSTFILE = """
from locust import HttpUser, constant, task

class Visitor(HttpUser):
    wait_time = constant(0.02)

    @task
    def home(self):
        self.client.get("/")
"""


class Site(ThreadingHTTPServer):
    """A web site that keeps the `traceparent` of every request it answered."""

    daemon_threads = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Page)
        self.traceparents: list[str] = []


class Page(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Site

    def do_GET(self) -> None:
        self.server.traceparents.append(self.headers["traceparent"])
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
def test_locust(
    collector: RunningCollector, run_dir: Path, tmp_path: Path, site: Site, protocol: str
) -> None:
    locustfile = tmp_path / "locustfile.py"
    locustfile.write_text(LOCUSTFILE)
    endpoint = collector.endpoint_grpc if protocol == "grpc" else collector.endpoint_http
    command = [sys.executable, "-m", "locust", "-f", str(locustfile), "--headless", "--otel"]
    command += ["--host", f"http://127.0.0.1:{site.server_port}", "-u", "4", "-r", "4"]
    command += ["-t", "3s", "--stop-timeout", "10"]
    environment = os.environ | {
        "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
        "OTEL_EXPORTER_OTLP_PROTOCOL": protocol,
        "OTEL_METRIC_EXPORT_INTERVAL": "1000",
    }
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "UNIMPLEMENTED" not in done.stderr
    assert "Failed to export" not in done.stderr

    ids = Counter(span.span_id.hex() for span in stored(run_dir))
    seen_by_the_site = {traceparent.split("-")[2] for traceparent in site.traceparents}
    assert len(site.traceparents) > 20
    assert len(seen_by_the_site) == len(site.traceparents)
    assert seen_by_the_site <= set(ids)
    assert set(ids.values()) == {1}
    counters = collector.stop()
    assert counters.traces.accepted == len(ids)
    assert counters.metrics.accepted > 0
    assert frames(run_dir / "metrics.otlp")
    assert counters.logs.accepted > 0
