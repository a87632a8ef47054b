"""How long requests take when own times are scaled (question 2: what would come back)."""

import numpy as np

from analyzer.model.spans import Float64Array
from analyzer.paths.timeline import Lanes, Timeline


def replay(times: Timeline, factor: Float64Array) -> Lanes:
    """Replay all requests; see `analyzer.paths.replay_reference` for the rule.

    Args:
        times: the requests.
        factor: float64[m, lanes], by what each span's own time is multiplied, lane by lane.
    """
    from analyzer.paths.replay_kernel import replay as kernel

    lanes = Lanes(began=np.zeros(factor.shape), lasted=np.zeros(factor.shape))
    kernel(times, factor, lanes)
    return lanes
