"""Spans made and sent by OpenTelemetry's SDK for Python."""

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter


def send_spans(exporter: SpanExporter, count: int) -> list[str]:
    """Send so many spans in batches of 64; their ids, when all of them were acknowledged."""
    provider = TracerProvider(resource=Resource({"service.name": "shop"}))
    provider.add_span_processor(BatchSpanProcessor(exporter, max_export_batch_size=64))
    created = []
    for number in range(count):
        with provider.get_tracer("test").start_as_current_span(f"span {number}") as span:
            created.append(f"{span.get_span_context().span_id:016x}")
    provider.shutdown()
    return created
