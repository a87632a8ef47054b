"""A queue that saturates: what grows, who is full first, and where throughput ends."""

import numpy as np
import pytest

from analyzer.model.run import Capture, LoadPoint, LoadRecord
from analyzer.model.spans import Spans
from analyzer.pipeline.analyze import RunName, analyze
from analyzer.pipeline.contributions import contributions
from analyzer.ranking.owners import find_owners
from analyzer.ranking.scaling import scaling_of
from analyzer.ranking.scaling_occupancy import occupancies
from analyzer.report.model import Report, Scaling
from tests.ranking.queues import EPOCH_NS, Shop, run, spans


def report(shop: Shop, seed: int = 1, load: LoadRecord | None = None) -> Report:
    capture = Capture(spans=spans(run(shop, seed)), inputs=(), load=load)
    return analyze(capture, name=RunName(id="r", command="c"))


def scaling(shop: Shop, seed: int = 1) -> Scaling:
    found = report(shop, seed).scaling
    assert found is not None
    return found


RAMPED = Shop(users=24, ramp_s=20, seconds=25)
WIDE = Shop(users=60, ramp_s=28, seconds=30, workers=8, think_ms=200)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("shop", [RAMPED, WIDE])
def test_queue_for_a_full_service_grows_and_nothing_else(shop: Shop, seed: int) -> None:
    rows = scaling(shop, seed).rows
    assert (rows[0].caller, rows[0].callee) == ("gateway", "payment")
    assert rows[0].growth > 3
    assert [row.grows for row in rows] == [True, *[False] * (len(rows) - 1)]
    assert rows[0].growth_ci95 is not None
    low, high = rows[0].growth_ci95
    assert 1 < low < rows[0].growth < high


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("shop", [RAMPED, WIDE])
def test_full_service_is_the_first_to_saturate_with_all_its_workers(shop: Shop, seed: int) -> None:
    found = scaling(shop, seed)
    assert found.saturation is not None
    assert found.saturation.service == "payment"
    assert found.saturation.workers_busy == shop.workers
    assert found.saturation.in_flight >= shop.workers
    assert found.saturation.wait_high_ms > found.saturation.wait_low_ms


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("shop", [WIDE, Shop(users=40, ramp_s=38, seconds=40)])
def test_knee_is_at_the_capacity(shop: Shop, seed: int) -> None:
    capacity = scaling(shop, seed).capacity
    assert capacity is not None
    assert capacity.throughput_rps == pytest.approx(shop.capacity_rps, rel=0.15)
    assert capacity.first_to_saturate == "payment"


def test_users_that_reach_the_capacity_are_those_of_the_load_tool() -> None:
    points = tuple(
        LoadPoint(
            time_ns=EPOCH_NS + second * 1_000_000_000,
            users=min(second * 60 // 28, 60),
            requests=0,
            failures=0,
            throughput_rps=0.0,
        )
        for second in range(31)
    )
    found = report(WIDE, load=LoadRecord(tool="locust", points=points)).scaling
    assert found is not None
    assert found.capacity is not None
    # 8 workers at 40 ms, users who think 200 ms: 200/s need some 50 users
    assert found.capacity.at_users == pytest.approx(50, abs=10)


@pytest.mark.parametrize("seed", range(4))
def test_system_with_room_has_no_knee_and_nothing_grows(seed: int) -> None:
    found = scaling(Shop(workers=64, users=24, ramp_s=20, seconds=25), seed)
    assert found.load_varied
    assert not any(row.grows for row in found.rows)
    assert found.capacity is None
    assert found.saturation is None


@pytest.mark.parametrize("seed", range(4))
def test_steady_load_has_no_knee(seed: int) -> None:
    # throughput falls as more are in flight: with so many users, who waits does not ask
    assert scaling(Shop(ramp_s=0, seconds=15), seed).capacity is None


def test_load_that_hardly_varies_is_said_to() -> None:
    found = scaling(Shop(ramp_s=0, seconds=15, think_ms=1.0))
    assert not found.load_varied
    assert found.rows == ()
    assert found.in_flight_low is not None
    assert found.in_flight_high is not None
    assert found.in_flight_low <= found.in_flight_high < 1.5 * found.in_flight_low


def test_littles_law_holds_of_every_service() -> None:
    shop = Shop(users=10, ramp_s=0, seconds=15, workers=3)
    requests = run(shop, 5)
    rows = {row.service: row for row in report(shop, 5).services}
    inside = sum(r.paid - r.at_payment for r in requests)
    last, first = max(r.paid for r in requests), min(r.at_payment for r in requests)
    assert rows["payment"].busy_mean == pytest.approx(inside / (last - first), abs=0.002)
    assert rows["payment"].busy_max == 3


def test_spans_sent_twice_are_busy_once() -> None:
    sent = spans(run(Shop(users=8, ramp_s=5, seconds=6), 3))
    twice = Spans.concat([sent, sent.take(np.arange(len(sent) // 2))])
    name = RunName(id="r", command="c")
    one, other = (analyze(Capture(spans=s, inputs=()), name=name) for s in (sent, twice))
    assert other.completeness.duplicates == len(sent) // 2
    assert other.services == one.services
    assert other.scaling == one.scaling


def test_parts_over_time_sum_to_what_the_run_says() -> None:
    shop = Shop(users=10, ramp_s=8, seconds=10)
    found = report(shop)
    points = found.load.timeline
    parts = [p.parts for p in points if p.parts]
    assert len(parts) == len(points)
    assert all(
        [(q.kind, q.service, q.callee) for q in p]
        == [(q.kind, q.service, q.callee) for q in parts[0]]
        for p in parts
    )
    ended = np.array([p.throughput_rps for p in points])
    for place, part in enumerate(parts[0]):
        mean = np.average([p[place].mean_ms for p in parts], weights=ended)
        rows = [*found.services, *found.hops]
        told = next(
            r.contribution.mean_ms
            for r in rows
            if (getattr(r, "service", None), getattr(r, "callee", None))
            == (part.service, part.callee)
        )
        assert mean == pytest.approx(told, rel=0.1, abs=0.02)


def test_order_of_arrival_changes_nothing() -> None:
    sent = spans(run(Shop(users=8, ramp_s=5, seconds=6), 3))
    mixed = sent.take(np.random.default_rng(4).permutation(len(sent)))
    found = []
    for one in (sent, mixed):
        c = contributions(one, threads=1)
        found.append(scaling_of(c, find_owners(c.entities, c.cells), {}, occupancies(one)))
    assert found[0] is not None
    assert found[0] == found[1]


@pytest.mark.parametrize("requests", [0, 1, 50])
def test_few_requests_say_nothing(requests: int) -> None:
    sent = spans(run(Shop(), 1)[:requests])
    assert (
        analyze(Capture(spans=sent, inputs=()), name=RunName(id="r", command="c")).scaling is None
    )
