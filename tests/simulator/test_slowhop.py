"""slowhop's own prediction against the truth, with the order it learns and without."""

import numpy as np
import pytest

from analyzer.attribution.contributions import Entity, EntityKind
from tests.simulator.change import Candidate, Change, Target
from tests.simulator.conditions import CONDITIONS, RUN_CONDITIONS, Condition
from tests.simulator.hidden_chains import get1_sleep_get3_beside_get2
from tests.simulator.odd_orders import FRONT, ODD_CODES, OddCode, draws, durations, record
from tests.simulator.plain_replay import predict_by_replay
from tests.simulator.recording import CLEAN
from tests.simulator.slowhop_replay import predict_by_slowhop, predict_by_slowhop_without_order
from tests.simulator.truth import CUTS, Predictor, make_cases, recorded_durations, weighted_errors

GUARDED = 0.012
"""What is learned only from clear evidence leaves a little of what could be learned."""


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda c: c.name)
def test_error_of_the_predicted_drop_stays_in_its_budget(condition: Condition) -> None:
    errors = weighted_errors(condition.cases(), predict_by_slowhop, condition.clocks)
    assert max(errors) <= condition.budget, dict(zip(CUTS, errors, strict=True))


@pytest.mark.parametrize("condition", RUN_CONDITIONS, ids=lambda c: c.name)
def test_order_learned_from_the_run_helps_and_never_harms(condition: Condition) -> None:
    without = weighted_errors(condition.cases(), predict_by_slowhop_without_order, condition.clocks)
    learned = weighted_errors(condition.cases(), predict_by_slowhop, condition.clocks)
    assert max(learned) <= max(condition.budget, GUARDED)
    assert all(new <= old + 1e-6 for new, old in zip(learned, without, strict=True))


def test_hidden_chains_and_asynchronous_calls_are_where_it_helps_most() -> None:
    for condition in RUN_CONDITIONS:
        if condition.name not in ("hidden chains", "30 % asynchronous calls"):
            continue
        cases, clocks = condition.cases(), condition.clocks
        without = weighted_errors(cases, predict_by_slowhop_without_order, clocks)
        learned = weighted_errors(cases, predict_by_slowhop, clocks)
        assert all(new < old / 2 for new, old in zip(learned, without, strict=True))


def test_few_traces_teach_nothing() -> None:
    cases = make_cases([get1_sleep_get3_beside_get2()], requests=12, seed=1)
    without = weighted_errors(cases, predict_by_slowhop_without_order, CLEAN)
    assert weighted_errors(cases, predict_by_slowhop, CLEAN) == without
    assert min(without) > 0.1


@pytest.mark.parametrize("condition", CONDITIONS[:3], ids=lambda c: c.name)
def test_compiled_and_plain_replay_predict_the_same(condition: Condition) -> None:
    cases = condition.cases()[:20]
    plain = weighted_errors(cases, predict_by_replay, condition.clocks)
    assert weighted_errors(cases, predict_by_slowhop, condition.clocks) == pytest.approx(plain)


def error(code: OddCode, predict: Predictor, requests: int = 2_000) -> float:
    """The weighted error for removing or halving each callee."""
    drawn = draws(code, requests, seed=1)
    spans = record(code, drawn)
    before = recorded_durations(spans)
    changes, true = [], []
    for callee in code.callees:
        for factor in (0.5, 0.0):
            changes.append(_to_dependency(callee, factor))
            true.append(before - durations(code, drawn, callee, factor))
    missed = np.abs(before - predict(spans, changes) - np.array(true)).sum()
    return float(missed / np.abs(np.array(true)).sum())


def _to_dependency(callee: str, factor: float) -> Change:
    target = Candidate(target=Target.DEPENDENCY.value, service=FRONT, other=callee)
    covered = Entity(EntityKind.INFERRED, FRONT, "call", peer=callee)
    assert target.covers(covered)
    return Change(candidate=target, factor=factor)


@pytest.mark.parametrize("name", ODD_CODES)
def test_where_order_differs_from_request_to_request_nothing_gets_worse(name: str) -> None:
    without = error(ODD_CODES[name], predict_by_slowhop_without_order)
    assert error(ODD_CODES[name], predict_by_slowhop) <= without + 0.002, without
