"""A report says where requests were sampled and nothing can be weighted."""

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from analyzer.model.builder import SpanBuilder, SpanRow
from analyzer.model.naming import ProcessNames, SpanNames
from analyzer.model.run import NOTHING, Capture, CollectorRecord, LoadRecord
from analyzer.model.spans import Kind, Spans
from analyzer.pipeline.analyze import RunName, analyze
from analyzer.pipeline.compare import Recorded, compare_runs, compare_saved
from analyzer.pipeline.live import LiveAnalysis
from analyzer.pipeline.sampling import samplers
from analyzer.pipeline.whatif import Wish, Wishes, what_if
from analyzer.readers.read import read
from analyzer.report.model import Report
from tests.pipeline.written import spans_of
from tests.sampling import stand_for

SERVED = """
    locust: GET / (client) 0-100
      web: GET / (server) 10-90
"""
ALONE = """
    locust: GET / (client) 0-100
"""
ELSEWHERE = """
    locust: GET /other (client) 0-100
"""
OWN = """
    web: GET / (server) 10-90
"""
NAME = RunName(id="x", command="replay")
WISHES = Wishes(times=(Wish(target="web", slower=False, factor=0.5),))
NOT_RECORDED = "requests were not recorded by any service"
NO_TRACE = "requests have no trace"
NOT_WEIGHTED = "if services sample, no span says how (tracestate ot=th), so nothing is weighted"


def captured(*traces: str, load: LoadRecord | None = None) -> Capture:
    return replace(NOTHING, spans=spans_of(*traces), load=load)


def report_on(capture: Capture) -> Report:
    return analyze(capture, name=NAME)


def everywhere(capture: Capture) -> list[tuple[str, ...]]:
    """The warnings of a report, an answer, and both ways to compare with a run like it."""
    report, run = report_on(capture), Recorded(name="x", capture=capture)
    return [
        report.warnings,
        what_if(capture, WISHES, run_id="x").warnings,
        compare_runs(run, run).warnings,
        compare_saved(report, report).warnings,
    ]


def says(warnings: Iterable[str], *words: str) -> bool:
    return any(all(word in warning for word in words) for warning in warnings)


def test_requests_without_a_service_are_told_where_the_load_tool_did_not_count() -> None:
    report = report_on(captured(*[SERVED] * 5, *[ALONE] * 35))
    assert report.completeness.unserved == 35
    for warnings in everywhere(captured(*[SERVED] * 5, *[ALONE] * 35)):
        assert says(warnings, f"35 of 40 {NOT_RECORDED}", NOT_WEIGHTED)
    assert Report.from_json(report.to_json()) == report


def test_a_service_that_never_records_anything_is_not_sampled() -> None:
    report = report_on(captured(*[SERVED] * 40, *[ELSEWHERE] * 40))
    assert report.completeness.unserved is None
    assert not says(report.warnings, "tracestate")


def test_requests_that_the_load_tool_counted_beyond_those_traced_are_told() -> None:
    """As of a load tool that makes no spans, and services that keep one trace in ten."""
    for warnings in everywhere(captured(*[OWN] * 40, load=LoadRecord(tool="x", requests=400))):
        assert says(warnings, f"360 of 400 {NO_TRACE}", NOT_WEIGHTED)


def test_nothing_is_said_where_all_is_recorded() -> None:
    for warnings in everywhere(captured(*[SERVED] * 40)):
        assert not says(warnings, "tracestate")


def test_requests_that_are_stood_for_are_no_riddle() -> None:
    spans = stand_for(spans_of(*[SERVED] * 10, *[ALONE] * 30), lambda n: 4.0 if n <= 10 else 0.0)
    for warnings in everywhere(replace(NOTHING, spans=spans)):
        assert says(warnings, "services record only some requests: 10 of the 40")
        assert not says(warnings, NOT_RECORDED)


def test_what_was_sampled_out_is_no_lost_span() -> None:
    def found(capture: Capture) -> bool:
        return says((f.message for f in report_on(capture).findings), "without a span of web")

    called = [trace.replace("locust: GET / (client) 0-100", "locust: GET / (client) 0-100 -> web")
              for trace in (SERVED, ALONE)]  # fmt: skip
    spans = spans_of(*[called[0]] * 40, *[called[1]] * 120)
    assert found(replace(NOTHING, spans=spans))
    weighted = stand_for(spans, lambda n: 4.0 if n <= 40 else 0.0)
    assert not found(replace(NOTHING, spans=weighted))


