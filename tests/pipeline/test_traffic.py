"""Whose traces a report is made of."""

from dataclasses import replace

import pytest

from analyzer.errors import InputError
from analyzer.model.run import NOTHING, Capture, RunRecord
from analyzer.model.spans import Spans
from analyzer.pipeline.analyze import RunName, analyze
from analyzer.pipeline.live import QUIET_NS, LiveAnalysis
from analyzer.pipeline.traffic import EVERYTHING, Chosen, chosen_of
from analyzer.report.model import Report
from tests.builders import trace

NAME = RunName(id="a name", command="replay")
OWN_RUN = RunRecord(id="a", command="live")
HEALTH = trace("health 0-5 server in web", trace_id=100)


def of_run(run: str, *trace_ids: int) -> list[Spans]:
    return [
        trace(f"GET 0-100 client in locust of {run}", "GET/web 10-90 server in web", trace_id=i)
        for i in trace_ids
    ]


def capture(*spans: Spans, run: RunRecord | None = None) -> Capture:
    return replace(NOTHING, spans=Spans.concat(spans), run=run)


def report_on(of: Capture, chosen: Chosen = Chosen()) -> Report:
    return analyze(chosen_of(of, chosen), name=NAME)


def test_background_is_counted_apart_and_said() -> None:
    report = report_on(capture(*of_run("a", 1, 2, 3), HEALTH, run=OWN_RUN))
    assert report.load.requests == 3
    assert [e.endpoint for e in report.endpoints] == ["GET"]
    traffic = report.completeness.traffic
    assert traffic is not None
    assert (traffic.run, traffic.background, traffic.other_runs) == ("a", 1, 0)
    assert any("1 trace is not in these figures" in said for said in report.warnings)
    assert Report.from_json(report.to_json()) == report


def test_all_traffic_takes_it_in() -> None:
    report = report_on(capture(*of_run("a", 1, 2, 3), HEALTH, run=OWN_RUN), EVERYTHING)
    assert report.load.requests == 4
    assert report.completeness.traffic is None


def test_two_runs_in_a_dump_stay_together_until_one_is_named() -> None:
    dump = capture(*of_run("a", 1, 2), *of_run("b", 3))
    both = report_on(dump)
    assert both.load.requests == 3
    assert any("spans of 2 runs are in these figures together (a, b)" in w for w in both.warnings)
    one = report_on(dump, Chosen(run="b"))
    assert one.load.requests == 1
    assert one.completeness.traffic is not None
    assert one.completeness.traffic.other_runs == 2


def test_a_run_directory_means_its_own_run() -> None:
    assert report_on(capture(*of_run("a", 1, 2), *of_run("b", 3), run=OWN_RUN)).load.requests == 2


def test_a_dump_of_one_run_is_read_as_its_directory_is() -> None:
    assert report_on(capture(*of_run("x", 1, 2), HEALTH)).load.requests == 2


def test_where_no_span_names_a_run_every_trace_counts() -> None:
    unnamed = trace("GET 0-9 client in locust", "GET/web 1-8 server in web", trace_id=1)
    report = report_on(capture(unnamed, HEALTH, run=OWN_RUN))
    assert report.load.requests == 2
    assert report.completeness.traffic is None


def test_a_run_that_is_not_there_is_an_error_that_names_those_that_are() -> None:
    with pytest.raises(InputError) as raised:
        report_on(capture(*of_run("a", 1)), Chosen(run="z"))
    assert "'z'" in raised.value.message
    assert "a" in raised.value.hint


def test_the_live_view_leaves_background_out_as_the_final_report_does() -> None:
    spans = Spans.concat([*of_run("a", 1, 2), HEALTH])
    live = LiveAnalysis(run="a")
    live.add(spans)
    report = live.report(NOTHING, NAME)
    assert report.load.requests == 2
    assert report.completeness.traffic is not None
    assert report.completeness.traffic.background == 1


def test_settled_background_stays_counted() -> None:
    far = 2 * QUIET_NS // 1000
    late = trace(f"GET {far}-{far + 100} client in locust of a", trace_id=9)
    live = LiveAnalysis(run="a", settle_from=1)
    for piece in (*of_run("a", 1, 2), HEALTH, late):
        live.add(piece)
    assert len(live.open) == 1
    report = live.report(NOTHING, NAME)
    assert report.load.requests == 3
    assert report.completeness.traffic is not None
    assert report.completeness.traffic.background == 1


def test_a_live_run_whose_spans_name_no_run_shows_everything() -> None:
    live = LiveAnalysis(run="a")
    live.add(HEALTH)
    assert live.report(NOTHING, NAME).load.requests == 1
