"""Each kind of test on a queue whose answer is known, and on one with nothing to find."""

import numpy as np
import pytest

from analyzer.model.load_test import (
    PlannedTest,
    Required,
    TaskRecord,
    TestRecord,
)
from analyzer.model.resources import ResourceSeries
from analyzer.verdicts.stress import ENOUGH_FOR_MEDIAN
from loadgen import shapes
from loadgen.shapes import Kind, Phase, Role, Shape
from tests.ranking.queues import EPOCH_NS
from tests.verdicts.simulated import S, Shop, as_it_went, planned, run, section, verdict

SEEDS = pytest.mark.parametrize("seed", range(2))
STEPS = shapes.stress(level=20, peak=140, steps=7, seconds=105)
SPIKE = shapes.spike(level=20, peak=130, seconds=60)
SOAK = shapes.endurance(level=40, seconds=120, approach_s=2)
HOLD = shapes.load(level=40, approach_s=5, seconds=60)

WIDE = Shop(workers=64)
"""It never fills: 64 workers at 40 ms can do 1,600 a second."""


@SEEDS
def test_stress_breaks_at_the_step_beyond_the_capacity(seed: int) -> None:
    found = verdict(STEPS, seed=seed).stress
    assert found is not None
    assert found.at_level in {100, 120}  # 4 workers at 40 ms can do 100 a second
    assert found.most_rps == pytest.approx(100, rel=0.12)
    assert found.limit is not None
    assert (found.limit.service, found.limit.workers_busy) == ("payment", 4)
    assert found.limit.grew[0].label() == "gateway → payment"


@SEEDS
def test_system_with_room_does_not_break(seed: int) -> None:
    found = verdict(STEPS, WIDE, seed=seed)
    assert found.stress is not None
    assert found.stress.at_level is None
    assert found.stress.last_level == 140
    assert found.stress.why == ()
    assert all(row.held for row in found.levels)


def test_stress_that_meets_errors_breaks_by_them() -> None:
    found = verdict(STEPS, Shop(workers=64, failing=80)).stress
    assert found is not None
    assert found.at_level == 80
    assert found.why[0].endswith("% errors")


def test_stress_breaks_where_a_requirement_does() -> None:
    found = verdict(STEPS, Shop(), Required(figure="p95", below=10.0)).stress
    assert found is not None
    assert (found.at_level, found.last_level) == (20, None)
    assert found.why[0].startswith("p95 < 10ms: ")


def test_stress_cut_off_in_its_first_step_says_so() -> None:
    sent, began = run(STEPS, Shop(), 1)
    early = sent.take(np.flatnonzero(sent.end_ns < began + 10 * S))
    found = section(early, TestRecord(planned=PlannedTest(kind="stress")), began)
    assert found.too_short is not None
    assert found.stress is None


def test_stress_whose_first_step_is_too_short_to_compare_with_says_so() -> None:
    hasty = shapes.stress(level=1, peak=4, steps=2, seconds=6)
    found = verdict(hasty, WIDE)
    assert found.levels[0].requests < ENOUGH_FOR_MEDIAN
    assert found.too_short is not None
    assert found.stress is None


@SEEDS
def test_spike_recovers_when_its_backlog_is_gone(seed: int) -> None:
    sent, began = run(SPIKE, Shop(), seed)
    found = section(sent, TestRecord(planned=planned(SPIKE)), began)
    spike = found.spike
    assert spike is not None
    # about 30 a second too many for 15 s, worked off by 80 a second
    called, served = sent.start_ns[2::4], sent.start_ns[3::4]  # one after another, as sent
    empty = served[(served - called < 1_000_000) & (called > began + 30 * S)].min()
    assert spike.recovered_after_s == pytest.approx((empty - began) / S - 30, abs=2.5)
    assert spike.peak_p95_ms > 5 * spike.usual_p95_ms
    assert spike.backlog[0].label() == "gateway → payment"
    assert spike.backlog[0].during > 50
    assert spike.limit is not None
    assert spike.limit.service == "payment"
    assert found.passed


@SEEDS
def test_spike_that_is_no_trouble_is_over_at_once(seed: int) -> None:
    spike = verdict(SPIKE, WIDE, seed=seed).spike
    assert spike is not None
    assert spike.recovered_after_s is not None
    assert spike.recovered_after_s < 3
    assert spike.limit is None or spike.limit.workers_busy is None


def test_spike_that_leaves_too_much_does_not_recover() -> None:
    found = verdict(shapes.spike(level=80, peak=160, seconds=60))
    assert found.spike is not None
    assert found.spike.recovered_after_s is None
    assert found.spike.watched_s == pytest.approx(30, abs=0.5)
    assert found.passed is False


@SEEDS
@pytest.mark.parametrize("leaking", ["payment", "gateway"])
def test_endurance_names_the_service_that_grows(leaking: str, seed: int) -> None:
    slower = {leaking: lambda n: 5.0 + 0.004 * n}
    shop = Shop(
        workers=64,
        service_ms=slower.get("payment", lambda _: 20.0),
        gateway_ms=slower.get("gateway", lambda _: 5.0),
    )
    found = verdict(SOAK, shop, seed=seed)
    assert found.endurance is not None
    assert found.endurance.leaks == (leaking,)
    assert found.passed is False
    row = next(t for t in found.endurance.trends if t.service == leaking)
    assert row.grows
    assert row.per_hour == pytest.approx(0.004 * 40 * 3600, rel=0.25)
    assert row.ci95_per_hour is not None
    assert row.ci95_per_hour[0] < row.per_hour < row.ci95_per_hour[1]


