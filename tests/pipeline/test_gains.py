"""Gains in the report of a whole capture."""

import numpy as np
import pytest

from analyzer.model.run import Capture
from analyzer.model.spans import Spans
from analyzer.pipeline.analyze import RunName, analyze
from analyzer.ranking.gains import RankedBy
from analyzer.report.model import Report
from tests.bench.spans import microservice_spans
from tests.pipeline.shops import Call, shop

NAME = RunName(id="run", command="replay")


def report_on(spans: Spans, ranked_by: RankedBy = "contribution") -> Report:
    return analyze(Capture(spans=spans, inputs=()), name=NAME, ranked_by=ranked_by)


def test_serial_work_comes_back_in_full() -> None:
    # front |----------------------| 100 ms
    #  cart     |------| 30   pay     |--------| 40
    found = report_on(shop(40, (Call("cart", 10, 40), Call("pay", 50, 90)), length_ms=100))
    by_name = {row.service: row for row in found.services}
    for name, adds in (("front", 30.0), ("cart", 30.0), ("pay", 40.0)):
        gain = by_name[name].gain
        assert gain.if_10_percent_faster is not None
        assert gain.if_50_percent_faster is not None
        assert gain.if_removed is not None
        assert gain.if_10_percent_faster.mean_ms == pytest.approx(adds / 10)
        assert gain.if_50_percent_faster.p95_ms == pytest.approx(adds / 2)
        assert gain.if_removed.p99_ms == pytest.approx(adds)
        assert by_name[name].gain_hidden_by is None


def test_what_takes_over_is_named() -> None:
    # front |----------------------| 100 ms
    #  pay      |--------------| 60
    #  cart     |-----------|    50: hides what pay would bring
    found = report_on(shop(40, (Call("pay", 10, 70), Call("cart", 10, 60)), length_ms=100))
    pay = next(row for row in found.services if row.service == "pay")
    assert pay.contribution.mean_ms == 60
    assert pay.gain.if_removed is not None
    assert pay.gain.if_removed.mean_ms == 10
    assert pay.gain_hidden_by is not None
    assert pay.gain_hidden_by.service == "cart"
    assert pay.gain_hidden_by.share == 1


def test_ranking_by_gain_puts_what_comes_back_first() -> None:
    calls = (Call("pay", 10, 70), Call("cart", 10, 68))
    spans = shop(40, calls, length_ms=110)  # front: 50 of its own, which nothing hides
    by_contribution, by_gain = report_on(spans), report_on(spans, ranked_by="gain")
    assert [row.service for row in by_contribution.services] == ["pay", "front", "cart"]
    assert [row.service for row in by_gain.services] == ["front", "pay", "cart"]
    assert [row.rank for row in by_gain.services] == [1, 2, 3]
    assert (by_contribution.ranked_by, by_gain.ranked_by) == ("contribution", "gain")
    endpoint = by_gain.endpoints[0]
    assert endpoint.services[0].service == "front"
    assert endpoint.slowest_part is not None
    assert endpoint.slowest_part.service == "pay"  # that is a matter of time, not of gain


def test_an_endpoint_gains_on_its_own_requests_alone() -> None:
    spans = Spans.concat(
        [
            shop(30, (Call("pay", 10, 70),), length_ms=100, endpoint="GET /pay"),
            shop(90, (Call("cart", 10, 30),), length_ms=50, endpoint="GET /cart"),
        ]
    )
    found = report_on(spans)
    rows = {e.endpoint: {s.service: s for s in e.services} for e in found.endpoints}
    assert "pay" not in rows["GET /cart"]
    removed = rows["GET /pay"]["pay"].gain.if_removed
    assert removed is not None
    assert (removed.mean_ms, removed.p95_ms) == (60, 60)
    over_all = next(row for row in found.services if row.service == "pay").gain.if_removed
    assert over_all is not None
    assert over_all.mean_ms == 15


def test_gains_do_not_depend_on_the_order_of_arrival() -> None:
    spans = microservice_spans(1_500)  # more than one batch
    shuffled = spans.take(np.random.default_rng(1).permutation(len(spans)))
    first, second = report_on(spans), report_on(shuffled)
    assert first.to_json() == second.to_json()
    assert all(row.gain.if_removed is not None for row in (*first.services, *first.hops))