def test_of_two_services_that_sample_the_one_that_tells_nothing_is_told() -> None:
    other = SERVED.replace("GET /", "GET /b")
    alone = ALONE.replace("GET /", "GET /b")
    traces = [*[SERVED] * 10, *[ALONE] * 30, *[other] * 10, *[alone] * 30]
    spans = stand_for(spans_of(*traces), lambda n: 4.0 if n <= 10 else 0.0)
    for warnings in everywhere(replace(NOTHING, spans=spans)):
        assert says(warnings, f"30 of 80 {NOT_RECORDED}", "no recorded request stands for them")


def test_tail_sampling_behind_ratio_sampling_does_not_add_up_and_that_is_said() -> None:
    """Services kept one in two and said so; a collector then dropped half of it and did not."""
    load = LoadRecord(tool="locust", requests=400, spans_created=400, spans_exported=400, begun=400)
    traces = [*[SERVED] * 100, *[ALONE] * 300]
    spans = stand_for(spans_of(*traces), lambda n: 2.0 if n <= 100 else 0.0)
    for warnings in everywhere(replace(NOTHING, spans=spans, load=load)):
        assert says(warnings, "the weights add up to 200 requests", "counted 400")
    honest = replace(spans, sampled=stand_for(spans, lambda n: 4.0 * (n <= 100)).sampled)
    for warnings in everywhere(replace(NOTHING, spans=honest, load=load)):
        assert not says(warnings, "the weights add up to")


def test_spans_that_say_that_they_were_not_sampled_weigh_nothing() -> None:
    spans = stand_for(spans_of(*[SERVED] * 20, *[ALONE] * 20), lambda n: 1.0 if n <= 20 else 0.0)
    report = report_on(replace(NOTHING, spans=spans))
    assert report.completeness.sampling is None
    assert report.load.requests == 40


def test_spans_on_their_way_are_not_sampled_out() -> None:
    """While a run lasts, services' spans arrive after those of the load tool."""
    analysis = LiveAnalysis()
    analysis.add(spans_of(*[SERVED] * 5, *[ALONE] * 35))
    running = replace(NOTHING, collector=CollectorRecord(finished=False))
    assert analysis.report(running, NAME).completeness.unserved is None
    assert analysis.report(NOTHING, NAME).completeness.unserved == 35


def chosen_by(*tags: dict[str, str]) -> Spans:
    builder = SpanBuilder()
    for number, attributes in enumerate(tags, 1):
        builder.add(
            SpanRow(
                trace_id=number, span_id=1, parent_id=0, start_ns=0, end_ns=9_000_000,
                kind=Kind.SERVER, status=0, process=ProcessNames(service="web", instance=""),
                names=SpanNames(operation="GET /", peer="", protocol="http"),
                attributes=attributes.items(),
            )
        )  # fmt: skip
    return builder.build()


@pytest.mark.parametrize(
    ("tags", "told"),
    [
        ({"sampler.type": "probabilistic"}, ("probabilistic",)),
        ({"sampler.type": "ratelimiting"}, ("ratelimiting",)),
        ({"sampler.type": "const"}, ()),
        ({"http.route": "/"}, ()),
    ],
)
def test_jaegers_samplers_are_known_by_their_tags(
    tags: dict[str, str], told: tuple[str, ...]
) -> None:
    spans = chosen_by(*[tags] * 40, {"other": "x"})
    assert samplers(spans) == told
    for warnings in everywhere(replace(NOTHING, spans=spans)):
        assert says(warnings, "name a sampler", *told) == bool(told)
    assert samplers(spans.take(spans.trace_lo == 41)) == ()


def test_jaegers_own_json_tells_its_samplers(tmp_path: Path) -> None:
    span = {
        "traceID": "1", "spanID": "2", "operationName": "GET /", "references": [],
        "startTime": 1_764_000_000_000_000, "duration": 5_000, "processID": "p1",
        "tags": [
            {"key": "span.kind", "type": "string", "value": "server"},
            {"key": "sampler.type", "type": "string", "value": "probabilistic"},
            {"key": "sampler.param", "type": "float64", "value": 0.25},
        ],
    }  # fmt: skip
    trace = {"traceID": "1", "spans": [span], "processes": {"p1": {"serviceName": "web"}}}
    (tmp_path / "traces.json").write_text(json.dumps({"data": [trace]}))
    assert samplers(read([tmp_path / "traces.json"]).spans) == ("probabilistic",)
