"""The simulator's own laws, and durations that add up by hand."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.attribution.contributions import EntityKind
from analyzer.model.spans import Kind, Spans
from tests.simulator import change
from tests.simulator.change import Change
from tests.simulator.draws import Draws
from tests.simulator.execution import LOAD_GENERATOR, durations, run
from tests.simulator.hidden_chains import get1_sleep_get3_beside_get2
from tests.simulator.program import (
    Background,
    Body,
    Call,
    Duration,
    Local,
    Maybe,
    Operation,
    Parallel,
    Program,
    Publish,
    Query,
    Repeat,
    Work,
)
from tests.simulator.random_programs import FEWEST_SPANS, MOST_SPANS, Mix, random_programs
from tests.simulator.recording import CLEAN, COARSE, SKEWED, record
from tests.simulator.truth import recorded_durations

seeds = st.integers(0, 10_000)


def ms(duration_ms: float) -> Duration:
    return Duration(median_ms=duration_ms)


def work(duration_ms: float) -> Work:
    return Work(ms(duration_ms))


def call(service: str, *body: Work | Query, hop_ms: float = 1) -> Call:
    return Call(Operation(service, f"{service} op", tuple(body)), ms(hop_ms))


def took_ms(body: Body, changed: Change | None = None, hop: Duration | None = None) -> float:
    program = Program(endpoints=(Operation("front", "GET /", body),), hop=hop)
    taken = durations(program, Draws(1), 2, changed)
    assert taken[0] == taken[1]
    return float(taken[0] / 1e6)


def a_program(seed: int, mix: Mix = Mix()) -> Program:
    return random_programs(1, seed, mix)[0]


def recorded(program: Program, seed: int, requests: int = 10) -> Spans:
    draws = Draws(seed)
    return record(run(program, draws, requests), draws)


CALL_THEN_WORK = (work(2), call("back", work(5), Query("redis", ms(3))), work(4))


@pytest.mark.parametrize(
    ("changed", "expected_ms"),
    [
        (None, 2 + (1 + 5 + 3 + 1) + 4),
        (change.service("front", 0.5), 1 + 10 + 2),
        (change.service("back", 0), 2 + (1 + 3 + 1) + 4),
        (change.operation("back", "back op", 0.2), 2 + (1 + 1 + 3 + 1) + 4),
        (change.hop("front", "back", 0.5), 2 + (0.5 + 8 + 0.5) + 4),
        (change.hop("front", "back", 3), 2 + (3 + 8 + 3) + 4),
        (change.dependency("back", "redis", 0), 2 + (1 + 5 + 1) + 4),
        (change.service("nobody", 0), 16),
    ],
)
def test_serial_durations_add_up(changed: Change | None, expected_ms: float) -> None:
    assert took_ms(CALL_THEN_WORK, changed) == expected_ms


def test_load_generator_waits_for_the_hop_too() -> None:
    hop_removed = change.hop(LOAD_GENERATOR, "front", 0)
    assert took_ms((work(3),), hop=ms(2)) == 2 + 3 + 2
    assert took_ms((work(3),), hop_removed, hop=ms(2)) == 3


def test_parallel_block_ends_with_its_latest_branch() -> None:
    block = Parallel(((call("a", work(5)),), (call("b", work(9)),)), ms(0.5))
    assert took_ms((block,)) == 0.5 + 0.5 + 1 + 9 + 1
    assert took_ms((block,), change.service("b", 0)) == 0.5 + 1 + 5 + 1, "a takes over"
    assert took_ms((block,), change.service("a", 0)) == took_ms((block,)), "a is hidden"


def test_loop_takes_its_turns_one_after_the_other() -> None:
    assert took_ms((Repeat(3, (call("a", work(2)),)),)) == 3 * 4


def test_nobody_waits_for_the_background() -> None:
    later = Background(Local("task", (work(50),)))
    assert took_ms((work(1), later, work(2))) == 3
    message = Publish(Operation("mailer", "send", (work(50),)), ms(0.5), ms(20))
    assert took_ms((work(1), message, work(2))) == 3.5


def test_steps_are_skipped_by_the_requests_that_do_not_take_them() -> None:
    body = (work(1), Maybe(0.5, (Query("redis", ms(4)),)))
    program = Program(endpoints=(Operation("front", "GET /", body),))
    assert set(durations(program, Draws(1), 50) / 1e6) == {1, 5}
    spans = recorded(program, 1, requests=50)
    slow = recorded_durations(spans) > 2e6
    assert np.count_nonzero(spans.kind == Kind.CLIENT) == np.count_nonzero(slow)


@given(seeds)
@settings(max_examples=10, deadline=None)
def test_same_seed_gives_same_spans(seed: int) -> None:
    one, same = recorded(a_program(seed), seed), recorded(a_program(seed), seed)
    other = recorded(a_program(seed), seed + 1)
    assert one.names == same.names
    for column in ("span_id", "start_ns", "end_ns", "operation"):
        assert (getattr(one, column) == getattr(same, column)).all()
    assert sorted(one.start_ns) != sorted(other.start_ns)


@given(seeds, st.sampled_from([0.0, 0.3]), st.floats(0, 1))
@settings(max_examples=15, deadline=None)
def test_shrinking_never_lengthens(seed: int, asynchronous: float, factor: float) -> None:
    program = a_program(seed, Mix(asynchronous=asynchronous, chains=0.2))
    draws = Draws(seed)
    before = durations(program, draws, 5)
    for entity in {span.entity for each in run(program, draws, 5) for span in each.spans}:
        shrunk = {
            EntityKind.SELF: change.service(entity.service, factor),
            EntityKind.HOP: change.hop(entity.service, entity.callee, factor),
            EntityKind.INFERRED: change.dependency(entity.service, entity.peer, factor),
        }[entity.kind]
        same = durations(program, draws, 5, replace(shrunk, factor=1.0))
        after = durations(program, draws, 5, shrunk)
        assert (same == before).all()
        assert (after <= before).all()


@given(seeds)
@settings(max_examples=15, deadline=None)
def test_a_change_leaves_the_draws_of_all_else_alone(seed: int) -> None:
    program, draws = a_program(seed), Draws(seed)
    before = run(program, draws, 5)
    first = program.endpoints[0].service
    after = run(program, draws, 5, change.service(first, 0.1))
    for one, other in zip(before, after, strict=True):
        for span, again in zip(one.spans, other.spans, strict=True):
            if span.kind is Kind.CLIENT and not span.entity.callee:
                assert (span.end_ns - span.start_ns == again.end_ns - again.start_ns).all()


@given(seeds)
@settings(max_examples=15, deadline=None)
def test_spans_of_fork_join_programs_nest_and_have_their_size(seed: int) -> None:
    program = a_program(seed)
    for each in run(program, Draws(seed), 5):
        assert FEWEST_SPANS <= len(each.spans) <= MOST_SPANS + 1
        for span in each.spans[1:]:
            up = each.spans[span.parent]
            assert (up.start_ns <= span.start_ns).all()
            assert (span.end_ns <= up.end_ns)[span.present].all()


def test_asynchronous_programs_have_work_that_outlives_its_parent_and_work_that_does_not() -> None:
    outlives = [
        span.present & (span.end_ns > each.spans[span.parent].end_ns)
        for program in random_programs(10, 1, Mix(asynchronous=0.3))
        for each in run(program, Draws(1), 5)
        for span in each.spans[1:]
        if each.spans[span.parent].kind is not Kind.PRODUCER
    ]
    assert 0.01 < np.mean(outlives) < 0.2


def test_recorded_durations_are_those_of_the_run() -> None:
    program, draws = a_program(3), Draws(3)
    spans = record(run(program, draws, 10), draws, CLEAN)
    assert (recorded_durations(spans) == durations(program, draws, 10)).all()
    assert np.unique(spans.span_id).size == len(spans)


def test_coarse_clocks_cut_timestamps_to_whole_milliseconds() -> None:
    draws = Draws(1)
    runs = run(a_program(1), draws, 10)
    fine, coarse = record(runs, draws, CLEAN), record(runs, draws, COARSE)
    by_id, coarse_by_id = np.argsort(fine.span_id), np.argsort(coarse.span_id)
    lost = fine.start_ns[by_id] - coarse.start_ns[coarse_by_id]
    assert (coarse.end_ns % 1_000_000 == 0).all()
    assert 0 <= lost.min() < 50_000
    assert 950_000 < lost.max() < 1_000_000


def test_each_host_has_one_clock_that_is_off_by_up_to_half_a_millisecond() -> None:
    draws = Draws(1)
    runs = run(a_program(1), draws, 10)
    fine, skewed = record(runs, draws, CLEAN), record(runs, draws, SKEWED)
    by_id, skewed_by_id = np.argsort(fine.span_id), np.argsort(skewed.span_id)
    off = skewed.start_ns[skewed_by_id] - fine.start_ns[by_id]
    hosts = [np.unique(off[fine.instance[by_id] == host]) for host in np.unique(fine.instance)]
    assert {offsets.size for offsets in hosts} == {1}
    assert np.unique(np.concatenate(hosts)).size == len(hosts)
    assert 100_000 < np.abs(off).max() <= 500_000
    started = dict(zip(skewed.span_id.tolist(), skewed.start_ns.tolist(), strict=True))
    served = skewed.take(skewed.kind == Kind.SERVER)
    called = [started.get(parent, 0) for parent in served.parent_id.tolist()]
    assert (served.start_ns < called).any(), "some calls arrive before they are made"


def test_hidden_chain_misleads_in_some_traces_and_tells_in_others() -> None:
    (endpoint,) = run(get1_sleep_get3_beside_get2(), Draws(1), 300)
    at = {span.entity.callee: span for span in endpoint.spans if span.kind is Kind.CLIENT}
    assert (at["get1"].end_ns < at["get3"].start_ns).all()
    after_get1 = at["get1"].end_ns < at["get2"].end_ns
    misleads = after_get1 & (at["get2"].end_ns < at["get3"].start_ns)
    assert 0.2 < misleads.mean() < 0.5
