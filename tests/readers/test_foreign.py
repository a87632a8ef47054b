"""What other tracing systems write, case by case; the samples have the rest."""

import json
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor
from opentelemetry.trace import SpanKind, StatusCode

from analyzer.model.issue import IssueKind, Issues
from analyzer.readers.read import read
from analyzer.readers.read_requests import read_requests
from tests.readers.decoding import described, links, rows

TRACE = "0af7651916cd43dd8448eb211c80319c"
HALF = TRACE[16:]
SPAN, OTHER = "b7ad6b7169203331", "c7ad6b7169203332"
NOON_US = 1_700_000_000_000_000


def jaeger(*spans: dict[str, Any], **process: object) -> dict[str, Any]:
    return {
        "data": [
            {
                "traceID": TRACE,
                "spans": list(spans),
                "processes": {"p1": {"serviceName": "shop", **process}},
            }
        ]
    }


def jaeger_span(**fields: object) -> dict[str, Any]:
    return {
        "traceID": TRACE,
        "spanID": SPAN,
        "operationName": "GET /",
        "startTime": NOON_US,
        "duration": 5,
        "processID": "p1",
        **fields,
    }


def zipkin_span(**fields: object) -> dict[str, Any]:
    return {"traceId": TRACE, "id": SPAN, "timestamp": NOON_US, "duration": 5, **fields}


def only(tmp_path: Path, content: object) -> dict[str, object]:
    """How a file of one span reads."""
    (row,) = rows(read([written(tmp_path, content)]).spans)
    return row


def written(tmp_path: Path, content: object) -> Path:
    path = tmp_path / "dump.json"
    path.write_text(json.dumps(content))
    return path


def tag(key: str, value: object, kind: str = "string") -> dict[str, object]:
    return {"key": key, "type": kind, "value": value}


@pytest.mark.parametrize(
    ("tags", "status"),
    [
        ([tag("error", value=True, kind="bool")], 2),
        ([tag("error", "true")], 2),
        ([tag("error", "true", "bool")], 2),
        ([tag("error", "it broke")], 2),
        ([tag("error", value=False, kind="bool")], 0),
        ([tag("error", "false")], 0),
        ([tag("otel.status_code", "ERROR")], 2),
        ([tag("otel.status_code", "OK")], 1),
        ([tag("otel.status_code", "OK"), tag("error", "true")], 1),
        ([], 0),
    ],
)
def test_status_of_jaegers_tags(tmp_path: Path, tags: list[object], status: int) -> None:
    assert only(tmp_path, jaeger(jaeger_span(tags=tags)))["status"] == status


@pytest.mark.parametrize("kind", ["client", "CLIENT", "Client"])
def test_kind_is_a_tag_in_any_case(tmp_path: Path, kind: str) -> None:
    assert only(tmp_path, jaeger(jaeger_span(tags=[tag("span.kind", kind)])))["kind"] == 3


def test_tags_may_be_an_object(tmp_path: Path) -> None:
    row = only(tmp_path, jaeger(jaeger_span(tags={"span.kind": "client", "peer.service": "bank"})))
    assert (row["kind"], row["peer"]) == (3, "bank")


def test_opentracing_names_of_peers_are_known(tmp_path: Path) -> None:
    client = tag("span.kind", "client")
    named = [client, tag("peer.hostname", "bank"), tag("peer.port", "80", "int64")]
    assert only(tmp_path, jaeger(jaeger_span(tags=named)))["peer"] == "bank:80"
    database = [client, tag("db.type", "mysql")]
    assert only(tmp_path, jaeger(jaeger_span(tags=database)))["peer"] == "mysql"


def test_jaegers_own_clients_tell_processes_apart(tmp_path: Path) -> None:
    tags = [tag("hostname", "h1"), tag("ip", "10.0.0.1")]
    assert only(tmp_path, jaeger(jaeger_span(), tags=tags))["instance"] == "h1"
    tags.append(tag("client-uuid", "abc"))
    assert only(tmp_path, jaeger(jaeger_span(), tags=tags))["instance"] == "abc"


def test_what_otlp_has_fields_for_is_no_attribute(tmp_path: Path) -> None:
    tags = [tag("otel.scope.name", "flask"), tag("span.kind", "server"), tag("a", 1, "int64")]
    path = written(tmp_path, jaeger(jaeger_span(tags=tags)))
    assert described(read([path]).spans) == [{"a": "1"}]
    (request,) = read_requests([path], Issues())
    assert request.resource_spans[0].scope_spans[0].scope.name == "flask"


def test_reference_to_another_trace_is_a_link(tmp_path: Path) -> None:
    reference = {"refType": "CHILD_OF", "traceID": TRACE[::-1], "spanID": OTHER}
    capture = read([written(tmp_path, jaeger(jaeger_span(references=[reference])))])
    assert rows(capture.spans)[0]["parent_id"] == 0
    other = int(TRACE[::-1], 16)
    assert links(capture.spans) == [(0, other >> 64, other & (1 << 64) - 1, int(OTHER, 16))]


def test_reference_by_half_of_the_trace_id_is_within_the_trace(tmp_path: Path) -> None:
    reference = {"refType": "CHILD_OF", "traceID": HALF, "spanID": OTHER}
    row = only(tmp_path, jaeger(jaeger_span(references=[reference])))
    assert row["parent_id"] == int(OTHER, 16)


@pytest.mark.parametrize("start", [NOON_US, float(NOON_US), str(NOON_US)])
def test_microseconds_are_numbers_or_text(tmp_path: Path, start: object) -> None:
    row = only(tmp_path, jaeger(jaeger_span(startTime=start, duration="7")))
    assert (row["start_ns"], row["end_ns"]) == (NOON_US * 1_000, NOON_US * 1_000 + 7_000)


