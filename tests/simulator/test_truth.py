"""Predicted gains against what really comes back; a further predictor is a line in PREDICTORS."""

from collections.abc import Sequence

import numpy as np
import pytest

from analyzer.model.spans import Int64Array, Spans
from tests.simulator.baselines import predict_by_path_share, predict_by_self_time
from tests.simulator.change import Change, Target
from tests.simulator.conditions import CONDITIONS, RUN_CONDITIONS, Condition
from tests.simulator.hidden_chains import get1_sleep_get3_beside_get2
from tests.simulator.learned_order import predict_by_learned_replay
from tests.simulator.plain_replay import predict_by_replay
from tests.simulator.random_programs import Mix, random_programs
from tests.simulator.recording import CLEAN, COARSE, record
from tests.simulator.truth import (
    CUTS,
    RANKED,
    Predictor,
    make_cases,
    recorded_durations,
    weighted_errors,
)

PREDICTORS: dict[str, Predictor] = {
    "plain replay": predict_by_replay,
    "plain replay with learned order": predict_by_learned_replay,
}

every_predictor = pytest.mark.parametrize("predict", PREDICTORS.values(), ids=PREDICTORS)
every_condition = pytest.mark.parametrize("condition", CONDITIONS, ids=lambda c: c.name)


@every_condition
@every_predictor
def test_error_of_the_predicted_drop_stays_in_its_budget(
    predict: Predictor, condition: Condition
) -> None:
    errors = weighted_errors(condition.cases(), predict, condition.clocks)
    assert max(errors) <= condition.budget, dict(zip(CUTS, errors, strict=True))


@pytest.mark.parametrize("condition", RUN_CONDITIONS, ids=lambda c: c.name)
def test_order_learned_from_the_run_stays_in_its_budget(condition: Condition) -> None:
    learned = weighted_errors(condition.cases(), predict_by_learned_replay, condition.clocks)
    assert max(learned) <= condition.budget


@pytest.mark.parametrize(
    "condition", [c for c in RUN_CONDITIONS if c.clocks == CLEAN], ids=lambda c: c.name
)
def test_order_learned_on_clean_clocks_is_never_worse_than_none(condition: Condition) -> None:
    without = weighted_errors(condition.cases(), predict_by_replay, condition.clocks)
    learned = weighted_errors(condition.cases(), predict_by_learned_replay, condition.clocks)
    assert all(new <= old + 1e-6 for new, old in zip(learned, without, strict=True))


@pytest.mark.parametrize("seed", [1, 3])
def test_calls_too_short_for_the_clock_do_not_confuse_what_is_learned(seed: int) -> None:
    cases = make_cases(random_programs(15, seed, Mix(chains=0)), requests=20, seed=seed)
    without = weighted_errors(cases, predict_by_replay, COARSE)
    learned = weighted_errors(cases, predict_by_learned_replay, COARSE)
    assert all(new <= old + 2e-4 for new, old in zip(learned, without, strict=True))


@every_predictor
@pytest.mark.parametrize(
    "targets", [RANKED, frozenset([Target.OPERATION])], ids=["ranked", "operations"]
)
def test_replay_is_exact_where_spans_tell_all_order(
    predict: Predictor, targets: frozenset[Target]
) -> None:
    programs = random_programs(15, seed=2, mix=Mix(chains=0))
    cases = make_cases(programs, requests=5, seed=2, targets=targets)
    assert max(weighted_errors(cases, predict, CLEAN)) < 1e-4


@every_condition
@every_predictor
def test_replay_without_a_change_returns_what_was_recorded(
    predict: Predictor, condition: Condition
) -> None:
    for case in condition.cases()[:5]:
        spans = record(case.runs, case.draws, condition.clocks)
        unchanged = predict(spans, case.changes(0.0))
        assert (unchanged == recorded_durations(spans)).all()


def test_order_that_one_trace_hides_misleads_a_replay_of_single_traces() -> None:
    cases = make_cases([get1_sleep_get3_beside_get2()], requests=200, seed=1)
    assert min(weighted_errors(cases, predict_by_replay, CLEAN)) > 0.2
    assert max(weighted_errors(cases, predict_by_learned_replay, CLEAN)) < 1e-4


def test_replay_beats_shares_of_path_and_of_self_time() -> None:
    for condition in CONDITIONS:
        removed = {
            predict: weighted_errors(condition.cases()[:30], predict, condition.clocks)[-1]
            for predict in (predict_by_replay, predict_by_path_share, predict_by_self_time)
        }
        assert removed[predict_by_replay] < removed[predict_by_path_share]
        assert removed[predict_by_path_share] < removed[predict_by_self_time]


def test_who_predicts_no_change_misses_everything() -> None:
    def nothing_changes(spans: Spans, changes: Sequence[Change]) -> Int64Array:
        return np.tile(recorded_durations(spans), (len(changes), 1))

    cases = CONDITIONS[0].cases()[:3]
    assert weighted_errors(cases, nothing_changes, CLEAN) == (1.0, 1.0, 1.0)


def test_who_knows_the_truth_misses_nothing() -> None:
    case = CONDITIONS[0].cases()[0]

    def oracle(spans: Spans, changes: Sequence[Change]) -> Int64Array:
        return recorded_durations(spans) - case.drop_ns.reshape(len(changes), -1)

    assert weighted_errors([case], oracle, CLEAN) == (0.0, 0.0, 0.0)
