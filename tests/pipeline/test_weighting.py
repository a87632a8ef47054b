"""Sampled requests count as often as they stand for."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analyzer.attribution.contributions import Contributions
from analyzer.model.issue import Issues
from analyzer.model.run import NOTHING
from analyzer.model.spans import Sampled, Spans
from analyzer.pipeline.analyze import RunName, analyze
from analyzer.pipeline.contributions import contributions
from analyzer.pipeline.weighting import MOST_COUNTED, weighted
from analyzer.pipeline.whatif import Wish, Wishes, what_if
from analyzer.readers.frames import HEADER, FrameSplitter
from analyzer.readers.namer import Namer
from analyzer.readers.otlp_proto import FrameDecoder
from analyzer.readers.read import read
from analyzer.report.model import Report
from analyzer.report.whatif import WhatIf
from analyzer.reporters.terminal.whatif import render_whatif
from tests.pipeline.written import spans_of
from tests.readers import wire
from tests.reporters.screen import shown
from tests.sampling import stand_for

FAST = """
    web: GET /fast (server) 0-10
      web: GET (client) 2-8 -> db
"""
SLOW = """
    web: GET /slow (server) 0-100
      web: GET (client) 10-90 -> db
"""
CLIENTS = frozenset(("locust",))


def sampled(spans: Spans, weights: dict[int, float]) -> Spans:
    """The same spans, of which all of a trace stand for so many; by trace number."""
    return stand_for(spans, lambda number: weights.get(number, 0.0))


def report_on(spans: Spans, *, most: int = MOST_COUNTED) -> Report:
    capture, name = replace(NOTHING, spans=spans), RunName(id="x", command="replay")
    return analyze(capture, name=name, most_counted=most)


def counts(found: Contributions) -> list[int]:
    weights = weighted(found, CLIENTS)
    assert weights is not None
    times: list[int] = np.bincount(weights.rows, minlength=len(found.requests)).tolist()
    return times


def test_a_request_counts_as_often_as_it_stands_for() -> None:
    plain = report_on(spans_of(FAST, SLOW))
    assert plain.kpis.response_time_ms.mean == 55.0
    assert plain.completeness.sampling is None

    report = report_on(sampled(spans_of(FAST, SLOW), {1: 8.0, 2: 1.0}))
    assert report.load.requests == 9
    assert report.kpis.response_time_ms.mean == pytest.approx((8 * 10 + 100) / 9, abs=1e-3)
    assert report.kpis.response_time_ms.p50 == 10.0
    assert report.load.in_flight_max == 9  # as the slow one begins, eight fast ones are under way
    assert {e.endpoint: e.requests for e in report.endpoints} == {"GET /fast": 8, "GET /slow": 1}
    shares = {s.service: s.contribution.share for s in report.services}
    assert shares["db"] == pytest.approx((8 * 6 + 80) / 180, abs=1e-4)
    (path, other) = report.paths
    assert (path.requests, other.requests) == (8, 1)
    db = next(s for s in report.services if s.service == "db")
    assert db.gain.if_removed is not None
    assert db.gain.if_removed.mean_ms == pytest.approx((8 * 6 + 80) / 9, abs=1e-2)


def test_what_was_seen_is_still_told() -> None:
    report = report_on(sampled(spans_of(FAST, SLOW), {1: 8.0, 2: 1.0}))
    told = report.completeness.sampling
    assert told is not None
    assert (told.seen, told.told, told.estimated, told.largest_weight) == (2, 2, 9, 8.0)
    assert report.completeness.traces == 2
    assert any("services record only some requests" in said for said in report.warnings)
    assert Report.from_json(report.to_json()) == report


def test_copies_make_nothing_surer() -> None:
    once = spans_of(*[FAST, SLOW] * 20)
    plain = report_on(once)
    same = report_on(sampled(once, dict.fromkeys(range(1, 41), 50.0)))
    for before, after in zip(plain.services, same.services, strict=True):
        assert after.service == before.service
        assert after.enough_data == before.enough_data
        assert after.contribution.mean_ms == before.contribution.mean_ms
        assert after.contribution.ci95_ms == pytest.approx(before.contribution.ci95_ms, rel=0.02)
    few = report_on(sampled(spans_of(FAST, SLOW), {1: 50.0, 2: 50.0}))
    assert not any(row.enough_data for row in (*few.services, *few.operations))


def test_weights_that_are_not_whole_are_right_in_sum() -> None:
    found = contributions(sampled(spans_of(*[FAST] * 10), dict.fromkeys(range(1, 11), 1.6)))
    times = counts(found)
    assert sum(times) == 16
    assert set(times) == {1, 2}


FAILED = """
    web: GET /slow (server) 0-300 !
      web: GET (client) 10-290 -> db !
