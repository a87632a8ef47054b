"""The OpenTelemetry Collector, sending wherever a test wants."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from tests.real import tools
from tests.real.server import Server, running

READY: Final = "Everything is ready"
"""What it logs when all of its parts have started."""

RECEIVERS: Final = """
receivers:
  otlp:
    protocols:
      grpc: {endpoint: "${env:OTLP_GRPC}"}
      http: {endpoint: "${env:OTLP_HTTP}"}
service:
  telemetry:
    metrics: {level: none}
"""
"""What every Collector here begins with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Otelcol:
    """A running Collector."""

    server: Server

    @property
    def otlp_grpc(self) -> str:
        """Where it takes OTLP over gRPC, as `http://127.0.0.1:PORT`."""
        return self.server.url("OTLP_GRPC")

    @property
    def otlp_http(self) -> str:
        """Where it takes OTLP over HTTP, as `http://127.0.0.1:PORT`."""
        return self.server.url("OTLP_HTTP")

    def stop(self) -> None:
        """Let it send its last batches, close its files, and end."""
        self.server.stop()

    def log(self) -> str:
        """What it has said so far."""
        return self.server.log.read_text()


class StartOtelcol(Protocol):
    """Starts a Collector."""

    def __call__(self, config: str, *options: str) -> Otelcol:
        """Its exporters, processors and pipelines as YAML, and further command-line options."""


@contextmanager
def otelcols(place: Path) -> Iterator[StartOtelcol]:
    """Start as many as wanted, their files in `place`; all are stopped at the end."""
    program = tools.otelcol()
    (place / "receivers.yaml").write_text(RECEIVERS)
    with ExitStack() as stack:
        started: list[Otelcol] = []

        def start(config: str, *options: str) -> Otelcol:
            name = f"otelcol-{len(started)}"
            config_path = place / f"{name}.yaml"
            config_path.write_text(config)
            server = running(
                *(program, "--config", place / "receivers.yaml", "--config", config_path),
                *options,
                listens=("OTLP_GRPC", "OTLP_HTTP"),
                ready=READY,
                log=place / f"{name}.log",
            )
            started.append(Otelcol(server=stack.enter_context(server)))
            return started[-1]

        yield start
