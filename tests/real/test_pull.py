"""What is pulled out of a real Jaeger is what was sent to it, and what it says of it."""

import json
import shutil
from pathlib import Path
from typing import Final

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from analyzer.pipeline.contributions import contributions, learn, prepare
from analyzer.pipeline.one_trace import find_trace, look_at, waterfall
from analyzer.pipeline.search import Query as SearchQuery
from analyzer.pipeline.search import search
from analyzer.pull.address import Address
from analyzer.pull.fetching import fetch
from analyzer.pull.jaeger import ApiV3, Jaeger, OldApi
from analyzer.pull.query import Query, Window
from analyzer.pull.traces import Traces
from analyzer.pull.web import Web
from analyzer.readers.read import read
from analyzer.repair.steps import RepairOptions
from tests.cli.command import Ended, slowhop
from tests.collector.otlp import export, frames, stored
from tests.real.jaeger import Jaeger as RealJaeger
from tests.real.reports import differences, report_of
from tests.real.test_jaeger import ROUNDED, SAMPLES

pytestmark = pytest.mark.needs("go")

ALL_TIMES: Final = ("--since", "2001-01-01T00:00:00Z", "--until", "2100-01-01T00:00:00Z")

US: Final = 1_000


@pytest.fixture(params=SAMPLES)
def sent(request: pytest.FixtureRequest, jaeger: RealJaeger, tmp_path: Path) -> Path:
    """A dump whose spans Jaeger has."""
    original = Path(shutil.copy(SAMPLES[request.param], tmp_path / "original"))
    for body in frames(original):
        export(jaeger.otlp_grpc.removeprefix("http://"), body)
    return original


def spans_in(dump: Path) -> list[Span]:
    return [
        span
        for body in frames(dump)
        for resource_spans in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope_spans in resource_spans.scope_spans
        for span in scope_spans.spans
    ]


def pull(jaeger: RealJaeger, runs: Path, *options: str) -> Ended:
    words = ("--jaeger", jaeger.query_url, "--format", "json", *ALL_TIMES, *options)
    return slowhop("pull", *words, "--runs-dir", runs)


def run_dir(runs: Path) -> Path:
    (found,) = runs.iterdir()
    return found


def test_the_report_is_that_of_the_original_spans(
    jaeger: RealJaeger, sent: Path, tmp_path: Path
) -> None:
    ended = pull(jaeger, tmp_path / "runs", "--page", "9")
    assert ended.code == 0, ended.err
    pulled = run_dir(tmp_path / "runs")
    assert json.loads((pulled / "run.json").read_text())["pull"]["api"] == ApiV3.name
    assert len(stored(pulled)) == len(spans_in(sent))
    original = report_of(sent)
    assert original["services"]
    assert not list(differences(report_of(pulled), original, rounding=0))


@pytest.mark.parametrize("api", [ApiV3(), OldApi()], ids=lambda api: api.name)
def test_either_api_gives_every_trace_once(
    jaeger: RealJaeger, sent: Path, tmp_path: Path, api: ApiV3 | OldApi
) -> None:
    """The older one is asked where there is no other; here it is asked beside it."""
    query = Query(window=Window(start_ns=0, end_ns=1 << 62), limit=10_000, page=9)
    web = Web(address=Address.of(jaeger.query_url), silence_s=60)
    pulled = tmp_path / "pulled"
    pulled.mkdir()
    with (pulled / "spans.otlp").open("wb") as out:
        traces = Traces(out=out, limit=query.limit)
        fetched = fetch(Jaeger(web, query, apis=(api,)), query, traces, lambda *_: None)
    web.close()
    assert (fetched.stopped, fetched.crowded, traces.cut_short) == (None, 0, False)
    assert not traces.issues
    assert sorted(s.span_id for s in stored(pulled)) == sorted(s.span_id for s in spans_in(sent))
    rounding = 0 if isinstance(api, ApiV3) else ROUNDED
    assert not list(differences(report_of(pulled), report_of(sent), rounding=rounding))


def test_slowhop_says_of_every_trace_what_jaeger_says(
    jaeger: RealJaeger, sent: Path, tmp_path: Path
) -> None:
    assert pull(jaeger, tmp_path / "runs", "--no-report").code == 0
    found = contributions(read([run_dir(tmp_path / "runs")]).spans, RepairOptions())
    ours = {trace.trace_id: trace for trace in search(found, SearchQuery(), limit=10_000)}
    theirs = {trace["traceID"]: trace for trace in json.loads(jaeger.search("locust"))["data"]}
    assert ours.keys() == theirs.keys()
    for trace_id, trace in theirs.items():
        summary = ours[trace_id]
        (root,) = (span for span in trace["spans"] if not span["references"])
        assert summary.spans == len(trace["spans"])
        assert summary.service == trace["processes"][root["processID"]]["serviceName"]
        assert abs(summary.duration_ns - root["duration"] * US) < US
        assert abs(summary.start_ns - root["startTime"] * US) < US
        assert summary.services == len({p["serviceName"] for p in trace["processes"].values()})


def test_slowhop_says_of_every_span_what_jaeger_says(
    jaeger: RealJaeger, sent: Path, tmp_path: Path
) -> None:
    assert pull(jaeger, tmp_path / "runs", "--no-report").code == 0
    traces = json.loads(jaeger.search("locust"))["data"]
    largest = max(traces, key=lambda trace: (len(trace["spans"]), trace["traceID"]))
    prepared = prepare(read([run_dir(tmp_path / "runs")]).spans, RepairOptions())
    one = look_at(prepared, find_trace(prepared, largest["traceID"]), learn(prepared))
    ours = {span.span_id: span for span in waterfall(one).spans}
    assert len(ours) == len(largest["spans"]) > 3
    for span in largest["spans"]:
        told = ours[span["spanID"]]
        owner = largest["processes"][span["processID"]]["serviceName"]
        assert told.service == owner
        assert abs(told.end_ns - told.start_ns - span["duration"] * US) < US
        parents = [r["spanID"] for r in span["references"] if r["refType"] == "CHILD_OF"]
        assert [told.parent_id] == (parents or [None])


def test_only_what_is_asked_for_comes(jaeger: RealJaeger, sent: Path, tmp_path: Path) -> None:
    services = sorted(jaeger.services() - {"locust"})
    for number, service in enumerate(services):
        runs = tmp_path / str(number)
        assert pull(jaeger, runs, "--service", service, "--no-report").code == 0
        theirs = {trace["traceID"] for trace in json.loads(jaeger.search(service))["data"]}
        assert {span.trace_id.hex() for span in stored(run_dir(runs))} == theirs
