"""Real locust processes: every request a span, and the span what the server and locust saw."""

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from loadgen.launcher import LoadEnd
from tests.loadgen.conftest import Workbench
from tests.loadgen.servers import ServerUnderLoad, SpanSink

OWN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

EVERY_KIND = """
    from locust import FastHttpUser, HttpUser, task
    from locust.exception import StopUser

    class EveryKind({base}):
        network_timeout = 1.5

        @task
        def once(self):
            get = self.client.get
            get("/ok/plain")
            get("/ok/grouped/7?x=1", name="/ok/grouped/[id]")
            self.client.post("/ok/posted", json={{"a": 1}}, headers={{"X-Mine": "kept"}})
            get("/ok/own-traceparent", headers={{"Traceparent": "{own}"}})
            get("/ok/not-a-traceparent", headers={{"traceparent": "nonsense"}})
            get("/redirect/followed")
            get("/redirect/not-followed", allow_redirects=False)
            get("/status/500/error")
            with get("/status/404/fine", catch_response=True) as response:
                response.success()
            with get("/ok/wrong", catch_response=True) as response:
                response.failure("not what I wanted")
            get("http://127.0.0.1:9/refused")
            get("/slow/late", **{timeout})
            get("http://me:secret@{netloc}/ok/login?sig=abc&x=1", name="login")
            with self.client.rename_request("renamed"):
                get("/ok/other-name")
            raise StopUser
"""

FAILED = {
    "GET /status/500/error": "500",
    "GET /ok/wrong": "CatchResponseError",
}


@pytest.mark.parametrize(
    ("base", "timeout", "timeout_error"),
    [("HttpUser", {"timeout": 1.5}, "ReadTimeout"), ("FastHttpUser", {}, "RetriesExceeded")],
    ids=["HttpUser", "FastHttpUser"],
)
def test_every_kind_of_request_is_one_span(
    base: str,
    timeout: dict[str, float],
    timeout_error: str,
    bench: Workbench,
    server: ServerUnderLoad,
    sink: SpanSink,
) -> None:
    locustfile = EVERY_KIND.format(
        base=base, own=OWN, timeout=timeout, netloc=server.url.removeprefix("http://")
    )
    finished = bench.run(locustfile, users=1, run_time="3s")

    assert finished.end is LoadEnd.WITH_FAILURES
    names = [seen.span.name for seen in sink.spans]
    assert len(names) == len(set(names)) == finished.record["requests"] == 14
    assert all(seen.span.kind == Span.SPAN_KIND_CLIENT for seen in sink.spans)
    assert all(not seen.span.parent_span_id for seen in sink.spans)
    _servers_see_the_spans(server, sink)
    _verdicts_are_locusts(sink, timeout_error)
    _attributes_follow_the_conventions(server, sink, user_class="EveryKind")


def _servers_see_the_spans(server: ServerUnderLoad, sink: SpanSink) -> None:
    paths = {
        "GET /ok/plain": "/ok/plain",
        "GET /ok/grouped/[id]": "/ok/grouped/7?x=1",
        "POST /ok/posted": "/ok/posted",
        "GET /status/500/error": "/status/500/error",
        "GET /slow/late": "/slow/late",
        "GET /redirect/followed": "/ok/followed",
        "GET /redirect/not-followed": "/redirect/not-followed",
        "GET renamed": "/ok/other-name",
    }
    for name, path in paths.items():
        assert server.at(path).traceparent == sink.named(name).traceparent
    assert server.at("/redirect/followed").traceparent == server.at("/ok/followed").traceparent
    assert server.at("/ok/posted").headers["x-mine"] == "kept"
    assert server.at("/ok/posted").headers["content-type"] == "application/json"
    assert server.at("/ok/own-traceparent").traceparent == OWN
    assert sink.named("GET /ok/own-traceparent").traceparent == OWN
    assert server.at("/ok/not-a-traceparent").traceparent == "nonsense"
    assert any(sink.named("GET /ok/not-a-traceparent").span.trace_id)


