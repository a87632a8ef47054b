"""The tail: who slow requests spend more on, and that it adds up."""

import random

import numpy as np
import pytest

from analyzer.attribution.contributions import Contributions
from analyzer.model.run import Capture
from analyzer.model.spans import Spans
from analyzer.pipeline.analyze import RunName, analyze
from analyzer.pipeline.contributions import contributions
from analyzer.ranking.owners import find_owners
from analyzer.ranking.rank import tail_mask
from analyzer.ranking.tail import tail_of
from analyzer.ranking.tail_groups import groups
from analyzer.report.model import Report, Tail
from tests.ranking.described import spans

NAME = RunName(id="r", command="c")


def report(sent: Spans) -> Report:
    return analyze(Capture(spans=sent, inputs=()), name=NAME)


def tail(sent: Spans) -> Tail:
    found = report(sent).tail
    assert found is not None
    return found


def parts_of(c: Contributions) -> Tail:
    compared = groups(c, tail_mask(c))
    assert compared is not None
    return tail_of(c, find_owners(c.entities, c.cells), compared)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_excess_of_services_and_hops_is_the_whole_excess(seed: int) -> None:
    found = tail(spans(600, seed, lambda d: 40.0 if d.product == 3 else 0.0))
    assert found.slow_mean_ms is not None
    assert found.typical_mean_ms is not None
    parts = [row for row in found.rows if row.kind != "operation"]
    excess = sum(row.excess_ms or 0.0 for row in parts)
    assert excess == pytest.approx(found.slow_mean_ms - found.typical_mean_ms, abs=0.01)
    assert excess == pytest.approx(found.excess_ms, abs=0.01)
    for row in parts:
        assert row.excess_ms == pytest.approx(row.slow_mean_ms - row.typical_mean_ms, abs=0.002)
    assert sum(row.excess_share for row in parts) == pytest.approx(1.0, abs=1e-5)
    operations = [row for row in found.rows if row.kind == "operation"]
    assert sum(row.excess_share for row in operations) == pytest.approx(1.0, abs=1e-5)


def test_service_that_makes_requests_slow_comes_first() -> None:
    first = tail(spans(600, 1, lambda d: 80.0 if d.product < 2 else 0.0)).rows[0]
    assert (first.kind, first.service) == ("service", "payment")
    assert first.excess_share > 0.9


def test_slow_requests_are_compared_with_typical_ones_of_their_own_endpoint() -> None:
    sent = spans(2_000, 4)
    c = contributions(sent, threads=1)
    compared = groups(c, tail_mask(c))
    assert compared is not None
    endpoint, duration = c.requests.endpoint, c.requests.duration_ns
    expected = np.mean([
        np.mean(duration[compared.typical][endpoint[compared.typical] == endpoint[slow]])
        for slow in compared.slow
    ])  # fmt: skip
    found = parts_of(c)
    assert found.typical_mean_ms == pytest.approx(expected / 1e6, abs=0.001)


def test_groups_are_what_they_are_called() -> None:
    c = contributions(spans(1_000, 5), threads=1)
    compared = groups(c, tail_mask(c))
    assert compared is not None
    for endpoint in range(len(c.endpoints)):
        mine = c.requests.duration_ns[c.requests.endpoint == endpoint]
        low, high, far = np.percentile(mine, (25, 75, 95))
        slow = [r for r in compared.slow if c.requests.endpoint[r] == endpoint]
        typical = [r for r in compared.typical if c.requests.endpoint[r] == endpoint]
        assert min(c.requests.duration_ns[slow]) > far
        assert all(low <= c.requests.duration_ns[r] <= high for r in typical)
    assert compared.typical_weight.sum() == pytest.approx(1.0)
    assert compared.slow_weight.sum() == pytest.approx(1.0)


def test_order_of_arrival_changes_nothing() -> None:
    sent = spans(400, 7, lambda d: 50.0 if d.pod == 1 else 0.0)
    rows = list(range(len(sent)))
    random.Random(8).shuffle(rows)
    mixed = sent.take(np.array(rows))
    assert report(mixed).to_json() == report(sent).to_json()


@pytest.mark.parametrize("requests", [0, 1, 19, 60])
def test_few_requests_have_no_tail(requests: int) -> None:
    assert report(spans(requests, 9)).tail is None


def test_requests_that_are_all_alike_have_no_tail() -> None:
    c = contributions(spans(200, 10), threads=1)
    same = np.zeros(len(c.requests), np.bool_)
    assert groups(c, same) is None


def test_exemplars_are_slow_requests_of_the_run() -> None:
    sent = spans(600, 11, lambda d: 80.0 if d.product < 2 else 0.0)
    ids = {
        f"{int(h):016x}{int(low):016x}" for h, low in zip(sent.trace_hi, sent.trace_lo, strict=True)
    }
    found = tail(sent)
    assert {trace for row in found.rows for trace in row.exemplars} <= ids
    assert found.rows[0].exemplars
