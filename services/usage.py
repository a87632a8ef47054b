"""What a service process uses of its machine, exported once a second (OTLP, OTEL_* variables)."""

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

from services.telemetry import EXPORT_TIMEOUT_S, protocol_of, resource_of
from services.traffic import Traffic, count_traffic

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opentelemetry.metrics import CallbackOptions, Observation
    from opentelemetry.sdk.metrics.export import MetricExporter

INTERVAL: Final = "OTEL_METRIC_EXPORT_INTERVAL"
EXPORTERS: Final = "OTEL_METRICS_EXPORTER"

INTERVAL_MS: Final = 1_000
"""The SDK's own minute is longer than a demonstration lasts."""

MEASURED: Final[dict[str, list[str] | None]] = {
    "process.cpu.time": ["user", "system"],
    "process.memory.usage": None,
    "process.disk.io": ["read", "write"],
    "process.thread.count": None,
}
"""Of what OpenTelemetry's system metrics can measure, what is the process's own."""


def start_usage(service: str) -> MeterProvider | None:
    """Measure and export from now on; None where OTEL_METRICS_EXPORTER says not to.

    To be called before sockets are made, whose traffic is counted.
    """
    if os.environ.get(EXPORTERS) == "none":
        return None
    from opentelemetry.instrumentation.system_metrics import SystemMetricsInstrumentor

    reader = PeriodicExportingMetricReader(
        _exporter(), export_interval_millis=float(os.environ.get(INTERVAL) or INTERVAL_MS)
    )
    provider = MeterProvider(
        metric_readers=[reader], resource=resource_of(service), shutdown_on_exit=False
    )
    SystemMetricsInstrumentor(config=MEASURED).instrument(meter_provider=provider)
    _measure_traffic(provider, count_traffic())
    _measure_delay(provider)
    return provider


def _measure_traffic(provider: MeterProvider, traffic: Traffic) -> None:
    def observe(_options: "CallbackOptions") -> "Iterable[Observation]":
        from opentelemetry.metrics import Observation

        for direction, count in (("receive", traffic.received), ("transmit", traffic.sent)):
            yield Observation(count, {"network.io.direction": direction})

    provider.get_meter(__name__).create_observable_counter(
        "process.network.io", callbacks=[observe], unit="By"
    )


def _measure_delay(provider: MeterProvider) -> None:
    """How long threads were ready to run and no processor was free; only Linux tells."""
    if not Path("/proc/self/schedstat").exists():
        return
    waited: dict[str, int] = {}

    def observe(_options: "CallbackOptions") -> "Iterable[Observation]":
        from opentelemetry.metrics import Observation

        for thread in Path("/proc/self/task").iterdir():
            with suppress(OSError):  # it has ended meanwhile; what it waited stays counted
                ran_and_waited = (thread / "schedstat").read_text(encoding="ascii").split()
                waited[thread.name] = int(ran_and_waited[1])
        yield Observation(sum(waited.values()) / 1e9)

    provider.get_meter(__name__).create_observable_counter(
        "slowhop.process.cpu.delay", callbacks=[observe], unit="s"
    )


def _exporter() -> "MetricExporter":
    if protocol_of("METRICS") == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc import metric_exporter as by_grpc

        return by_grpc.OTLPMetricExporter(timeout=EXPORT_TIMEOUT_S)
    from opentelemetry.exporter.otlp.proto.http import metric_exporter as by_http

    return by_http.OTLPMetricExporter(timeout=EXPORT_TIMEOUT_S)
