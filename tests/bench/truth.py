"""How right predicted gains are, against programs run again with the change and the same draws."""

from tests.simulator.baselines import predict_by_path_share, predict_by_self_time
from tests.simulator.conditions import CONDITIONS, RUN_CONDITIONS, Condition
from tests.simulator.learned_order import predict_by_learned_replay
from tests.simulator.odd_orders import ODD_CODES
from tests.simulator.plain_replay import predict_by_replay
from tests.simulator.slowhop_replay import predict_by_slowhop, predict_by_slowhop_without_order
from tests.simulator.test_slowhop import error
from tests.simulator.truth import CUTS, Predictor, weighted_errors

PREDICTORS: dict[str, Predictor] = {
    "slowhop": predict_by_slowhop,
    "replay in plain Python": predict_by_replay,
    "critical-path share": predict_by_path_share,
    "self time": predict_by_self_time,
}

WITH_AND_WITHOUT: dict[str, Predictor] = {
    "slowhop, no order": predict_by_slowhop_without_order,
    "slowhop": predict_by_slowhop,
    "order without caution": predict_by_learned_replay,
}


def run() -> list[str]:
    """Tables of the weighted error of the predicted drop, by condition, predictor and cut."""
    return [
        *_table("each trace for itself", CONDITIONS, PREDICTORS, budget_of="slowhop"),
        *_table(
            "many requests of each program, order learned from the whole run",
            RUN_CONDITIONS,
            WITH_AND_WITHOUT,
            budget_of="order without caution",
        ),
        *_odd_orders(),
    ]


def _odd_orders() -> list[str]:
    """Where order differs from request to request, what is learned must do no harm."""
    lines = [
        "truth: error of the predicted drop where order differs from request to request",
        f"{'':<38}{'no order':>12}{'slowhop':>12}",
    ]
    for name, code in ODD_CODES.items():
        errors = (
            error(code, predict)
            for predict in (predict_by_slowhop_without_order, predict_by_slowhop)
        )
        lines.append(f"  {name:<36}" + "".join(f"{100 * each:>10.2f} %" for each in errors))
    return lines


def _table(
    title: str,
    conditions: tuple[Condition, ...],
    predictors: dict[str, Predictor],
    *,
    budget_of: str,
) -> list[str]:
    lines = [
        f"truth: error of the predicted drop, weighted by the true drop; {title}",
        " " * 52 + "".join(f"{cut:>10.0%}" for cut in CUTS) + "  cut",
    ]
    for condition in conditions:
        cases = condition.cases()
        traces = sum(case.drop_ns.shape[2] for case in cases)
        for name, predict in predictors.items():
            errors = weighted_errors(cases, predict, condition.clocks)
            figures = "".join(f"{100 * error:>8.2f} %" for error in errors)
            budget = f"  (budget: {100 * condition.budget:g} %)" if name == budget_of else ""
            lines.append(f"  {condition.name:<24}{traces:>5,} {name:<23}{figures}{budget}")
    return lines
