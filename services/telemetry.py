"""Tracing of a service process: who it is, and where its spans go (OTLP, by OTEL_* variables)."""

import os
import socket
import threading
import time
from typing import TYPE_CHECKING, Protocol

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from services.errors import ServiceError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

PROTOCOLS = ("http/protobuf", "grpc")

EXPORT_DELAY_MS = 500
"""Spans leave twice a second: a live view that refreshes every second stays current."""

QUEUE_SPANS = 8192
FLUSH_TIMEOUT_S = 3.0
EXPORT_TIMEOUT_S = 5.0


def start_tracing(service: str) -> TracerProvider:
    """Make the process's tracer provider and install it as the global one.

    Raises:
        ServiceError: OTEL_EXPORTER_OTLP_PROTOCOL names a protocol that there is no exporter for.
    """
    provider = TracerProvider(resource=resource_of(service), shutdown_on_exit=False)
    provider.add_span_processor(_in_batches(_exporter()))
    trace.set_tracer_provider(provider)
    return provider


def resource_of(service: str) -> Resource:
    """Who this process is, in all that it sends."""
    instance = f"{service}-{socket.gethostname()}-{os.getpid()}"
    return Resource.create({"service.name": service, "service.instance.id": instance})


def protocol_of(signal: str) -> str:
    """How a signal (`TRACES`, `METRICS`) is to be exported.

    Raises:
        ServiceError: OTEL_EXPORTER_OTLP_PROTOCOL names a protocol that there is no exporter for.
    """
    protocol = (
        os.environ.get(f"OTEL_EXPORTER_OTLP_{signal}_PROTOCOL")
        or os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL")
        or "http/protobuf"
    )
    if protocol not in PROTOCOLS:
        raise ServiceError(
            f"the sample services cannot export by the protocol {protocol!r}",
            hint="set OTEL_EXPORTER_OTLP_PROTOCOL to http/protobuf or grpc",
        )
    return protocol


class Provider(Protocol):
    """What exports: a provider of tracers or of meters."""

    def shutdown(self) -> None:
        """Export what is left."""


def stop_exporting(*providers: Provider | None) -> None:
    """Export what is left, all at one time; gives up after a few seconds where nobody receives."""
    # The SDK's own flush has no deadline: with nobody to receive it would retry for half a minute.
    flushes = [
        threading.Thread(target=provider.shutdown, name="flush", daemon=True)
        for provider in providers
        if provider is not None
    ]
    for flush in flushes:
        flush.start()
    deadline = time.monotonic() + FLUSH_TIMEOUT_S
    for flush in flushes:
        flush.join(max(deadline - time.monotonic(), 0))


def _in_batches(exporter: "SpanExporter") -> BatchSpanProcessor:
    return BatchSpanProcessor(
        exporter, max_queue_size=QUEUE_SPANS, schedule_delay_millis=EXPORT_DELAY_MS
    )


def _exporter() -> "SpanExporter":
    if protocol_of("TRACES") == "http/protobuf":
        from opentelemetry.exporter.otlp.proto.http import trace_exporter as over_http

        return over_http.OTLPSpanExporter(timeout=EXPORT_TIMEOUT_S)
    from opentelemetry.exporter.otlp.proto.grpc import trace_exporter

    return trace_exporter.OTLPSpanExporter(timeout=EXPORT_TIMEOUT_S)
