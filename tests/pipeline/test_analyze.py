"""From a capture to its report."""

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.model.builder import SpanBuilder, SpanRow
from analyzer.model.issue import IssueCount, IssueKind
from analyzer.model.naming import ProcessNames, SpanNames
from analyzer.model.run import (
    NOTHING,
    Capture,
    CollectorRecord,
    LoadPlan,
    LoadPoint,
    LoadRecord,
    RunRecord,
    ToolLatency,
)
from analyzer.model.spans import Spans
from analyzer.pipeline.analyze import RunName, analyze
from analyzer.pipeline.contributions import contributions
from analyzer.report.model import Report
from tests.pipeline.written import MS, spans_of, trace_id

SHOP = """
    locust: GET /shop (client) 0-100
      web: GET / (server) 10-90
        web: GET prices (client) 20-50 -> prices.local
          pricing: GET prices (server) 25-45
        web: SELECT (client) 50-80 -> db
"""
FAILED = """
    locust: GET /cart (client) 0-40 !
      web: GET /cart (server) 10-30
"""
NAME = RunName(id="a name", command="replay")

INT64_MAX = 2**63 - 1
YEAR_NS = 366 * 24 * 3600 * 10**9
"""Readers let no span be longer."""


def report_on(spans: Spans) -> Report:
    return analyze(Capture(spans=spans, inputs=()), name=NAME)


def test_the_report_of_a_small_run() -> None:
    report = report_on(spans_of(SHOP, SHOP, FAILED, at_ms=[0, 500, 900]))
    assert report.load.requests == 3
    assert report.load.failures == 1
    assert report.kpis.response_time_ms.mean == 80.0
    assert [(e.endpoint, e.requests, e.failures) for e in report.endpoints] == [
        ("GET /shop", 2, 0),
        ("GET /cart", 1, 1),
    ]
    assert [(p.requests, p.mean_ms) for p in report.paths] == [(2, 100.0), (1, 40.0)]
    assert report.completeness.whole == report.completeness.traces == 3
    assert [e.why for e in report.exemplars] == ["median", "p95", "slowest"]
    assert Report.from_json(report.to_json()) == report


def test_endpoints_are_ranked_by_all_the_time_users_wait_for_them() -> None:
    many = report_on(spans_of(SHOP, *[FAILED] * 3))
    assert [e.endpoint for e in many.endpoints] == ["GET /cart", "GET /shop"]
    assert many.endpoints[1].slowest_part is not None
    assert many.endpoints[1].slowest_part.label() == "db"


def test_a_report_of_nothing_is_a_report() -> None:
    report = analyze(NOTHING, name=NAME)
    assert report.run.id == "a name"
    assert report.run.started_at is None
    assert (report.services, report.hops, report.paths, report.exemplars) == ((), (), (), ())
    assert report.warnings == ("no spans arrived",)
    assert Report.from_json(report.to_json()) == report


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(random: Random) -> None:
    spans = spans_of(*[SHOP, FAILED] * 5, at_ms=[100 * i for i in range(10)])
    rows = list(range(len(spans)))
    random.shuffle(rows)
    assert report_on(spans.take(np.array(rows))) == report_on(spans)


def test_threads_change_nothing() -> None:
    spans = spans_of(*[SHOP, FAILED] * 20)
    one, many = contributions(spans, threads=1), contributions(spans, threads=4)
    assert one.entities == many.entities
    assert one.cells.own_ns.tolist() == many.cells.own_ns.tolist()


def test_progress_ends_with_all_spans() -> None:
    told: list[tuple[int, int]] = []
    spans = spans_of(SHOP, FAILED)
    analyze(
        Capture(spans=spans, inputs=()),
        name=NAME,
        progress=lambda done, total: told.append((done, total)),
    )
    assert told[-1] == (len(spans), len(spans))


def test_what_load_tool_and_collector_counted_is_beside_the_traces() -> None:
    latency = ToolLatency(mean_ms=101, p50_ms=100, p95_ms=110, p99_ms=120, max_ms=130)
    report = analyze(
        Capture(
            spans=spans_of(SHOP, SHOP),
            inputs=(),
            issues=(
                IssueCount(kind=IssueKind.INVALID_IDS, count=2, spans=3, examples=()),
                IssueCount(kind=IssueKind.INVALID_TIMES, count=1, spans=50, examples=()),
            ),
            run=RunRecord(
                id="2026-run", command="live", started_at_ns=0, load=LoadPlan(tool="locust")
            ),
            load=LoadRecord(
                tool="locust",
                requests=8,
                failures=1,
                users_max=3,
                latency=latency,
                points=(LoadPoint(time_ns=0, users=3, requests=8, failures=1, throughput_rps=4.0),),
            ),
            collector=CollectorRecord(refused=4),
        ),
        name=NAME,
    )
    assert (report.run.id, report.run.command) == ("2026-run", "live")
    assert report.completeness.requests == 8
    assert report.completeness.requests_without_trace == 6
    assert report.completeness.sampled_share == 0.25
    assert report.completeness.rejected == 3 + 4  # odd times are kept, odd ids are not
    assert report.load.users_max == 3
    assert report.load.timeline[0].users == 3
    assert report.load.reported is not None
    assert report.load.reported.latency is not None
    assert report.load.reported.latency.mean_ms == 101
    assert any("6 of 8 requests have no trace" in w for w in report.warnings)


@pytest.mark.parametrize(
    ("service", "alone"), [("locust", True), ("slowhop-load", True), ("web", False)]
)
def test_spans_of_load_generators_alone_show_no_system(service: str, alone: bool) -> None:  # noqa: FBT001  a table's column
    report = report_on(spans_of(f"{service}: GET / (client) 0-10 -> 127.0.0.1:8000"))
    assert report.completeness.client_spans_only is alone


def test_exemplars_are_the_median_a_slow_and_the_slowest_request() -> None:
    texts = [f"web: GET / (server) 0-{10 * n}" for n in range(1, 22)]
    report = report_on(spans_of(*texts))
    assert [(e.latency_ms, e.trace_id) for e in report.exemplars] == [
        (110.0, trace_id(11)),
        (200.0, trace_id(20)),
        (210.0, trace_id(21)),
    ]


times = st.tuples(st.integers(0, INT64_MAX), st.integers(0, YEAR_NS)).map(
    lambda t: (t[0], min(t[0] + t[1], INT64_MAX))
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(times, st.integers(0, 6)), min_size=1, max_size=7))
def test_no_times_of_spans_make_it_fail(drawn: list[tuple[tuple[int, int], int]]) -> None:
    builder = SpanBuilder()
    for span_id, ((start, end), parent) in enumerate(drawn, 1):
        builder.add(
            SpanRow(
                trace_id=1 + span_id % 2,
                span_id=span_id,
                parent_id=parent,
                start_ns=start,
                end_ns=end,
                kind=2 + span_id % 2,
                status=0,
                process=ProcessNames(service="ab"[span_id % 2], instance=""),
                names=SpanNames(operation="x", peer="", protocol=""),
            )
        )
    report = report_on(builder.build())
    longest = max((end - start for (start, end), _ in drawn), default=0)
    assert report.kpis.response_time_ms.max <= longest / MS + 1e-3
    shares = [row.contribution.share for row in (*report.services, *report.hops)]
    if report.kpis.response_time_ms.mean > 0.001:
        assert sum(shares) == pytest.approx(1.0, abs=1e-4)
