"""Greets whom service2 names. Arguments: its port, and the URL of service2."""

import sys

import requests
from flask import Flask
from opentelemetry import trace
from opentelemetry.exporter.jaeger.thrift import JaegerExporter
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

# The exporter takes its port from OTEL_EXPORTER_JAEGER_AGENT_PORT, or 6831.
exporter = JaegerExporter(agent_host_name="localhost")
provider = TracerProvider(resource=Resource.create({SERVICE_NAME: "service1"}))
provider.add_span_processor(BatchSpanProcessor(exporter))
trace.set_tracer_provider(provider)

app = Flask(__name__)
FlaskInstrumentor().instrument_app(app)
RequestsInstrumentor().instrument()


@app.get("/")
def greet() -> str:
    name = requests.get(f"{sys.argv[2]}/name", timeout=10).text
    return f"Hello {name}"


if __name__ == "__main__":
    app.run(port=int(sys.argv[1]))
