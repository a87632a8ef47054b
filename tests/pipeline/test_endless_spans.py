"""A service that never ends its spans: their children arrive, they do not."""

from dataclasses import replace

import numpy as np

from analyzer.model.run import NOTHING
from analyzer.model.spans import Spans
from analyzer.pipeline.analyze import RunName, analyze
from analyzer.pipeline.live import LiveAnalysis
from analyzer.reporters.terminal.live import LiveState, Phase, progress_line
from tests.pipeline.written import spans_of

SHOP = """
    locust: GET / (client) 0-100
      web: GET / (server) 5-95
        web: GET prices (client) 20-80
          pricing: GET prices (server) 25-75
"""
REQUESTS = 40
ENDLESS = 25
NAME = RunName(id="run", command="live")


def without(spans: Spans, operation: str, traces: int) -> Spans:
    """Spans of the first traces without those of an operation."""
    names = np.array(spans.names)[spans.operation]
    return spans.take(~((names == operation) & (spans.trace_lo <= traces)))


def run() -> Spans:
    return spans_of(*[SHOP] * REQUESTS, at_ms=[200 * i for i in range(REQUESTS)])


def server_spans_of_web(spans: Spans) -> Spans:
    """`web` sends its client spans only, in the first traces."""
    names = np.array(spans.names)
    endless = (names[spans.service] == "web") & (names[spans.operation] == "GET /")
    return spans.take(~(endless & (spans.trace_lo <= ENDLESS)))


def test_the_report_says_how_many_traces_are_incomplete() -> None:
    spans = server_spans_of_web(run())
    found = analyze(replace(NOTHING, spans=spans), name=NAME)
    seen = found.completeness
    assert (seen.traces, seen.partial, seen.whole) == (REQUESTS, ENDLESS, REQUESTS - ENDLESS)
    assert seen.lost_spans == 2 * ENDLESS
    assert any(f"{seen.lost_spans} spans hang in the air" in said for said in found.warnings)
    assert found.load.requests == REQUESTS  # whoever called has said how long it took
    assert {row.service for row in found.services} >= {"web", "pricing"}
    (lost,) = [finding for finding in found.findings if finding.kind == "lost_spans"]
    assert "web" in lost.message


def test_traces_whose_first_span_never_ends_are_analysed_as_far_as_they_go() -> None:
    spans = run()
    root = np.array(spans.names)[spans.service] == "locust"
    spans = spans.take(~(root & (spans.trace_lo <= ENDLESS)))
    found = analyze(replace(NOTHING, spans=spans), name=NAME)
    seen = found.completeness
    assert (seen.rootless, seen.whole) == (ENDLESS, REQUESTS - ENDLESS)
    assert any(f"{ENDLESS} traces begin with a span whose caller" in w for w in found.warnings)
    assert found.load.requests == REQUESTS


def test_nothing_but_orphans_is_analysed_too() -> None:
    names = np.array(run().names)
    spans = run()
    spans = spans.take(names[spans.service] == "pricing")
    found = analyze(replace(NOTHING, spans=spans), name=NAME)
    assert found.completeness.rootless == REQUESTS
    assert found.load.requests == REQUESTS
    assert [row.service for row in found.services] == ["pricing"]


def test_the_live_view_counts_them_while_they_are_missing() -> None:
    live = LiveAnalysis()
    live.add(server_spans_of_web(run()))
    report = live.report(NOTHING, NAME)
    state = LiveState(
        run_name="run", phase=Phase.RUNNING, elapsed_s=5.0, spans=report.completeness.spans,
        report=report,
    )  # fmt: skip
    assert f"  {ENDLESS} traces incomplete  " in progress_line(state)
    assert live.unfinished > 0
    missing = run()
    names = np.array(missing.names)
    web = (names[missing.service] == "web") & (names[missing.operation] == "GET /")
    live.add(missing.take(web & (missing.trace_lo <= ENDLESS)))
    later = live.report(NOTHING, NAME)
    assert later.completeness.partial == live.unfinished == 0
    assert "incomplete" not in progress_line(replace(state, report=later))


def test_children_of_a_caller_that_never_ends_have_an_unseen_caller() -> None:
    live = LiveAnalysis()
    live.add(without(run(), "GET /", REQUESTS))
    report = live.report(NOTHING, NAME)
    state = LiveState(run_name="run", phase=Phase.RUNNING, elapsed_s=5.0, report=report)
    assert f"  {REQUESTS} traces with an unseen caller  " in progress_line(state)