def _verdicts_are_locusts(sink: SpanSink, timeout_error: str) -> None:
    failed = {
        seen.span.name: seen.attributes["error.type"]
        for seen in sink.spans
        if seen.span.status.code == Status.STATUS_CODE_ERROR
    }
    refused = failed.pop("GET http://127.0.0.1:9/refused", None) or failed.pop("GET /refused")
    late = failed.pop("GET /slow/late")
    assert failed == FAILED
    assert refused == "ConnectionRefusedError"
    assert late == timeout_error
    assert "not what I wanted" in sink.named("GET /ok/wrong").span.status.message
    assert sink.named("GET /status/404/fine").span.status.code == Status.STATUS_CODE_UNSET
    assert "error.type" not in sink.named("GET /status/404/fine").attributes
    assert sink.named("GET /slow/late").duration_ns >= 1.5e9


def _attributes_follow_the_conventions(
    server: ServerUnderLoad, sink: SpanSink, *, user_class: str
) -> None:
    grouped = sink.named("GET /ok/grouped/[id]")
    assert grouped.attributes == {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "url.full": f"{server.url}/ok/grouped/7?x=1",
        "server.address": "127.0.0.1",
        "server.port": server.server_port,
        "slowhop.run.id": "the-run",
        "locust.user.class": user_class,
        "locust.task": "once",
        "locust.request.name": "/ok/grouped/[id]",
    }
    assert grouped.resource.keys() >= {"service.instance.id", "service.version", "process.pid"}
    assert grouped.resource["service.name"] == "locust"
    assert grouped.resource["slowhop.run.id"] == "the-run"
    assert sink.named("GET login").attributes["url.full"] == (
        f"{server.url}/ok/login?sig=REDACTED&x=1"
    )
    assert sink.named("GET /status/404/fine").attributes["http.response.status_code"] == 404
    assert "http.response.status_code" not in sink.named("GET /slow/late").attributes


NEW_CONNECTIONS = """
    from locust import FastHttpUser, HttpUser, task
    from locust.exception import StopUser

    class Opening({base}):
        @task
        def twice(self):
            self.client.get("/ok/first")
            self.client.get("/ok/second")
            self.client.get("http://127.0.0.1:9/refused")
            raise StopUser
"""


@pytest.mark.parametrize("base", ["HttpUser", "FastHttpUser"])
def test_a_request_that_opens_a_connection_shows_it(
    base: str, bench: Workbench, server: ServerUnderLoad, sink: SpanSink
) -> None:
    bench.run(NEW_CONNECTIONS.format(base=base), users=1, run_time="2s")

    first = sink.named("GET /ok/first").span
    [connect] = [s.span for s in sink.steps if s.span.parent_span_id == first.span_id]
    assert (connect.name, connect.trace_id) == ("connect", first.trace_id)
    assert first.start_time_unix_nano <= connect.start_time_unix_nano
    assert connect.end_time_unix_nano <= first.end_time_unix_nano
    refused = [s.span for s in sink.spans if s.span.name.endswith("/refused")]
    assert {s.span.parent_span_id for s in sink.steps} <= {
        first.span_id, sink.named("GET /ok/second").span.span_id, refused[0].span_id,
    }  # fmt: skip
    assert any(s.span.parent_span_id == refused[0].span_id for s in sink.steps)


SESSION_HEADER = """
    from locust import FastHttpUser, HttpUser, task
    from locust.exception import StopUser

    class Requests(HttpUser):
        fixed_count = 1

        @task
        def once(self):
            self.client.headers["traceparent"] = "{own}"
            self.client.get("/ok/requests")
            raise StopUser

    class Fast(FastHttpUser):
        fixed_count = 1
        default_headers = {{"traceparent": "{own}"}}

        @task
        def once(self):
            self.client.get("/ok/fast")
            raise StopUser
"""


