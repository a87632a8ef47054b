"""Runs of which services recorded only some requests compare like the whole runs."""

from dataclasses import replace

import numpy as np
import pytest

from analyzer.model.spans import Spans
from analyzer.pipeline.analyze import RunName, analyze
from analyzer.pipeline.compare import compare_runs, compare_saved
from analyzer.report.compare import Comparison, Delta, EndpointDelta
from tests.comparison.runs import BASE, recorded, spans
from tests.sampling import every, sampled, stand_for

FAST_NS = 27_700_000
"""Half of the requests to the shop take less in the base, and all to the app."""

OF_THE_MIX = 0.1
"""How far the endpoints' shares, and what is made with them, may be off where one in four is seen:
about four standard errors of a third of 300 requests."""

MANY = replace(BASE, requests=1_200)
SLOW = replace(BASE.with_own(cart=30_000), requests=1_200, seed=1_001)


def comparison(base: Spans, candidate: Spans, *, most: int = 1_000_000) -> Comparison:
    return compare_runs(recorded("base", base), recorded("candidate", candidate), most_counted=most)


def repeated(of: Spans, times: int) -> Spans:
    """As many traces for each one, at the same time and each with an id of its own."""
    return Spans.concat(
        [replace(of, trace_hi=of.trace_hi + np.uint64(copy)) for copy in range(times)]
    )


def figures(of: Comparison) -> dict[str, float]:
    """What is estimated, as against how sure that is."""
    found = {
        "overall medians": of.overall.delta_mean_ms,
        "overall mean": of.overall.exact_delta_mean_ms,
    }
    changes: list[tuple[str, Delta | EndpointDelta]] = [
        *((f"service {row.service}", row) for row in of.services),
        *((f"hop {row.caller} {row.callee}", row) for row in of.hops),
        *((f"operation {row.service} {row.operation}", row) for row in of.operations),
        *((f"endpoint {row.endpoint}", row) for row in of.endpoints),
    ]
    for name, change in changes:
        found[f"{name} medians"] = change.delta_mean_ms
        found[f"{name} mean"] = change.exact_delta_mean_ms
    for row in of.endpoints:
        found[f"{row.endpoint} requests"] = row.base_requests + row.candidate_requests
        found[f"{row.endpoint} p95"] = row.p95_delta_ms
    for operation in of.operations:
        assert operation.base is not None
        found[f"{operation.operation} calls"] = operation.base.calls_per_request
        found[f"{operation.operation} median"] = operation.base.median_ms or 0.0
    for side in (of.base, of.candidate):
        found |= {f"{side.id} {name}": value for name, value in side.latency}
        found[f"{side.id} requests"] = side.requests
        found[f"{side.id} throughput"] = side.throughput_rps
    return found


def test_one_that_stands_for_four_is_as_good_as_four_alike() -> None:
    base, candidate = spans(BASE), spans(replace(BASE.with_own(cart=30_000), seed=1_001))
    # in one of the runs every other trace alone, so that weights differ
    weights = {int(n): 4.0 if i % 2 else 1.0 for i, n in enumerate(np.unique(base.trace_lo))}
    heavy = np.array([weights[int(number)] > 1 for number in base.trace_lo])
    whole = Spans.concat([base.take(~heavy), repeated(base.take(heavy), 4)])
    expected = comparison(whole, repeated(candidate, 3))
    found = comparison(stand_for(base, weights.__getitem__), stand_for(candidate, lambda _: 3.0))
    assert figures(found) == pytest.approx(figures(expected), abs=1e-3)


