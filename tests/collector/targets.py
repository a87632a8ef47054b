"""Other OTLP receivers to pass on to: they keep what they are sent and answer as they are told."""

import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NoReturn

import grpc  # noqa: TID253  a server of the tests
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from collector.exports import EXPORTS, TRACES, Export
from collector.signals import Signal


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An answer: a gRPC status or an HTTP code; the default is that all is well."""

    grpc_status: Status | None = None
    http_code: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


WELL = Said()

Answering = Callable[[Export, bytes], Said]


@dataclass(slots=True)
class Inbox:
    """What a target was sent.

    Attributes:
        answering: what it says to a request; what it does not say well to is not kept.
        requests: how many there were, whatever the answer.
    """

    answering: Answering = lambda _export, _body: WELL
    requests: int = 0
    _bodies: dict[Signal, list[bytes]] = field(default_factory=lambda: {s: [] for s in Signal})
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, export: Export, body: bytes) -> Said:
        said = self.answering(export, body)
        with self._lock:
            self.requests += 1
            if said.grpc_status is None and said.http_code == 200:
                self._bodies[export.signal].append(body)
        return said

    def bodies(self, signal: Signal = Signal.TRACES) -> list[bytes]:
        with self._lock:
            return list(self._bodies[signal])

    def together(self, signal: Signal = Signal.TRACES) -> bytes:
        """All requests as one: joined requests are a request."""
        return b"".join(self.bodies(signal))

    def spans(self) -> list[Span]:
        request = ExportTraceServiceRequest.FromString(self.together())
        return [s for r in request.resource_spans for scope in r.scope_spans for s in scope.spans]

    def numbers(self) -> list[int]:
        return [int.from_bytes(span.span_id, "big") for span in self.spans()]


def numbers_of(body: bytes) -> list[int]:
    """The numbers of the spans of one request."""
    inbox = Inbox()
    inbox.take(TRACES, body)
    return inbox.numbers()


@contextmanager
def grpc_target(inbox: Inbox, *, port: int = 0, most_bytes: int | None = None) -> Iterator[str]:
    """The address of a gRPC server; `most_bytes` is its limit for a message, 4 MiB if None."""
    options: list[tuple[str, int]] = [("grpc.so_reuseport", 0)]
    if most_bytes is not None:
        options.append(("grpc.max_receive_message_length", most_bytes))
    server = grpc.server(ThreadPoolExecutor(8), options=options)
    server.add_generic_rpc_handlers(tuple(_service(inbox, export) for export in EXPORTS))
    bound = server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    try:
        yield f"127.0.0.1:{bound}"
    finally:
        server.stop(0).wait()


def _service(inbox: Inbox, export: Export) -> grpc.GenericRpcHandler:
    def handle(body: bytes, context: grpc.ServicerContext) -> bytes:
        said = inbox.take(export, body)
        if said.grpc_status is not None:
            _abort(context, said.grpc_status)
        return said.body

    handler = grpc.unary_unary_rpc_method_handler(handle)
    return grpc.method_handlers_generic_handler(export.service, {"Export": handler})


def _abort(context: grpc.ServicerContext, status: Status) -> NoReturn:
    context.abort_with_status(rpc_status.to_status(status))
    raise AssertionError("abort_with_status raises")


@contextmanager
def http_target(inbox: Inbox, *, port: int = 0, prefix: str = "") -> Iterator[str]:
    """The URL of an HTTP server that keeps connections open."""
    paths = {f"{prefix}{export.path}": export for export in EXPORTS}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            export = paths.get(self.path)
            if export is None or self.headers["content-type"] != "application/x-protobuf":
                said = Said(http_code=404)
            else:
                said = inbox.take(export, body)
            self.send_response(said.http_code)
            for name, value in said.headers:
                self.send_header(name, value)
            self.send_header("content-type", "application/x-protobuf")
            self.send_header("content-length", str(len(said.body)))
            self.end_headers()
            self.wfile.write(said.body)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

    server = Server(("127.0.0.1", port), Handler)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}{prefix}"
    finally:
        server.shutdown()
        server.server_close()
        serving.join()


@contextmanager
def silent_target() -> Iterator[str]:
    """The address of somebody who accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"


def refused_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