@pytest.mark.parametrize("shop", [Shop(), Shop(workers=2, service_ms=lambda _: 40.0), WIDE])
@pytest.mark.parametrize("seed", range(3))
def test_endurance_of_a_system_that_stays_as_it_is_names_nobody(shop: Shop, seed: int) -> None:
    found = verdict(SOAK, shop, seed=seed)
    assert found.endurance is not None
    assert found.endurance.leaks == ()
    assert found.passed


def memory(*, per_minute: float, seed: int) -> ResourceSeries:
    times = np.arange(0, 120, 2, dtype=np.int64)
    noise = np.random.default_rng(seed).normal(0, 2, times.size)
    return ResourceSeries(
        service="cart",
        name="memory",
        unit="MB",
        times_ns=EPOCH_NS + times * S,
        values=100 + per_minute * times / 60 + noise,
    )


@SEEDS
def test_endurance_names_the_service_whose_memory_grows(seed: int) -> None:
    found = verdict(SOAK, WIDE, resources=(memory(per_minute=20, seed=seed),)).endurance
    assert found is not None
    assert found.leaks == ("cart",)
    row = next(t for t in found.trends if t.kind == "resource")
    assert row.label() == "cart memory"
    assert row.per_hour == pytest.approx(1200, rel=0.15)


@SEEDS
def test_memory_that_only_varies_is_no_leak(seed: int) -> None:
    found = verdict(SOAK, WIDE, resources=(memory(per_minute=0, seed=seed),)).endurance
    assert found is not None
    assert found.leaks == ()


@SEEDS
def test_load_that_a_system_bears_is_fine(seed: int) -> None:
    found = verdict(HOLD, WIDE, seed=seed)
    assert found.load is not None
    assert found.load.steady
    assert found.load.errors_fine
    assert found.load.limit is None
    assert found.passed
    assert found.levels[0].throughput_rps == pytest.approx(40, rel=0.15)


@SEEDS
def test_load_beyond_the_capacity_is_not_steady(seed: int) -> None:
    found = verdict(shapes.load(level=115, approach_s=5, seconds=60), seed=seed)
    assert found.load is not None
    assert not found.load.steady
    assert found.passed is False


@SEEDS
def test_load_near_the_capacity_has_a_full_service(seed: int) -> None:
    found = verdict(shapes.load(level=96, approach_s=5, seconds=60), seed=seed)
    assert found.load is not None
    assert found.load.limit is not None
    assert found.load.limit.service == "payment"
    assert found.passed is False


def levels(*of: float) -> Shape:
    return Shape(
        kind=Kind.STRESS,
        phases=tuple(
            Phase(name=str(n), role=Role.STEP, level=level, seconds=12)
            for n, level in enumerate(of)
        ),
    )


def test_capacity_says_what_held_what_did_not_and_who_limits() -> None:
    shape = levels(40, 80, 130, 40, 95, 80)
    sent, began = run(shape, Shop(), 1)
    roles = ("climb", "climb", "climb", "rest", "bisect", "confirm")
    phases = as_it_went(shape, (True, True, False, True, False, True), roles)
    test = TestRecord(
        planned=PlannedTest(kind="capacity", unit="arrivals/s"),
        phases=phases,
        search_ended=True,
        result=80.0,
    )
    found = section(sent, test, began).capacity
    assert found is not None
    assert (found.held_level, found.failed_level, found.confirmed) == (80, 95, True)
    assert found.held_rps == pytest.approx(80, rel=0.15)
    assert found.why == ("p95 < 300ms: 900ms",)
    assert found.limit is not None
    assert found.limit.service == "payment"


def test_capacity_of_a_search_cut_short_is_the_highest_that_held_so_far() -> None:
    shape = levels(40, 80)
    sent, began = run(shape, Shop(), 1)
    phases = as_it_went(shape, (True, True), ("climb", "climb"))
    test = TestRecord(planned=PlannedTest(kind="capacity"), phases=phases)
    found = section(sent, test, began)
    assert found.capacity is not None
    assert (found.capacity.held_level, found.capacity.confirmed) == (80, False)
    assert found.passed is False


def test_smoke_passes_where_all_answers_and_is_traced() -> None:
    sent, began = run(shapes.load(level=5, approach_s=1, seconds=5), Shop(), 1)
    found = section(sent, TestRecord(planned=PlannedTest(kind="smoke")), began)
    assert found.passed
    assert found.smoke is not None
    assert [row.endpoint for row in found.smoke.endpoints] == ["POST /pay"]


def test_smoke_fails_by_an_error_a_missing_trace_or_an_idle_task() -> None:
    shape = shapes.load(level=20, approach_s=1, seconds=5)
    smoke = PlannedTest(kind="smoke")
    broken, began = run(shape, Shop(failing=1), 1)
    assert section(broken, TestRecord(planned=smoke), began).passed is False
    fine, _ = run(shape, Shop(), 1)
    untraced = fine.take(
        np.flatnonzero((fine.service == fine.service[0]) | (np.arange(len(fine)) > 40))
    )
    assert section(untraced, TestRecord(planned=smoke), began).passed is False
    idle = TestRecord(planned=smoke, tasks=(TaskRecord(name="A.b", runs=0),))
    found = section(fine, idle, began)
    assert found.passed is False
    assert found.smoke is not None
    assert found.smoke.idle_tasks == ("A.b",)