def test_logs_become_events(tmp_path: Path) -> None:
    log = {"timestamp": NOON_US, "fields": [tag("event", "retry"), tag("n", 2, "int64")]}
    (request,) = read_requests([written(tmp_path, jaeger(jaeger_span(logs=[log])))], Issues())
    (event,) = request.resource_spans[0].scope_spans[0].spans[0].events
    assert (event.name, event.time_unix_nano) == ("retry", NOON_US * 1_000)
    assert event.attributes[0].value.int_value == 2


def test_a_log_without_an_event_is_named_by_its_message(tmp_path: Path) -> None:
    logs = [
        {"timestamp": NOON_US, "fields": [tag("message", "half way")]},
        {"timestamp": NOON_US, "fields": [tag("event", "log"), tag("message", "half way")]},
    ]
    (request,) = read_requests([written(tmp_path, jaeger(jaeger_span(logs=logs)))], Issues())
    events = request.resource_spans[0].scope_spans[0].spans[0].events
    assert [event.name for event in events] == ["half way", "log"]
    assert [event.attributes[0].value.string_value for event in events] == ["half way"] * 2


def test_a_parent_id_that_stands_alone_counts_unless_it_is_referred_to(tmp_path: Path) -> None:
    follows = {"refType": "FOLLOWS_FROM", "traceID": TRACE, "spanID": OTHER}
    for references, parent, linked in (
        ([], HALF, []),
        ([follows], HALF, [int(OTHER, 16)]),
        ([follows | {"spanID": HALF}], HALF, []),
        ([follows | {"spanID": HALF, "traceID": TRACE[::-1]}], HALF, [int(HALF, 16)]),
    ):
        span = jaeger_span(references=references, parentSpanID=parent)
        capture = read([written(tmp_path, jaeger(span))])
        assert rows(capture.spans)[0]["parent_id"] == int(HALF, 16)
        assert [link[3] for link in links(capture.spans)] == linked


def test_one_word_of_a_trace_id_is_made_whole_where_it_is_clear(tmp_path: Path) -> None:
    spans = [zipkin_span(), zipkin_span(traceId=HALF, id=OTHER)]
    first, second = rows(read([written(tmp_path, spans)]).spans)
    assert second["trace_hi"] == first["trace_hi"] != 0
    spans.append(zipkin_span(traceId=f"{'1' * 16}{HALF}", id="2" * 16))
    assert [row["trace_hi"] for row in rows(read([written(tmp_path, spans)]).spans)][1] == 0


def test_halves_of_a_shared_span_both_stay(tmp_path: Path) -> None:
    caller = zipkin_span(kind="CLIENT", localEndpoint={"serviceName": "a"})
    answer = zipkin_span(kind="SERVER", shared=True, localEndpoint={"serviceName": "b"})
    found = rows(read([written(tmp_path, [caller, answer])]).spans)
    assert [(row["span_id"], row["kind"], row["service"]) for row in found] == [
        (int(SPAN, 16), 3, "a"),
        (int(SPAN, 16), 2, "b"),
    ]


def test_remote_endpoint_is_the_peer(tmp_path: Path) -> None:
    named = {"serviceName": "mysql"}
    assert only(tmp_path, [zipkin_span(kind="CLIENT", remoteEndpoint=named)])["peer"] == "mysql"
    remote = {"ipv4": "10.0.0.7", "port": 3306}
    row = only(tmp_path, [zipkin_span(kind="CLIENT", remoteEndpoint=remote)])
    assert row["peer"] == "10.0.0.7:3306"


def test_python_prints_what_is_read(tmp_path: Path) -> None:
    """What the SDK that is installed here prints."""
    path = tmp_path / "console.txt"
    with path.open("w") as out:
        provider = TracerProvider(resource=Resource({"service.name": "shop"}))
        provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter(out=out)))
        tracer = provider.get_tracer("test")
        with tracer.start_as_current_span("GET /", kind=SpanKind.SERVER) as parent:
            out.write("a line of a log {\n")
            with tracer.start_as_current_span("child", attributes={"n": 1, "list": ["a"]}) as child:
                child.add_event("here", {"a": True})
                child.set_status(StatusCode.ERROR, "broke")
        provider.shutdown()
    capture = read([path])
    assert capture.inputs[0].format == "python-console"
    assert not capture.issues
    first, second = rows(capture.spans)
    assert (first["operation"], first["status"], first["service"]) == ("child", 2, "shop")
    assert first["parent_id"] == second["span_id"] == parent.get_span_context().span_id
    assert (second["operation"], second["kind"], second["parent_id"]) == ("GET /", 2, 0)
    assert described(capture.spans) == [{"n": "1"}, {}]
    (request,) = read_requests([path], Issues())
    spans = request.resource_spans[0].scope_spans[0].spans
    assert [event.name for event in spans[0].events] == ["here"]
    assert spans[0].status.message == "broke"


def test_names_that_are_not_utf8_cost_a_character_when_converted() -> None:
    from analyzer.readers.otlp_proto_requests import request_of
    from tests.readers import wire

    request = request_of(wire.request([wire.WireSpan(name=b"caf\xe9").encoded()]))
    assert request.resource_spans[0].scope_spans[0].spans[0].name == "caf\ufffd"


def test_lines_of_bad_spans_are_told(tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    good = zipkin_span(localEndpoint={"serviceName": "shop"})
    path.write_text(json.dumps([good, {"traceId": []}, good], indent=1))
    capture = read([path])
    assert len(capture.spans) == 2
    (count,) = capture.issues
    assert (count.kind, count.spans) == (IssueKind.UNDECODABLE_RECORD, 1)
    line = path.read_text().splitlines().index('  "traceId": []')
    assert count.examples[0].where == f"{path}:{line}"
