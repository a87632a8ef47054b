"""Makes spans, sends them, and writes their ids. Arguments: transport, port, how many."""

import json
import sys

from opentelemetry.exporter.jaeger.proto.grpc import JaegerExporter as GrpcExporter
from opentelemetry.exporter.jaeger.thrift import JaegerExporter as ThriftExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter

transport, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


def exporter() -> SpanExporter:
    if transport == "grpc":
        return GrpcExporter(collector_endpoint=f"127.0.0.1:{port}", insecure=True)
    if transport == "http":
        endpoint = f"http://127.0.0.1:{port}/api/traces?format=jaeger.thrift"
        return ThriftExporter(collector_endpoint=endpoint)
    return ThriftExporter(agent_port=port, udp_split_oversized_batches=True)


provider = TracerProvider(resource=Resource({SERVICE_NAME: "shop"}))
provider.add_span_processor(BatchSpanProcessor(exporter(), max_export_batch_size=64))
tracer = provider.get_tracer("test", "1.2")
ids = []
for number in range(count):
    with tracer.start_as_current_span(f"span {number}") as span:
        span.set_attribute("place", "é")
        span.add_event("half way", {"number": number})
        ids.append(f"{span.get_span_context().span_id:016x}")
provider.shutdown()
sys.stdout.write(json.dumps(ids))