"""


def test_more_requests_than_are_worked_with_are_scaled_down() -> None:
    traces = [FAST] * 30 + [SLOW] * 30 + [FAILED]
    weights = {**dict.fromkeys(range(1, 31), 4_000.0), **dict.fromkeys(range(31, 61), 1_000.0)}
    spans = sampled(spans_of(*traces, at_ms=range(0, 61 * 50, 50)), {**weights, 61: 10.0})
    whole, scaled = report_on(spans), report_on(spans, most=1_500)
    assert whole.completeness.sampling is not None
    assert whole.completeness.sampling.counted is None
    told = scaled.completeness.sampling
    assert told is not None
    assert told.counted is not None
    assert (told.estimated, 1_500 <= told.counted <= 1_502) == (150_010, True)
    assert told.uncounted == 0  # what stands for fewer than a copy is the slowest of its endpoint

    assert scaled.load.requests == whole.load.requests == 150_010
    assert scaled.load.failures == whole.load.failures == 10
    assert scaled.load.throughput_rps == pytest.approx(whole.load.throughput_rps, rel=2e-3)
    assert scaled.load.in_flight_mean == pytest.approx(whole.load.in_flight_mean, rel=0.02)
    requests = [sum(p.throughput_rps for p in r.load.timeline) for r in (whole, scaled)]
    assert requests[1] == pytest.approx(requests[0], rel=0.01)
    for after, before in zip(scaled.endpoints, whole.endpoints, strict=True):
        assert (after.endpoint, after.requests) == (before.endpoint, before.requests)
        assert after.failures == before.failures
        assert after.throughput_rps == pytest.approx(before.throughput_rps, rel=2e-3)
    times, exact = scaled.kpis.response_time_ms, whole.kpis.response_time_ms
    assert times.mean == pytest.approx(exact.mean, rel=0.01)
    assert (times.p50, times.p95, times.max) == (exact.p50, exact.p95, exact.max)
    assert exact.max == 300  # of one request in 15,000, which is less than a copy stands for
    for of, was in zip(scaled.services, whole.services, strict=True):
        assert of.service == was.service
        assert of.contribution.share == pytest.approx(was.contribution.share, rel=0.01)
        assert of.contribution.mean_ms == pytest.approx(was.contribution.mean_ms, rel=0.01)
        assert of.contribution.ci95_ms == pytest.approx(was.contribution.ci95_ms, rel=0.05)
    shares = [[path.share for path in report.paths] for report in (scaled, whole)]
    assert shares[0] == pytest.approx(shares[1], abs=0.01)
    assert scaled.paths[0].requests == pytest.approx(whole.paths[0].requests, rel=0.01)
    assert any(
        f"150,010 requests are too many to work with: {told.counted:,} copies" in said
        for said in scaled.warnings
    )
    assert not any("too many to work with" in said for said in whole.warnings)


def test_what_was_seen_is_not_scaled_away() -> None:
    found = contributions(sampled(spans_of(*[FAST] * 10), dict.fromkeys(range(1, 11), 100.0)))
    scaled = weighted(found, CLIENTS, most=3)
    assert scaled is not None
    assert scaled.times.tolist() == [1] * 10
    assert scaled.told.estimated == 1_000


def test_what_is_in_no_copy_is_told() -> None:
    weights = {**dict.fromkeys(range(1, 11), 1_000.0), **dict.fromkeys(range(11, 31), 1.0)}
    report = report_on(sampled(spans_of(*[FAST] * 10, *[SLOW] * 20), weights), most=100)
    told = report.completeness.sampling
    assert told is not None
    assert told.uncounted == 19  # of 20 that together are a fifth of a copy, the slowest is one
    assert {e.endpoint: e.requests for e in report.endpoints} == {
        "GET /fast": 10_000, "GET /slow": 20,
    }  # fmt: skip
    assert any("19 that stand for fewer are in no figure but" in said for said in report.warnings)


def test_each_endpoint_counts_to_within_one() -> None:
    weights = {n: 1.4 if n % 2 else 2.6 for n in range(1, 41)}
    report = report_on(sampled(spans_of(*[FAST, SLOW] * 20), weights))
    asked = {e.endpoint: e.requests for e in report.endpoints}
    assert asked["GET /fast"] == pytest.approx(20 * 1.4, abs=1)
    assert asked["GET /slow"] == pytest.approx(20 * 2.6, abs=1)


def test_what_a_change_would_bring_is_weighted() -> None:
    wishes = Wishes(times=(Wish(target="db", slower=False, factor=0.5),))

    def answer(spans: Spans, most: int = MOST_COUNTED) -> WhatIf:
        capture = replace(NOTHING, spans=spans)
        return what_if(capture, wishes, run_id="x", most_counted=most)

    plain, several = answer(spans_of(FAST, SLOW)), sampled(spans_of(FAST, SLOW), {1: 800, 2: 100})
    assert (plain.overall.drop.mean_ms, plain.sampling, plain.warnings) == (21.5, None, ())
    for most in (MOST_COUNTED, 90):
        found = answer(several, most)
        assert found.requests == 900
        assert found.overall.before.mean_ms == pytest.approx((8 * 10 + 100) / 9, abs=1e-3)
        assert found.overall.drop.mean_ms == pytest.approx((8 * 3 + 40) / 9, abs=1e-3)
        assert found.overall.drop.p50_ms == 3.0
        assert {e.endpoint: e.requests for e in found.endpoints} == {
            "GET /fast": 800, "GET /slow": 100,
        }  # fmt: skip
        assert found.sampling is not None
        assert any("services record only some requests" in said for said in found.warnings)
        assert WhatIf.from_json(found.to_json()) == found
        said = " ".join(shown(render_whatif(found), width=100).split())
        assert "count as often in these figures: 900 in all" in said


def test_the_roots_weight_counts_else_the_highest() -> None:
    text = """
        web: GET / (server) 0-100
          pay: POST (server) 10-90
    """
    spans = spans_of(text, text)
    of = replace(spans, sampled=Sampled(row=np.array([0, 1, 3]), weight=np.array([2.0, 8.0, 4.0])))
    assert contributions(of).requests.weight.tolist() == [2.0, 4.0]


SERVED = """
    locust: GET / (client) 0-100
      web: GET / (server) 10-90
