"""The search for the capacity: on a queue whose answer is known, and as a state machine."""

import heapq
import math
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadgen.capacity_run import CapacityRun, Judged, Totals
from loadgen.capacity_search import MOST_LEVELS, Bounds, Search, Stage
from loadgen.requirements import Outcome, Requirement, judge

FAILED = Outcome(held=False)
HELD = Outcome(held=True)
NEARLY = Outcome(held=False, nearly=True)


def run(search: Search, outcome: Callable[[float], Outcome]) -> tuple[Search, list[float]]:
    levels = []
    while search.stage is not Stage.DONE:
        levels.append(search.level)
        search = search.after(outcome(search.level))
    return search, levels


@given(st.integers(1, 2000), st.integers(1, 200), st.integers(1, 3000))
def test_the_highest_level_that_holds_is_found(limit: int, start: int, most: int) -> None:
    bounds = Bounds(start=start, most=max(start, most), within=0.05)
    found, levels = run(Search.begin(bounds), lambda level: HELD if level <= limit else FAILED)
    assert found.result is not None
    assert found.result <= limit
    best = min(limit, bounds.most)
    assert best - found.result <= max(1, 0.05 * found.result)
    assert levels[-1] == found.result  # confirmed at the end
    assert max(levels) <= bounds.most
    assert len(levels) <= MOST_LEVELS


@given(st.floats(0.2, 300), st.floats(0.5, 100))
def test_rates_are_found_as_near_as_asked_for(limit: float, start: float) -> None:
    bounds = Bounds(start=start, most=1000, within=0.05, whole=False)
    found, _ = run(Search.begin(bounds), lambda level: HELD if level <= limit else FAILED)
    assert found.result is not None
    assert found.result <= limit <= found.result * 1.05 + 1e-9


def test_nothing_holds_where_one_user_is_too_much() -> None:
    found, levels = run(Search.begin(Bounds(start=8, most=100)), lambda _: FAILED)
    assert found.result is None
    assert levels == [8, 4, 2, 1]


def test_a_level_that_fails_by_little_is_tried_again() -> None:
    search = Search.begin(Bounds(start=10, most=100))
    again = search.after(NEARLY)
    assert (again.level, again.again) == (10, True)
    assert again.after(HELD).held == (10,)
    assert again.after(NEARLY).failed == 10


def test_a_level_that_does_not_hold_again_is_not_the_result() -> None:
    outcomes = {level: [FAILED] for level in (40, 28, 24, 22, 21, 17, 16)}
    outcomes |= {10: [HELD], 20: [HELD, FAILED], 14: [HELD], 15: [HELD, HELD]}
    found, levels = run(
        Search.begin(Bounds(start=10, most=100, within=0.01)),
        lambda level: outcomes[int(level)].pop(0),
    )
    assert found.result == 15
    assert levels.count(20) == 2


@given(st.integers(0, 2**32))
def test_it_ends_whatever_happens(seed: int) -> None:
    chance = random.Random(seed)
    outcomes = (HELD, FAILED, NEARLY)
    _, levels = run(Search.begin(Bounds(start=50, most=10_000)), lambda _: chance.choice(outcomes))
    assert len(levels) <= MOST_LEVELS


class Queue:
    """M/M/c: arrivals at random, exponential service, first come first served."""

    def __init__(self, *, workers: int, service_ms: float, seed: int) -> None:
        self.chance = random.Random(seed)
        self.service_s = service_ms / 1000
        self.free = [0.0] * workers
        self.now = 0.0
        self.requests = 0
        self.times: dict[float, int] = {}

    def until(self, t_s: float, rate: float) -> Totals:
        """Let arrivals come at a rate until a moment; response times by when they arrived."""
        while (at := self.now + self.chance.expovariate(rate)) < t_s:
            self.now = at
            begun = max(at, heapq.heappop(self.free))
            end = begun + self.chance.expovariate(1 / self.service_s)
            heapq.heappush(self.free, end)
            ms = float(round((end - at) * 1000))
            self.times[ms] = self.times.get(ms, 0) + 1
            self.requests += 1
        self.now = t_s
        return Totals(requests=self.requests, times_ms=dict(self.times))


def tail_ms(rate: float, workers: int, service_ms: float, part: float) -> float:
    """A percentile of the time in an M/M/c queue, by bisection of its exact distribution.

    L. Kleinrock, Queueing Systems I (1975): P(wait > 0) is Erlang's C; waiting is exponential.
    """
    mu, load = 1000 / service_ms, rate * service_ms / 1000
    terms = [load**k / math.factorial(k) for k in range(workers)]
    full = load**workers / math.factorial(workers) * workers / (workers - load)
    waits = full / (sum(terms) + full)
    theta = workers * mu - rate

    def longer(t: float) -> float:
        mixed = (
            waits * theta / (theta - mu) * (math.exp(-mu * t) - math.exp(-theta * t))
            if abs(theta - mu) > 1e-9
            else waits * theta * t * math.exp(-mu * t)
        )
        return (1 - waits) * math.exp(-mu * t) + waits * math.exp(-theta * t) + mixed

    low, high = 0.0, 1000.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if longer(middle) > 1 - part else (low, middle)
    return low * 1000


def truth(workers: int, service_ms: float, below_ms: float) -> float:
    low, high = 0.01, workers * 1000 / service_ms - 1e-6
    for _ in range(60):
        middle = (low + high) / 2
        held = tail_ms(middle, workers, service_ms, 0.95) < below_ms
        low, high = (middle, high) if held else (low, middle)
    return low


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("workers", [1, 4, 16])
def test_capacity_of_a_queue_is_the_one_the_formula_says(workers: int, seed: int) -> None:
    service_ms, below_ms = 20.0, 150.0
    queue = Queue(workers=workers, service_ms=service_ms, seed=seed)
    search = CapacityRun(
        search=Search.begin(Bounds(start=5, most=5000, within=0.05, whole=False)),
        requirements=(Requirement.from_text(f"p95 < {below_ms}ms"),),
        level_s=60,
    )
    t_s, rate = 0.0, 5.0
    judged: list[Judged] = []
    while True:
        level = search.tick(t_s, queue.until(t_s, rate))
        judged += [search.judged] if search.judged is not None else []
        if level is None:
            break
        t_s, rate = t_s + 1, level
    assert search.search.result == pytest.approx(truth(workers, service_ms, below_ms), rel=0.15)
    assert judged[-1].stage is Stage.CONFIRM
    assert judged[-1].outcome.held
    assert any(not j.outcome.held for j in judged)


def test_only_the_steady_part_of_a_level_is_judged() -> None:
    search = CapacityRun(
        search=Search.begin(Bounds(start=1, most=1)),
        requirements=(Requirement.from_text("p95 < 100ms"),),
        level_s=9,
    )
    slow = Totals(requests=10, times_ms={5000.0: 10})
    for t_s in range(4):
        assert search.tick(t_s, slow) == 1
    after = Totals(requests=110, times_ms={5000.0: 10, 50.0: 100})
    for t_s in range(4, 10):
        search.tick(t_s, after)
    assert search.judged is not None
    assert search.judged.outcome.held
    assert search.judged.figures["p95"] == 50


def test_a_level_at_which_nothing_is_answered_has_failed() -> None:
    found = judge((Requirement.from_text("errors < 1%"),), Totals().since(Totals()))
    assert not found.held
    assert not found.nearly
    assert "no request was answered" in found.why[0]
