"""How right predicted gains are, against programs run again with the change and the same draws."""

from tests.simulator.baselines import predict_by_path_share, predict_by_self_time
from tests.simulator.conditions import CONDITIONS
from tests.simulator.plain_replay import predict_by_replay
from tests.simulator.truth import CUTS, Predictor, weighted_errors

PREDICTORS: dict[str, Predictor] = {
    "replay": predict_by_replay,
    "critical-path share": predict_by_path_share,
    "self time": predict_by_self_time,
}


def run() -> list[str]:
    """A table: the weighted error of the predicted drop, by conditions, predictor and cut."""
    traces = sum(case.drop_ns.shape[2] for case in CONDITIONS[0].cases())
    cuts = "".join(f"{cut:>10.0%}" for cut in CUTS)
    lines = [
        f"truth: error of the predicted drop, weighted by the true drop, over {traces} traces",
        f"  of random programs; every service, hop and dependency cut by {cuts}",
    ]
    for condition in CONDITIONS:
        cases = condition.cases()
        for name, predict in PREDICTORS.items():
            errors = weighted_errors(cases, predict, condition.clocks)
            budget = f"  (budget: {condition.budget:.0%})" if name == "replay" else ""
            figures = "".join(f"{100 * error:>8.2f} %" for error in errors)
            lines.append(f"  {condition.name:<24} {name:<20}{figures}{budget}")
    return lines
