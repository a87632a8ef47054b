"""Tail and scaling of requests that stand for several."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.model.run import NOTHING, LoadPoint, LoadRecord
from analyzer.model.spans import Spans
from analyzer.model.traffic import Traffic
from analyzer.pipeline.analyze import RunName, analyze
from analyzer.pipeline.contributions import contributions
from analyzer.ranking.owners import find_owners
from analyzer.ranking.rank import tail_mask
from analyzer.ranking.scaling_load import in_flight_at_start, windows
from analyzer.ranking.tail import tail_of
from analyzer.ranking.tail_groups import groups
from analyzer.report.model import Report, Scaling
from tests.ranking import described, queues
from tests.ranking.test_scaling_load import INTERVALS, requests
from tests.sampling import every, sampled, stand_for

WIDE = queues.Shop(users=60, ramp_s=28, seconds=30, workers=8, think_ms=200)


def report(spans: Spans, *, clients: frozenset[str] = frozenset()) -> Report:
    capture = replace(NOTHING, spans=spans, traffic=Traffic(clients=clients))
    return analyze(capture, name=RunName(id="x", command="replay"))


def scaling(of: Report) -> Scaling:
    assert of.scaling is not None
    return of.scaling


def test_tail_of_requests_that_stand_for_several_is_that_of_as_many_alike() -> None:
    c = contributions(described.spans(800, 3, lambda d: 60.0 if d.product < 2 else 0.0), threads=1)
    times = 1 + np.arange(len(c.requests), dtype=np.int64) % 4
    copies = c.take(np.repeat(np.arange(times.size), times))
    owners = find_owners(c.entities, c.cells)
    found, expected = groups(c, tail_mask(c, times), times), groups(copies, tail_mask(copies))
    assert found is not None
    assert expected is not None
    weighted, copied = tail_of(c, owners, found), tail_of(copies, owners, expected)
    assert weighted.slow_from_ms == copied.slow_from_ms
    assert weighted.slow_requests < copied.slow_requests
    for name in ("slow_mean_ms", "typical_mean_ms", "excess_ms"):
        assert getattr(weighted, name) == pytest.approx(getattr(copied, name), abs=2e-3)
    for row, same in zip(weighted.rows, copied.rows, strict=True):
        figures, expected_figures = row.model_dump(), same.model_dump()
        assert figures.pop("exemplars") == expected_figures.pop("exemplars")
        assert figures == pytest.approx(expected_figures, abs=2e-3)
    plain = groups(c, tail_mask(c))
    assert plain is not None
    assert tail_of(c, owners, plain).slow_mean_ms != pytest.approx(copied.slow_mean_ms, abs=2e-3)


@given(INTERVALS, st.lists(st.integers(1, 4), min_size=30, max_size=30))
def test_load_counts_each_as_often_as_it_stands_for(
    intervals: list[tuple[int, int]], weights: list[int]
) -> None:
    count = weights[: len(intervals)]
    expected = [
        max(
            1,
            sum(w for (b, _), w in zip(intervals, count, strict=True) if b <= begin)
            - sum(w for (_, e), w in zip(intervals, count, strict=True) if e <= begin)
            - (mine - 1),
        )
        for (begin, _), mine in zip(intervals, count, strict=True)
    ]
    often = np.array(count, np.float64)
    assert in_flight_at_start(requests(intervals), often).tolist() == expected


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 4)), min_size=1, max_size=30))
def test_windows_are_those_of_as_many_alike(begun: list[tuple[int, int]]) -> None:
    alike = [(begin, begin + 3) for begin, _ in begun]
    copies = [(begin, begin + 3) for begin, times in begun for _ in range(times)]
    count = np.array([times for _, times in begun], np.float64)
    found = windows(requests(alike, 100_000_000), {}, count)
    expected = windows(requests(copies, 100_000_000), {})
    assert found.edge_ns.tolist() == expected.edge_ns.tolist()
    assert found.throughput_rps == pytest.approx(expected.throughput_rps)
    assert found.in_flight == pytest.approx(expected.in_flight, abs=1e-6)


@pytest.mark.parametrize("seed", [1, 2])
def test_knee_and_growth_of_sampled_requests_are_those_of_all(seed: int) -> None:
    whole_spans = queues.spans(queues.run(WIDE, seed))
    half = report(sampled(whole_spans, 2, of=every))
    whole, found = scaling(report(whole_spans)), scaling(half)
    assert whole.capacity is not None
    assert found.capacity is not None
    assert found.capacity.throughput_rps == pytest.approx(whole.capacity.throughput_rps, rel=0.2)
    assert found.in_flight_high == pytest.approx(whole.in_flight_high, rel=0.2)
    assert (found.rows[0].caller, found.rows[0].callee) == ("gateway", "payment")
    assert found.rows[0].grows
    assert found.rows[0].at_high_load_ms == pytest.approx(whole.rows[0].at_high_load_ms, rel=0.25)


def test_load_that_its_tool_recorded_whole_is_not_estimated() -> None:
    whole_spans = queues.spans(queues.run(WIDE, 1))
    kept = set(sampled(whole_spans, 2, of=every).trace_lo.tolist())
    at_client = whole_spans.parent_id == 0
    recorded = np.array([number in kept for number in whole_spans.trace_lo.tolist()])
    half = stand_for(whole_spans.take(at_client | recorded), lambda n: 2.0 if n in kept else 0.0)
    whole = report(whole_spans, clients=frozenset(("load",)))
    found = report(half, clients=frozenset(("load",)))
    assert scaling(found).in_flight_low == scaling(whole).in_flight_low
    assert scaling(found).in_flight_high == scaling(whole).in_flight_high
    was, now = scaling(whole).capacity, scaling(found).capacity
    assert was is not None
    assert now is not None
    assert now.throughput_rps == was.throughput_rps
    row, same = scaling(found).rows[0], scaling(whole).rows[0]
    assert (row.callee, row.grows) == (same.callee, same.grows) == ("payment", True)
    assert row.at_high_load_ms == pytest.approx(same.at_high_load_ms, rel=0.1)


def test_how_busy_services_were_is_not_told_of_what_they_recorded_in_part() -> None:
    spans = queues.spans(queues.run(WIDE, 1))
    whole, half = report(spans), report(sampled(spans, 2, of=every))
    assert any(row.busy_max for row in whole.services)
    assert scaling(whole).saturation is not None
    assert not any(row.busy_max for row in half.services)
    assert scaling(half).saturation is None
    assert any("how busy services were" in said for said in half.warnings)


def test_weights_that_miss_what_the_load_tool_counted_are_told() -> None:
    spans = sampled(queues.spans(queues.run(WIDE, 1)), 2, of=every)
    requests_seen = len(set(spans.trace_lo.tolist()))

    def said(counted: int) -> bool:
        load = LoadRecord(
            tool="other", requests=counted, points=(LoadPoint(
                time_ns=queues.EPOCH_NS, users=1, requests=1, failures=0, throughput_rps=1.0
            ),),
        )  # fmt: skip
        capture = replace(NOTHING, spans=spans, load=load)
        found = analyze(capture, name=RunName(id="x", command="replay"))
        return any("the weights add up to" in warning for warning in found.warnings)

    assert not said(2 * requests_seen)
    assert said(4 * requests_seen)
