"""A receiver for the spans that services send in a test: OTLP over HTTP, protobuf, in memory."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span

if TYPE_CHECKING:
    from opentelemetry.proto.common.v1.common_pb2 import KeyValue

INTERNAL = Span.SPAN_KIND_INTERNAL
SERVER = Span.SPAN_KIND_SERVER
CLIENT = Span.SPAN_KIND_CLIENT
PRODUCER = Span.SPAN_KIND_PRODUCER
CONSUMER = Span.SPAN_KIND_CONSUMER

DEADLINE_S = 30.0
TRACES_PATH = "/v1/traces"


@dataclass(frozen=True, slots=True, kw_only=True)
class SentSpan:
    """One span as a service sent it."""

    service: str
    instance: str
    trace_id: bytes
    span_id: bytes
    parent_id: bytes
    name: str
    kind: int
    start_ns: int
    end_ns: int
    attributes: dict[str, str]


@dataclass(slots=True)
class OtlpSink:
    """All spans that have arrived so far."""

    endpoint: str
    _spans: list[SentSpan] = field(default_factory=list)
    _metrics: list[bytes] = field(default_factory=list)
    _arrived: threading.Condition = field(default_factory=threading.Condition)

    def accept(self, body: bytes) -> None:
        """Keep what one export request carries."""
        sent = list(decoded(body))
        with self._arrived:
            self._spans.extend(sent)
            self._arrived.notify_all()

    def accept_metrics(self, body: bytes) -> None:
        """Keep an export request of metrics as it came."""
        with self._arrived:
            self._metrics.append(body)
            self._arrived.notify_all()

    def metrics(self, *, at_least: int) -> list[bytes]:
        """The requests with metrics, once there are so many, or when the deadline passes."""
        with self._arrived:
            self._arrived.wait_for(lambda: len(self._metrics) >= at_least, timeout=DEADLINE_S)
            return list(self._metrics)

    def spans(self) -> list[SentSpan]:
        """What has arrived, in that order."""
        with self._arrived:
            return list(self._spans)

    def wait_for(self, enough: Callable[[list[SentSpan]], bool]) -> list[SentSpan]:
        """The spans, once they are enough; those that there are when the deadline passes."""
        with self._arrived:
            self._arrived.wait_for(lambda: enough(self._spans), timeout=DEADLINE_S)
            return list(self._spans)


def decoded(body: bytes) -> Iterator[SentSpan]:
    """The spans of an ExportTraceServiceRequest."""
    for resource_spans in ExportTraceServiceRequest.FromString(body).resource_spans:
        resource = _texts(resource_spans.resource.attributes)
        for scope_spans in resource_spans.scope_spans:
            for span in scope_spans.spans:
                yield SentSpan(
                    service=resource["service.name"],
                    instance=resource["service.instance.id"],
                    trace_id=span.trace_id,
                    span_id=span.span_id,
                    parent_id=span.parent_span_id,
                    name=span.name,
                    kind=span.kind,
                    start_ns=span.start_time_unix_nano,
                    end_ns=span.end_time_unix_nano,
                    attributes=_texts(span.attributes),
                )


@contextmanager
def otlp_sink() -> Iterator[OtlpSink]:
    """Receive spans on a free port until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == TRACES_PATH:
                sink.accept(body)
            else:
                sink.accept_metrics(body)
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base's name
            """A test's output stays its own."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        sink = OtlpSink(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield sink
        finally:
            server.shutdown()
            thread.join()


def wait_until(true: Callable[[], bool]) -> bool:
    """Whether something became true before the deadline."""
    deadline = time.monotonic() + DEADLINE_S
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _texts(attributes: "Iterable[KeyValue]") -> dict[str, str]:
    return {each.key: each.value.string_value for each in attributes}
