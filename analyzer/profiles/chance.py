"""Whether a share is further from the planned one than chance explains."""

import math

EXACT_BELOW_VARIANCE = 400.0
"""From here on the binomial is so close to normal that only chances far below any limit differ."""

SIGNIFICANT = 0.05
"""Chance may be mistaken for a difference in one of twenty profiles that are as planned."""

_Z95 = 1.959964


def binomial_p(successes: int, trials: int, share: float) -> float:
    """The chance to be at least so far from the planned share, on either side.

    The exact test: the sum over all outcomes that are no more likely than the one that was seen.
    """
    if share > 0.5:
        return binomial_p(trials - successes, trials, 1 - share)
    if share <= 0 or trials == 0:
        return 1.0 if successes == 0 or trials == 0 else 0.0
    mean, variance = trials * share, trials * share * (1 - share)
    if variance > EXACT_BELOW_VARIANCE:
        apart = max(0.0, abs(successes - mean) - 0.5) / math.sqrt(variance)
        return math.erfc(apart / math.sqrt(2))
    # beyond this nothing adds up to a chance that a float can tell from none
    last = min(trials, math.ceil(mean + 40 * math.sqrt(variance) + 40))
    if successes > last:
        return 0.0
    logs = [_log_chance(k, trials, share) for k in range(last + 1)]
    limit = logs[successes] + 1e-9  # outcomes that are equally likely differ by rounding
    return min(1.0, math.fsum(math.exp(log) for log in logs if log <= limit))


def _log_chance(successes: int, trials: int, share: float) -> float:
    failures = trials - successes
    ways = math.lgamma(trials + 1) - math.lgamma(successes + 1) - math.lgamma(failures + 1)
    return ways + successes * math.log(share) + failures * math.log1p(-share)


def interval(successes: int, trials: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson, 1927): holds for small numbers and near 0 and 1."""
    if not trials:
        return 0.0, 1.0
    share, z2 = successes / trials, _Z95**2 / trials
    middle = (share + z2 / 2) / (1 + z2)
    half = math.sqrt(share * (1 - share) * z2 + z2 * z2 / 4) / (1 + z2)
    return max(0.0, middle - half), min(1.0, middle + half)