def test_a_traceparent_of_the_whole_session_stays(
    bench: Workbench, server: ServerUnderLoad, sink: SpanSink
) -> None:
    bench.run(SESSION_HEADER.format(own=OWN), users=2, spawn_rate=2.0, run_time="1s")

    for kind in ("requests", "fast"):
        assert server.at(f"/ok/{kind}").traceparent == OWN
        assert sink.named(f"GET /ok/{kind}").traceparent == OWN


STEADY = """
    import random
    from locust import FastHttpUser, HttpUser, constant, task

    random.seed(1)

    class Requests(HttpUser):
        wait_time = constant(0.02)

        @task
        def look(self):
            self.client.get("/ok/requests")

        @task
        def fail(self):
            self.client.get("/status/503/requests")

    class Fast(FastHttpUser):
        wait_time = constant(0.02)

        @task
        def look(self):
            self.client.get("/ok/fast")
"""


@pytest.mark.parametrize("processes", [(), ("--processes", "2")], ids=["single", "workers"])
def test_locusts_own_numbers_agree_with_the_spans(
    processes: tuple[str, ...], bench: Workbench, server: ServerUnderLoad, sink: SpanSink
) -> None:
    finished = bench.run(STEADY, users=4, spawn_rate=4.0, run_time="2s", extra=processes)

    record = finished.record
    assert record["requests"] == len(sink.spans) == len(server.seen) > 0
    assert record["failures"] == _failures(sink)
    assert record["spans"] == {
        "created": len(sink.spans),
        "exported": len(sink.spans),
        "failed": 0,
    }
    mean_ms = sum(seen.duration_ns for seen in sink.spans) / len(sink.spans) / 1e6
    assert record["latency"]["mean_ms"] == pytest.approx(mean_ms, abs=0.01)
    for endpoint in record["endpoints"]:
        name = f"{endpoint['method']} {endpoint['name']}"
        assert endpoint["requests"] == sum(seen.span.name == name for seen in sink.spans)
    assert sum(endpoint["requests"] for endpoint in record["endpoints"]) == record["requests"]

    assert record["users_max"] == 4
    assert record["ended_at_ns"] > record["started_at_ns"]
    last = finished.points[-1]
    assert (last["requests"], last["failures"]) == (record["requests"], record["failures"])
    assert max(point["throughput_rps"] for point in finished.points) > 0

    seen = {span.traceparent for span in sink.spans}
    assert seen == {request.traceparent for request in server.seen}
    instances = {span.resource["service.instance.id"] for span in sink.spans}
    assert len(instances) == (2 if processes else 1)


def _failures(sink: SpanSink) -> int:
    return sum(seen.span.status.code == Status.STATUS_CODE_ERROR for seen in sink.spans)


def test_the_run_goes_where_the_environment_says(
    bench: Workbench, sink: SpanSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://127.0.0.1:9/elsewhere")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20abc")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "my-load")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test%20bed")

    bench.run(STEADY, users=1, run_time="1s")

    path, headers = sink.requests[0]
    assert path == "/v1/traces"
    assert headers["authorization"] == "Bearer abc"
    assert headers["content-encoding"] == "gzip"
    assert sink.spans[0].resource["service.name"] == "my-load"
    assert sink.spans[0].resource["deployment.environment.name"] == "test bed"


def test_locusts_own_otel_makes_the_spans_instead(
    bench: Workbench, server: ServerUnderLoad, sink: SpanSink
) -> None:
    locustfile = """
        from locust import HttpUser, constant, task

        class Requests(HttpUser):
            wait_time = constant(0.05)

            @task
            def look(self):
                self.client.get("/ok/otel")
    """
    finished = bench.run(locustfile, users=1, run_time="2s", otel=True)

    spans = {s.span.span_id.hex(): s for s in sink.spans if s.span.name == "GET /ok/otel"}
    assert spans.keys() >= {seen.traceparent.split("-")[2] for seen in server.seen}
    assert len(server.seen) == finished.record["requests"] > 0
    assert {seen.resource["slowhop.run.id"] for seen in spans.values()} == {"the-run"}
    assert finished.record["spans"] is None
