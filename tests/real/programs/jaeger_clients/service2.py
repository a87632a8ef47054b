"""Names someone, which takes its time. Argument: its port."""

import sys
import time

from flask import Flask
from opentelemetry import trace
from opentelemetry.exporter.jaeger.thrift import JaegerExporter
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

# The exporter takes its port from OTEL_EXPORTER_JAEGER_AGENT_PORT, or 6831.
exporter = JaegerExporter(agent_host_name="localhost")
provider = TracerProvider(resource=Resource.create({SERVICE_NAME: "service2"}))
provider.add_span_processor(BatchSpanProcessor(exporter))
trace.set_tracer_provider(provider)

app = Flask(__name__)
FlaskInstrumentor().instrument_app(app)


@app.get("/name")
def name_someone() -> str:
    time.sleep(0.1)
    return "World"


if __name__ == "__main__":
    app.run(port=int(sys.argv[1]))
