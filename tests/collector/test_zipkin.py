"""Zipkin over HTTP, as a client sees it, and what becomes of its spans."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
from opentelemetry.exporter.zipkin.json import ZipkinExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode

from analyzer.cli.receiving import receiver
from analyzer.errors import InputError
from analyzer.model.run import Capture
from analyzer.pipeline.analyze import RunName, analyze
from analyzer.readers.read import read
from collector import json_values, proto_elements, zipkin_proto, zipkin_route
from collector.http_body import TooLarge
from collector.launcher import RunningCollector, start
from collector.options import FREE_PORTS, Options, Receiving
from collector.security import Security
from tests.collector.otlp import frames, stored
from tests.collector.zipkin import (
    NOON_US,
    SPAN,
    TRACE,
    Spans,
    length_delimited,
    list_of_spans,
    number_field,
    protobuf,
    shop_spans,
    with_shared_ids,
    zipkin_span,
)

PROTOBUF, JSON = "application/x-protobuf", "application/json"

ZIPKIN = replace(FREE_PORTS, zipkin_port=0)


@pytest.fixture
def collector(run_dir: Path) -> Iterator[RunningCollector]:
    with start(run_dir, receiving=ZIPKIN) as running:
        yield running
        assert running.poll() in (None, 0), running.log_path.read_text()


def url(collector: RunningCollector, path: str = "/api/v2/spans") -> str:
    return f"http://{collector.status.wires['Zipkin']}{path}"


def post(
    collector: RunningCollector,
    body: bytes | str,
    *,
    kind: str | None = JSON,
    path: str = "/api/v2/spans",
    **headers: str,
) -> requests.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if kind is not None:
        named["content-type"] = kind
    return requests.post(url(collector, path), data=body, headers=named, timeout=30)


def bodies(spans: Spans) -> dict[str, bytes]:
    """The same spans in both encodings."""
    return {JSON: json.dumps(spans).encode(), PROTOBUF: list_of_spans(spans)}


def report(capture: Capture) -> dict[str, Any]:
    """All that is reported of some spans, but for the file they came from."""
    found = analyze(capture, name=RunName(id="shop", command="replay"))
    return found.model_dump(exclude={"run"})


@pytest.mark.parametrize("kind", [JSON, PROTOBUF])
def test_a_span_becomes_one_of_otlps(collector: RunningCollector, run_dir: Path, kind: str) -> None:
    sent = zipkin_span(
        parentId="00000000000000a1",
        kind="CLIENT",
        localEndpoint={"serviceName": "shop", "ipv4": "10.0.0.1"},
        remoteEndpoint={"serviceName": "stock", "ipv6": "2001:db8::c001", "port": 3306},
        annotations=[{"timestamp": NOON_US + 5, "value": "wire send"}],
        tags={"http.method": "GET", "error": "out of é"},
    )
    answer = post(collector, bodies([sent])[kind], kind=kind)
    assert (answer.status_code, answer.content) == (202, b"")
    (found,) = stored(run_dir)
    assert (found.trace_id.hex(), found.span_id.hex()) == (TRACE, SPAN)
    assert found.parent_span_id == b"\0\0\0\0\0\0\0\xa1"
    assert (found.name, found.kind) == ("get /", 3)
    assert found.start_time_unix_nano == NOON_US * 1_000
    assert found.end_time_unix_nano == (NOON_US + 1_000) * 1_000
    assert (found.status.code, found.status.message) == (2, "out of é")
    assert [(e.name, e.time_unix_nano) for e in found.events] == [
        ("wire send", (NOON_US + 5) * 1_000)
    ]
    values = {a.key: a.value.string_value or a.value.int_value for a in found.attributes}
    assert values == {
        "http.method": "GET",
        "peer.service": "stock",
        "net.peer.name": "2001:db8::c001",
        "net.peer.port": 3306,
    }


@pytest.mark.parametrize("shared", [False, True], ids=["an id each", "shared ids"])
@pytest.mark.parametrize("kind", [JSON, PROTOBUF])
def test_the_report_is_that_of_the_same_spans_replayed(
    collector: RunningCollector, run_dir: Path, tmp_path: Path, kind: str, *, shared: bool
) -> None:
    spans = with_shared_ids(shop_spans()) if shared else shop_spans()
    assert any(span.get("shared") for span in spans) is shared
    dump = tmp_path / "dump.json"
    dump.write_text(json.dumps(spans))
    for start_at in range(0, len(spans), 50):
        body = bodies(spans[start_at : start_at + 50])[kind]
        assert post(collector, body, kind=kind).status_code == 202
    assert collector.stop().traces.accepted == len(spans)
    received, replayed = read([run_dir]), read([dump])
    assert len(received.spans) == len(replayed.spans) == len(spans) > 200
    assert report(received) == report(replayed)


def test_halves_with_one_id_are_the_two_sides_of_one_call(tmp_path: Path) -> None:
    """What is found with shared ids is what is found with an id each."""
    found = []
    for number, spans in enumerate((shop_spans(), with_shared_ids(shop_spans()))):
        dump = tmp_path / f"{number}.json"
        dump.write_text(json.dumps(spans))
        found.append(report(read([dump])))
    assert found[0]["hops"]
    for part in ("services", "hops", "load"):
        assert found[0][part] == found[1][part]


@pytest.mark.parametrize("kind", [JSON, PROTOBUF])
def test_gzip(collector: RunningCollector, run_dir: Path, kind: str) -> None:
    body = gzip.compress(bodies([zipkin_span()])[kind])
    assert post(collector, body, kind=kind, content_encoding="gzip").status_code == 202
    assert len(stored(run_dir)) == 1


@pytest.mark.parametrize(("kind", "body"), [(JSON, "[]"), (PROTOBUF, "")])
def test_a_list_without_spans_is_fine(
    collector: RunningCollector, run_dir: Path, kind: str, body: str
) -> None:
    """Clients find out with one whether the server is there."""
    assert post(collector, body, kind=kind).status_code == 202
    assert frames(run_dir / "spans.otlp") == []
    assert collector.stop().traces.requests == 1


@pytest.mark.parametrize("kind", [JSON, PROTOBUF])
def test_a_bad_span_costs_no_other_and_is_counted(
    collector: RunningCollector, run_dir: Path, kind: str
) -> None:
    good, nobody = zipkin_span(), zipkin_span(id="")
    if kind == JSON:
        body = json.dumps([good, nobody, {"id": ["?"]}]).encode()
    else:
        body = list_of_spans([good, nobody]) + length_delimited(1, b"\xff")
    assert post(collector, body, kind=kind).status_code == 202
    assert [span.span_id.hex() for span in stored(run_dir)] == [SPAN]
    counted = collector.stop().traces
    assert (counted.received, counted.accepted, counted.refused) == (3, 1, 2)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        pytest.param(JSON, b"\xffhello", id="no JSON"),
        pytest.param(JSON, b'{"traceId":"1","id":"1"}', id="a span outside of a list"),
        pytest.param(JSON, b'[{"name":"a"},{"name":"b"}]', id="no span with ids"),
        pytest.param(JSON, b"[" * 100_000, id="nested without an end"),
        pytest.param(PROTOBUF, b"hello", id="no protobuf"),
        pytest.param(PROTOBUF, list_of_spans([zipkin_span()])[:-1], id="cut"),
        pytest.param(PROTOBUF, b"\x0a\xff\xff\xff\xff\x0f", id="a length past the end"),
        pytest.param(PROTOBUF, b"\xff" * 20, id="a number without an end"),
        pytest.param(PROTOBUF, b"\x0b\x0c", id="a group"),
        pytest.param(PROTOBUF, list_of_spans([zipkin_span(id="")]), id="no span with ids"),
    ],
)
def test_what_is_no_list_of_spans_is_refused_for_good(
    collector: RunningCollector, run_dir: Path, kind: str, body: bytes
) -> None:
    answer = post(collector, body, kind=kind)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "text/plain"
    assert answer.text.strip()
    assert frames(run_dir / "spans.otlp") == []
    counted = collector.stop().traces
    assert (counted.requests, counted.received) == (1, 0)


def test_fields_that_are_not_known_are_skipped(collector: RunningCollector, run_dir: Path) -> None:
    unknown = length_delimited(90, b"later") + number_field(91, 7) + b"\x9d\x06" + bytes(4)
    span = length_delimited(1, protobuf(zipkin_span()) + unknown)
    assert post(collector, unknown + span + unknown, kind=PROTOBUF).status_code == 202
    assert [span.name for span in stored(run_dir)] == ["get /"]


def test_a_name_that_is_no_utf8_costs_a_character(
    collector: RunningCollector, run_dir: Path
) -> None:
    body = list_of_spans([zipkin_span(name="get /xy")]).replace(b"/xy", b"/\xffy")
    assert post(collector, body, kind=PROTOBUF).status_code == 202
    assert [span.name for span in stored(run_dir)] == ["get /\N{REPLACEMENT CHARACTER}y"]


def test_short_and_long_trace_ids(collector: RunningCollector, run_dir: Path) -> None:
    spans = [zipkin_span(), zipkin_span(traceId=TRACE[16:], id="00000000000000b2")]
    for kind, body in bodies(spans).items():
        assert post(collector, body, kind=kind).status_code == 202
    ids = [span.trace_id.hex() for span in stored(run_dir)]
    assert ids == [TRACE, TRACE[16:].rjust(32, "0")] * 2


def test_spans_that_are_too_large_as_otlp_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    body = bodies([zipkin_span(tags={"text": "x" * 1_000})])[JSON]
    assert zipkin_route.to_otlp(JSON, body)
    monkeypatch.setattr(zipkin_route, "MAX_MESSAGE_BYTES", 1_000)
    with pytest.raises(TooLarge):
        zipkin_route.to_otlp(JSON, body)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        pytest.param(JSON, b"[" + b"{}," * 600 + b"{}]", id="empty spans in JSON"),
        pytest.param(PROTOBUF, b"\x0a\0" * 1_001, id="empty spans in protobuf"),
        pytest.param(
            PROTOBUF,
            length_delimited(1, protobuf(zipkin_span()) + b"\x52\0" * 500) * 3,
            id="annotations without content",
        ),
    ],
)
def test_what_would_take_too_much_memory_as_objects_is_refused(
    kind: str, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (json_values, zipkin_proto):
        monkeypatch.setattr(module, "MAX_VALUES", 1_000)
    with pytest.raises(TooLarge):
        zipkin_route.to_otlp(kind, body)
    monkeypatch.undo()
    assert zipkin_route.to_otlp(kind, bodies([zipkin_span()])[kind])


def test_a_span_that_is_too_large_costs_no_other(
    collector: RunningCollector, run_dir: Path
) -> None:
    large = zipkin_span(id="00000000000000c3", name="x" * proto_elements.MAX_ELEMENT_BYTES)
    body = list_of_spans([large, zipkin_span()])
    assert post(collector, body, kind=PROTOBUF).status_code == 202
    assert [span.name for span in stored(run_dir)] == ["get /"]
    assert collector.stop().traces.refused == 1


@pytest.mark.parametrize("kind", ["text/plain", None])
def test_other_media_types_are_refused(collector: RunningCollector, kind: str | None) -> None:
    answer = post(collector, "[]", kind=kind)
    assert answer.status_code == 415
    assert JSON in answer.text


def test_version_1_is_answered_with_the_way_out(collector: RunningCollector) -> None:
    answer = post(collector, "[]", path="/api/v1/spans")
    assert answer.status_code == 404
    assert "version 2" in answer.text
    assert "/api/v2/spans" in answer.text
    assert requests.get(url(collector), timeout=30).status_code == 405


def test_pages_of_an_allowed_origin_may_post(run_dir: Path) -> None:
    page = "https://shop.example"
    with start(run_dir, receiving=replace(ZIPKIN, allowed_origins=frozenset([page]))) as running:
        asked = requests.options(url(running), headers={"origin": page}, timeout=30)
        assert asked.headers["access-control-allow-origin"] == page
        sent = post(running, "[]", origin=page)
        assert (sent.status_code, sent.headers["access-control-allow-origin"]) == (202, page)


def test_it_asks_for_the_token_that_all_ports_ask_for(run_dir: Path) -> None:
    token = "s3cret"
    with start(run_dir, receiving=replace(ZIPKIN, security=Security(token=token))) as running:
        assert post(running, "[]").status_code == 401
        assert post(running, "[]", authorization=f"Bearer {token}").status_code == 202


@pytest.mark.parametrize(
    ("words", "port"),
    [
        ([], None),
        (["--zipkin"], 9411),
        (["--zipkin-port=0"], 0),
        (["--zipkin", "--zipkin-port=1"], 1),
    ],
)
def test_its_port_is_the_usual_one_unless_another_is_given(
    run_dir: Path, words: list[str], port: int | None
) -> None:
    options = Options.from_arguments([f"--run-dir={run_dir}", *words])
    assert options.receiving.zipkin_port == port
    assert Options.from_arguments(options.arguments()) == options
    asked = receiver(zipkin=words == ["--zipkin"], zipkin_port=None if port == 9411 else port)
    assert asked == Receiving(zipkin_port=port)


def test_it_is_off_unless_asked_for(run_dir: Path) -> None:
    with start(run_dir, receiving=FREE_PORTS) as running:
        assert running.status.wires == {}


def test_a_port_in_use_is_an_error_with_the_option_that_names_it(
    collector: RunningCollector, tmp_path: Path
) -> None:
    port = int(collector.status.wires["Zipkin"].rpartition(":")[2])
    with pytest.raises(InputError) as refused:
        start(tmp_path / "other", receiving=replace(FREE_PORTS, zipkin_port=port))
    assert str(port) in refused.value.message
    assert "--zipkin-port" in refused.value.hint


def test_opentelemetrys_exporter_delivers_every_span_once(
    collector: RunningCollector, run_dir: Path
) -> None:
    provider = TracerProvider(resource=Resource({"service.name": "shop"}))
    exporter = ZipkinExporter(endpoint=url(collector))
    provider.add_span_processor(BatchSpanProcessor(exporter, max_export_batch_size=64))
    tracer = provider.get_tracer("test", "1.2")
    created = {}
    for number in range(200):
        with (
            tracer.start_as_current_span(f"span {number}", kind=SpanKind.SERVER),
            tracer.start_as_current_span("query", kind=SpanKind.CLIENT) as span,
        ):
            span.set_attribute("peer.service", "stock")
            span.set_status(Status(StatusCode.ERROR, "gone"))
            assert span.parent is not None  # type: ignore[attr-defined]  # the SDK's spans have it
            created[span.get_span_context().span_id] = span.parent.span_id  # type: ignore[attr-defined]  # as above
    provider.shutdown()
    found = {int.from_bytes(span.span_id, "big"): span for span in stored(run_dir)}
    assert len(found) == 2 * len(created) == collector.stop().traces.accepted
    for span_id, parent_id in created.items():
        assert int.from_bytes(found[span_id].parent_span_id, "big") == parent_id
        assert (found[span_id].kind, found[span_id].status.code) == (3, 2)
        assert found[parent_id].kind == 2
