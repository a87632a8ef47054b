"""Real locust processes whose users speak gRPC, or something that only they know."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import grpc  # noqa: TID253  the service under load
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from loadgen.launcher import LoadEnd
from tests.loadgen.conftest import Workbench
from tests.loadgen.servers import ServerUnderLoad, SpanSink

FIND = "/shop.Catalog/Find"
BREAK = "/shop.Catalog/Break"


@dataclass(slots=True)
class Catalog(grpc.GenericRpcHandler):  # type: ignore[misc]
    """A gRPC service of bytes; it remembers the traceparents it was called with."""

    seen: list[str] = field(default_factory=list)

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        answers = {FIND: self.find, BREAK: self.fail}
        answer = answers.get(handler_call_details.method)
        return answer and grpc.unary_unary_rpc_method_handler(answer)

    def find(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        self.seen += [v for k, v in context.invocation_metadata() if k == "traceparent"]
        return b"found " + request

    def fail(self, request: bytes, context: grpc.ServicerContext) -> None:
        self.find(request, context)
        context.abort(grpc.StatusCode.UNAVAILABLE, "no such thing")


@pytest.fixture
def catalog() -> Iterator[tuple[Catalog, str]]:
    service = Catalog()
    server = grpc.server(ThreadPoolExecutor(4), handlers=[service])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield service, f"127.0.0.1:{port}"
    server.stop(grace=None).wait()


INTERCEPTED = """
    import time

    import grpc
    import grpc.experimental.gevent
    from locust import User, task
    from locust.exception import StopUser
    from loadgen.tracing import trace_headers

    grpc.experimental.gevent.init_gevent()

    class Reporting(grpc.UnaryUnaryClientInterceptor):
        def __init__(self, environment):
            self.environment = environment

        def intercept_unary_unary(self, continuation, details, request):
            headers = {headers}
            details = details._replace(metadata=tuple(headers.items()))
            began, timer = time.time(), time.perf_counter()
            call = continuation(details, request)
            error = call.exception()
            self.environment.events.request.fire(
                request_type="grpc", name=details.method, response_length=0, response=None,
                start_time=began, response_time=(time.perf_counter() - timer) * 1000,
                context=headers, exception=error,
            )
            return call

    class Caller(User):
        def on_start(self):
            channel = grpc.insecure_channel("{address}")
            self.channel = grpc.intercept_channel(channel, Reporting(self.environment))

        @task
        def call(self):
            for _ in range(3):
                assert self.channel.unary_unary("/shop.Catalog/Find")(b"lamp") == b"found lamp"
            try:
                self.channel.unary_unary("/shop.Catalog/Break")(b"lamp")
            except grpc.RpcError:
                pass
            raise StopUser
"""


def test_a_grpc_user_s_calls_are_the_parents_of_the_service_s_spans(
    bench: Workbench, sink: SpanSink, catalog: tuple[Catalog, str]
) -> None:
    service, address = catalog
    locustfile = INTERCEPTED.format(headers="trace_headers()", address=address)
    finished = bench.run(locustfile, users=1, run_time="3s")

    assert finished.end is LoadEnd.WITH_FAILURES, finished.log
    assert finished.record["requests"] == len(sink.spans) == len(service.seen) == 4
    assert {seen.traceparent for seen in sink.spans} == set(service.seen)
    assert len(set(service.seen)) == 4

    broken = sink.named(f"grpc {BREAK}")
    assert broken.span.kind == Span.SPAN_KIND_CLIENT
    assert broken.span.status.code == Status.STATUS_CODE_ERROR
    assert broken.attributes == {
        "locust.request.type": "grpc",
        "locust.request.name": BREAK,
        "rpc.system.name": "grpc",
        "rpc.method": "shop.Catalog/Break",
        "slowhop.run.id": "the-run",
        "error.type": "UNAVAILABLE",
    }
    mean_ms = sum(seen.duration_ns for seen in sink.spans) / 4e6
    assert finished.record["latency"]["mean_ms"] == pytest.approx(mean_ms, abs=0.01)


def test_a_grpc_user_without_the_helper_has_spans_of_its_own(
    bench: Workbench, sink: SpanSink, catalog: tuple[Catalog, str]
) -> None:
    service, address = catalog
    locustfile = INTERCEPTED.format(headers="dict()", address=address)
    finished = bench.run(locustfile, users=1, run_time="3s")

    assert finished.record["requests"] == len(sink.spans) == 4
    assert len({seen.span.trace_id for seen in sink.spans}) == 4
    assert service.seen == []


CUSTOM = """
    import urllib.request
    from locust import User, constant, task
    from loadgen.tracing import trace_headers

    class Custom(User):
        wait_time = constant(0.05)

        @task
        def joined(self):
            headers = trace_headers()
            with self.environment.events.request.measure("custom", "joined", context=headers):
                asked = urllib.request.Request(self.host + "/ok/joined", headers=headers)
                urllib.request.urlopen(asked).read()

        @task
        def alone(self):
            with self.environment.events.request.measure("custom", "alone"):
                urllib.request.urlopen(self.host + "/ok/alone").read()
"""


def test_custom_users_of_all_workers_are_traced(
    bench: Workbench, server: ServerUnderLoad, sink: SpanSink
) -> None:
    finished = bench.run(CUSTOM, users=4, spawn_rate=4.0, run_time="2s", extra=("--processes", "2"))

    assert finished.end is LoadEnd.CLEAN, finished.log
    assert finished.record["requests"] == len(sink.spans) == len(server.seen) > 0
    assert len({seen.traceparent for seen in sink.spans}) == len(sink.spans)
    sent = {request.traceparent for request in server.seen if request.path == "/ok/joined"}
    joined = {seen.traceparent for seen in sink.spans if seen.span.name == "custom joined"}
    assert sent == joined
    assert sent
    assert {seen.span.name for seen in sink.spans} == {"custom joined", "custom alone"}
