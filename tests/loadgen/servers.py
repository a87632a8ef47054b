"""Two servers for the tests: one under load that remembers its callers, one that takes spans."""

import gzip
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Server(ThreadingHTTPServer):
    """A server on a free port of the loopback; it counts on its clients to hang up."""

    daemon_threads = True
    request_queue_size = 64

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def serving(server: Server) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
        pass

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except ConnectionError:
            self.close_connection = True  # the client gave up, as some tests want it to

    def reply(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenRequest:
    """A request as the server under load saw it."""

    method: str
    path: str
    headers: dict[str, str]

    @property
    def traceparent(self) -> str:
        return self.headers.get("traceparent", "")


class ServerUnderLoad(Server):
    """Answers `/redirect/...`, `/status/CODE/...`, `/slow/...`, and 200 for all else."""

    def __init__(self) -> None:
        self.seen: list[SeenRequest] = []
        self.hurry = threading.Event()
        super().__init__(("127.0.0.1", 0), _LoadHandler)

    def at(self, path: str) -> SeenRequest:
        [seen] = [request for request in self.seen if request.path == path]
        return seen


class _LoadHandler(Handler):
    server: ServerUnderLoad

    def do_GET(self) -> None:
        self.body()
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.seen.append(SeenRequest(method=self.command, path=self.path, headers=headers))
        kind, _, rest = self.path.strip("/").partition("/")
        if kind == "redirect":
            self.reply(302, Location=f"/ok/{rest}")
        elif kind == "status":
            self.reply(int(rest.partition("/")[0]))
        elif kind == "slow":
            self.server.hurry.wait(3)
            self.reply(200)
        else:
            self.reply(200, b"hello")

    do_POST = do_GET  # noqa: N815  the base class looks for this name


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenSpan:
    """A span as the receiver got it."""

    resource: dict[str, str | int]
    attributes: dict[str, str | int]
    span: Span

    @property
    def traceparent(self) -> str:
        return f"00-{self.span.trace_id.hex()}-{self.span.span_id.hex()}-01"

    @property
    def duration_ns(self) -> int:
        return self.span.end_time_unix_nano - self.span.start_time_unix_nano


class SpanSink(Server):
    """Takes OTLP over HTTP. `answers` are given first, one for each request; then 200.

    `spans` have no parent; `steps` have one.
    """

    def __init__(self, *answers: int, rejects: int = 0) -> None:
        self.answers = deque(answers)
        self.rejects = rejects
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.spans: list[SeenSpan] = []
        self.steps: list[SeenSpan] = []
        super().__init__(("127.0.0.1", 0), _SinkHandler)

    def named(self, name: str) -> SeenSpan:
        [span] = [seen for seen in self.spans if seen.span.name == name]
        return span


class _SinkHandler(Handler):
    server: SpanSink

    def do_POST(self) -> None:
        body = self.body()
        headers = {name.lower(): value for name, value in self.headers.items()}
        if self.path != "/v1/traces":
            self.reply(200)  # metrics and logs, of which these tests know nothing
            return
        self.server.requests.append((self.path, headers))
        status = self.server.answers.popleft() if self.server.answers else 200
        if status != 200:
            self.reply(status)
            return
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        for seen in spans_in(body):
            kept = self.server.steps if seen.span.parent_span_id else self.server.spans
            kept.append(seen)
        answer = ExportTraceServiceResponse()
        answer.partial_success.rejected_spans = self.server.rejects
        self.reply(200, answer.SerializeToString())


def spans_in(body: bytes) -> list[SeenSpan]:
    request = ExportTraceServiceRequest.FromString(body)
    return [
        SeenSpan(
            resource=_plain(group.resource.attributes),
            attributes=_plain(span.attributes),
            span=span,
        )
        for group in request.resource_spans
        for scope in group.scope_spans
        for span in scope.spans
    ]


def _plain(attributes: Iterable[KeyValue]) -> dict[str, str | int]:
    return {item.key: _value(item) for item in attributes}


def _value(item: KeyValue) -> str | int:
    kind = item.value.WhichOneof("value")
    assert kind in ("string_value", "int_value"), kind
    value: str | int = getattr(item.value, kind)
    return value
