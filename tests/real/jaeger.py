"""Jaeger, with its traces in memory."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import requests

from tests.real import tools
from tests.real.otelcol import READY
from tests.real.server import Server, running

MAX_TRACES: Final = 10_000
"""It forgets the oldest ones beyond; no search may ask for more."""

CONFIG: Final = f"""
service:
  extensions: [jaeger_storage, jaeger_query]
  telemetry:
    metrics: {{level: none}}
  pipelines:
    traces: {{receivers: [otlp], exporters: [jaeger_storage_exporter]}}
extensions:
  jaeger_storage:
    backends:
      memory: {{memory: {{max_traces: {MAX_TRACES}}}}}
  jaeger_query:
    storage: {{traces: memory}}
    http: {{endpoint: "${{env:QUERY_HTTP}}"}}
    grpc: {{endpoint: "${{env:QUERY_GRPC}}"}}
receivers:
  otlp:
    protocols:
      grpc: {{endpoint: "${{env:OTLP_GRPC}}"}}
      http: {{endpoint: "${{env:OTLP_HTTP}}"}}
exporters:
  jaeger_storage_exporter: {{trace_storage: memory}}
"""
"""Without a batch processor or a queue: what was acknowledged can be searched for."""

ALL_TIMES_NS: Final = (0, 4_102_444_800_000_000_000)
"""From 1970 to 2100."""

NOT_ITSELF: Final = {"OTEL_TRACES_SAMPLER": "always_off"}
"""Else it sends spans of its own work to port 4317, and waits for that when it stops."""

TIMEOUT_S: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Jaeger:
    """A running Jaeger. Spans can be searched for as soon as it has acknowledged them."""

    server: Server

    @property
    def otlp_grpc(self) -> str:
        """Where it takes OTLP over gRPC, as `http://127.0.0.1:PORT`."""
        return self.server.url("OTLP_GRPC")

    @property
    def otlp_http(self) -> str:
        """Where it takes OTLP over HTTP, as `http://127.0.0.1:PORT`."""
        return self.server.url("OTLP_HTTP")

    @property
    def query_url(self) -> str:
        """Where its pages and its HTTP API are, as `http://127.0.0.1:PORT`."""
        return self.server.url("QUERY_HTTP")

    @property
    def query_grpc(self) -> str:
        """Where its gRPC API is, as `http://127.0.0.1:PORT`."""
        return self.server.url("QUERY_GRPC")

    def services(self) -> set[str]:
        """The services it has spans of."""
        found = self._get("/api/v3/services").json()
        return set(found.get("services", ()))

    def search(self, service: str) -> bytes:
        """All traces with spans of a service, in Jaeger's own JSON."""
        # without an interval it answers with what began in the last two days
        begin_us, end_us = (str(time_ns // 1_000) for time_ns in ALL_TIMES_NS)
        query = {"service": service, "start": begin_us, "end": end_us, "limit": str(MAX_TRACES)}
        return self._get("/api/traces", **query).content

    def trace(self, trace_id: str) -> bytes:
        """One trace, in Jaeger's own JSON: what its page gives for download."""
        return self._get(f"/api/traces/{trace_id}").content

    def search_v3(self, service: str) -> bytes:
        """All traces with spans of a service, by version 3 of the API."""
        begin, end = (_rfc3339(time_ns) for time_ns in ALL_TIMES_NS)
        query = {
            "query.service_name": service,
            "query.start_time_min": begin,
            "query.start_time_max": end,
            "query.num_traces": str(MAX_TRACES),
        }
        return self._get("/api/v3/traces", **query).content

    def trace_v3(self, trace_id: str) -> bytes:
        """One trace, by version 3 of the API."""
        return self._get(f"/api/v3/traces/{trace_id}").content

    def stop(self) -> None:
        """End it; its traces are gone."""
        self.server.stop()

    def start(self) -> None:
        """Start it again on the same ports, without traces."""
        self.server.start()

    def _get(self, path: str, **query: str) -> requests.Response:
        answer = requests.get(f"{self.query_url}{path}", params=query, timeout=TIMEOUT_S)
        assert answer.status_code == 200, answer.text
        return answer


@contextmanager
def running_jaeger(place: Path) -> Iterator[Jaeger]:
    """Start one, its files in `place`; it is stopped at the end."""
    program = tools.jaeger()
    config = place / "jaeger.yaml"
    config.write_text(CONFIG)
    with running(
        *(program, "--config", config),
        listens=("OTLP_GRPC", "OTLP_HTTP", "QUERY_HTTP", "QUERY_GRPC"),
        ready=READY,
        log=place / "jaeger.log",
        environment=os.environ | NOT_ITSELF,
    ) as server:
        yield Jaeger(server=server)


def _rfc3339(time_ns: int) -> str:
    return datetime.fromtimestamp(time_ns / 1e9, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