@pytest.mark.parametrize("cause", ["ratio", "tail"])
def test_weighted_comparisons_are_those_of_the_whole_runs_to_within_the_noise(cause: str) -> None:
    base, candidate = spans(MANY), spans(SLOW)
    whole = comparison(base, candidate)
    choose = every if cause == "ratio" else lambda durations: durations < FAST_NS
    found = comparison(sampled(base, 4, of=choose), sampled(candidate, 4, of=choose))
    for side, of in ((found.base, whole.base), (found.candidate, whole.candidate)):
        assert side.sampling is not None
        assert side.sampling.seen < 0.8 * of.requests
        assert abs(side.requests - of.requests) <= 4 * side.sampling.error
        assert side.latency.mean_ms == pytest.approx(of.latency.mean_ms, rel=0.04)
        assert side.latency.p95_ms == pytest.approx(of.latency.p95_ms, rel=0.02)
    assert found.overall.verdict == whole.overall.verdict == "slower"
    expected = {row.service: row for row in whole.services}
    assert found.services[0].service == whole.services[0].service == "cart"
    for row in found.services:
        same = expected[row.service]
        assert row.verdict == same.verdict
        low, high = row.ci95_ms
        slack = (high - low) / 2 + OF_THE_MIX * abs(same.delta_mean_ms)
        assert low - slack <= same.delta_mean_ms <= high + slack
        assert row.exact_delta_mean_ms == pytest.approx(
            same.exact_delta_mean_ms, rel=OF_THE_MIX, abs=0.3
        )


def test_without_weights_tail_sampling_would_tell_another_story() -> None:
    """What the test above is worth: the same traces, each counted once."""
    base = spans(MANY)
    kept = sampled(base, 4, of=lambda durations: durations < FAST_NS)
    unsaid = replace(kept, sampled=type(kept.sampled).none())
    whole = comparison(base, base).base.latency.mean_ms
    assert abs(comparison(unsaid, unsaid).base.latency.mean_ms / whole - 1) > 0.06


def test_copies_make_no_verdict_surer() -> None:
    base, candidate = spans(BASE), spans(replace(BASE, seed=1_001))
    once = comparison(base, candidate)
    often = comparison(stand_for(base, lambda _: 1_000.0), stand_for(candidate, lambda _: 1_000.0))
    widths = [[row.ci95_ms[1] - row.ci95_ms[0] for row in of.services] for of in (once, often)]
    assert widths[0] == pytest.approx(widths[1], abs=1e-3)
    few = stand_for(spans(replace(BASE, requests=20)), lambda _: 1_000.0)
    found = comparison(few, few)
    assert not any(row.enough_data for row in (*found.services, *found.operations))
    assert not any(row.enough_data for row in found.endpoints)
    assert any("only 20 recorded requests" in said for said in found.warnings)


def test_more_requests_than_are_worked_with_are_scaled_down() -> None:
    base = stand_for(spans(BASE), lambda number: 300.0 if number % 2 else 100.0)
    candidate = stand_for(spans(replace(BASE.with_own(cart=30_000), seed=1_001)), lambda _: 200.0)
    whole, scaled = comparison(base, candidate), comparison(base, candidate, most=6_000)
    assert whole.base.sampling is not None
    assert whole.base.sampling.counted is None
    assert scaled.base.sampling is not None
    assert scaled.base.sampling.counted is not None
    assert scaled.base.sampling.counted <= 6_000 + len(scaled.endpoints)
    assert figures(scaled) == pytest.approx(figures(whole), rel=0.01, abs=0.02)
    assert any("too many to work with" in said for said in scaled.warnings)


def test_both_ways_to_compare_say_what_was_weighted() -> None:
    half = stand_for(spans(BASE), lambda _: 2.0)
    by_calls = comparison(half, spans(replace(BASE, seed=1_001)))
    reports = [
        analyze(recorded("x", of).capture, name=RunName(id="x", command="replay"))
        for of in (half, spans(replace(BASE, seed=1_001)))
    ]
    by_reports = compare_saved(*reports)
    for found in (by_calls, by_reports):
        assert (found.base.requests, found.candidate.requests) == (240, 120)
        assert found.candidate.sampling is None
        (said,) = (s for s in found.warnings if "record only some" in s)
        assert said.startswith("base: services record only some requests: 120 of the 120")
    assert Comparison.from_json(by_calls.to_json()) == by_calls


def test_the_order_of_arrival_changes_no_weight() -> None:
    of = stand_for(spans(BASE), lambda number: 1.0 + number % 5 / 2)
    turned = of.take(np.arange(len(of))[::-1])
    other = spans(replace(BASE, seed=1_001))
    assert comparison(of, other).to_json() == comparison(turned, other).to_json()