"""
ALONE = """
    locust: GET / (client) 0-100
"""
REFUSED = """
    locust: GET / (client) 0-100 !
"""


def test_clients_requests_that_no_service_recorded_are_stood_for() -> None:
    spans = spans_of(SERVED, ALONE, ALONE, ALONE, REFUSED)
    row = np.flatnonzero((spans.trace_lo == 1) & (spans.parent_id != 0))
    found = contributions(replace(spans, sampled=Sampled(row=row, weight=np.array([4.0]))))
    assert counts(found) == [4, 0, 0, 0, 1]  # one that failed never was any service's
    told = weighted(found, CLIENTS)
    assert told is not None
    assert told.told.stood_for == 3
    assert told.told.error == pytest.approx(12**0.5, abs=1e-3)


def test_without_weights_there_is_nothing_to_weigh() -> None:
    assert weighted(contributions(spans_of(SERVED, ALONE)), CLIENTS) is None


def test_weights_follow_their_spans() -> None:
    spans = sampled(spans_of(FAST, SLOW), {2: 4.0})
    turned = spans.take(np.arange(len(spans))[::-1])
    assert turned.trace_lo[turned.sampled.row].tolist() == [2, 2]
    assert turned.sampled.row.tolist() == sorted(turned.sampled.row.tolist())
    both = Spans.concat([spans.take(spans.trace_lo == 1), turned])
    assert both.trace_lo[both.sampled.row].tolist() == [2, 2]
    assert both.sampled.weight.tolist() == [4.0, 4.0]


def frame(trace_state: str) -> bytes:
    span = b"".join(
        (
            wire.part(1, wire.TRACE), wire.part(2, wire.SPAN), wire.part(3, trace_state.encode()),
            wire.fixed64(7, wire.NOON_NS), wire.fixed64(8, wire.NOON_NS + 1),
        )
    )  # fmt: skip
    return wire.part(1, wire.part(2, wire.part(2, span)))


@pytest.mark.parametrize("walk_from", [0, 1 << 30], ids=["walk", "library"])
def test_thresholds_are_read_from_protobuf_by_both_decoders(walk_from: int) -> None:
    bodies = [frame("vendor=1"), frame("ot=th:c"), frame("")]
    data = b"".join(HEADER.pack(len(body)) + body for body in bodies)
    decoder = FrameDecoder(Namer(), Issues(), walk_from=walk_from)
    spans = decoder.decode(FrameSplitter("spans").split(data))
    assert len(spans) == 3
    assert (spans.sampled.row.tolist(), spans.sampled.weight.tolist()) == ([1], [4.0])


def test_thresholds_are_read_from_json(tmp_path: Path) -> None:
    span = {
        "traceId": wire.TRACE.hex(), "spanId": wire.SPAN.hex(), "traceState": "ot=th:8",
        "startTimeUnixNano": str(wire.NOON_NS), "endTimeUnixNano": str(wire.NOON_NS + 5),
    }  # fmt: skip
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
    (tmp_path / "spans.json").write_text(json.dumps(body))
    assert read([tmp_path / "spans.json"]).spans.sampled.weight.tolist() == [2.0]
