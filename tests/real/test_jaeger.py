"""Spans that went through Jaeger say what those said that were sent to it."""

import json
import shutil
import struct
from pathlib import Path
from typing import Any, Final

import pytest
import requests
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from analyzer.readers.read import read
from tests.cli.command import ROOT, TUTORIAL, slowhop
from tests.collector.otlp import export, frames
from tests.readers.decoding import rows
from tests.real.jaeger import Jaeger
from tests.real.reports import differences, report_of
from tests.writers.everything import everything

pytestmark = pytest.mark.needs("go")

SAMPLES: Final = {"tutorial": TUTORIAL / "spans.otlp", "shop": ROOT / "samples" / "shop.otlp"}
"""Requests that all begin at locust: a real run with times in ns, and a made one with more."""

ROUNDED: Final = 0.002
"""Of a span's two ends Jaeger's own JSON keeps the microseconds; figures are in ms."""


@pytest.fixture(params=SAMPLES)
def sent(request: pytest.FixtureRequest, jaeger: Jaeger, tmp_path: Path) -> Path:
    """A dump whose spans Jaeger has, from one sample by gRPC and from the other by HTTP."""
    original = Path(shutil.copy(SAMPLES[request.param], tmp_path / "original"))
    for body in frames(original):
        if request.param == "tutorial":
            export(jaeger.otlp_grpc.removeprefix("http://"), body)
        else:
            headers = {"Content-Type": "application/x-protobuf"}
            answer = requests.post(f"{jaeger.otlp_http}/v1/traces", body, headers=headers)
            assert answer.status_code == 200, answer.text
    return original


def test_what_jaeger_gives_back_makes_the_same_report(
    jaeger: Jaeger, sent: Path, tmp_path: Path
) -> None:
    original = report_of(sent)
    assert original["services"]
    for name, searched, rounding in (
        ("jaeger.json", jaeger.search("locust"), ROUNDED),
        ("v3.json", jaeger.search_v3("locust"), 0),
    ):
        (tmp_path / name).write_bytes(searched)
        given_back = report_of(tmp_path / name)
        assert not list(differences(given_back, original, rounding=rounding)), name


@pytest.mark.parametrize("api", ["jaeger", "v3"])
def test_one_trace_is_downloaded_converted_and_read(
    jaeger: Jaeger, sent: Path, tmp_path: Path, api: str
) -> None:
    trace_id = json.loads(jaeger.search("locust"))["data"][0]["traceID"]
    download = tmp_path / "download.json"
    download.write_bytes(jaeger.trace(trace_id) if api == "jaeger" else jaeger.trace_v3(trace_id))
    grain_ns = 1_000 if api == "jaeger" else 1
    expected = spans_of(sent, trace_id, grain_ns)
    assert len(expected) > 1
    assert spans_of(download, trace_id, grain_ns) == expected
    for to in ("otlp-proto", "otlp-json", "parquet"):
        assert slowhop("convert", download, "--to", to, tmp_path / to).code == 0
        assert spans_of(tmp_path / to, trace_id, grain_ns) == expected
    shown = slowhop("trace", download)
    assert shown.code == 0
    assert trace_id in shown.out


def spans_of(path: Path, trace_id: str, grain_ns: int) -> list[dict[str, object]]:
    """One trace's spans as a dump has them: begin and duration in whole grains of its clock."""
    capture = read([path])
    assert not capture.issues
    table = []
    for row in rows(capture.spans):
        if f"{row.pop('trace_hi'):016x}{row.pop('trace_lo'):016x}" == trace_id:
            start_ns, end_ns = row.pop("start_ns"), row.pop("end_ns")
            assert isinstance(start_ns, int)
            assert isinstance(end_ns, int)
            times = {"start": start_ns // grain_ns, "duration": (end_ns - start_ns) // grain_ns}
            table.append(row | times)
    return sorted(table, key=lambda row: str(row["span_id"]))


def test_what_slowhop_converts_is_what_jaeger_gives(jaeger: Jaeger, tmp_path: Path) -> None:
    request = everything()
    without_infinity(request)
    body = request.SerializeToString()
    export(jaeger.otlp_grpc.removeprefix("http://"), body)
    (tmp_path / "original").write_bytes(struct.pack(">I", len(body)) + body)
    ended = slowhop("convert", tmp_path / "original", "--to", "jaeger", tmp_path / "converted")
    assert ended.code == 0
    trace_id = request.resource_spans[0].scope_spans[0].spans[0].trace_id.hex()
    theirs = spans_by_id(jaeger.trace(trace_id))
    assert len(theirs) == 3
    assert spans_by_id((tmp_path / "converted").read_bytes()) == theirs


def without_infinity(request: ExportTraceServiceRequest) -> None:
    """Take out the value that makes Jaeger's API answer with an error."""
    scopes = [scope for resource in request.resource_spans for scope in resource.scope_spans]
    spans = [span for scope in scopes for span in scope.spans]
    for attributes in (
        *(resource.resource.attributes for resource in request.resource_spans),
        *(scope.scope.attributes for scope in scopes),
        *(span.attributes for span in spans),
        *(event.attributes for span in spans for event in span.events),
        *(link.attributes for span in spans for link in span.links),
    ):
        for attribute in [attribute for attribute in attributes if attribute.key == "endless"]:
            attributes.remove(attribute)


def spans_by_id(answer: bytes) -> dict[str, dict[str, Any]]:
    """The spans of Jaeger's JSON without the numbers of processes, tags in a fixed order."""
    found = {}
    (trace,) = json.loads(answer)["data"]
    for span in trace["spans"]:
        process = trace["processes"][span.pop("processID")]
        span.pop("warnings", None)  # Jaeger's own remarks
        span["process"] = {"serviceName": process["serviceName"], "tags": sort(process["tags"])}
        span["tags"] = sort(span["tags"])
        for log in span["logs"]:
            log["fields"] = sort(log["fields"])
        found[span["spanID"]] = span
    return found


def sort(tags: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(tags, key=lambda tag: (tag["key"], str(tag["value"])))


def test_it_can_be_stopped_and_started_again(jaeger: Jaeger) -> None:
    body = everything().SerializeToString()
    address = jaeger.otlp_grpc.removeprefix("http://")
    export(address, body)
    assert jaeger.services() == {"service 1", "service 2"}
    jaeger.stop()
    with pytest.raises(requests.ConnectionError):
        jaeger.services()
    jaeger.start()
    assert jaeger.services() == set()
    export(address, body)
    assert jaeger.services() == {"service 1", "service 2"}
