"""What sampling in the services means for a report's figures."""

from analyzer.report.parts import LeftOut, Part


class SamplingPart(Part):
    """How many requests the traces stand for, where spans tell how they were sampled.

    `seen` requests of which `told` say for how many they stand, the most `largest_weight`; in the
    figures they count for that many, `estimated` in all, with the standard error `error` if each
    was sampled by itself. `stood_for` of those seen are left out of the figures: no service
    recorded them, and the recorded ones of their endpoint stand for them.

    `counted` is there only where `estimated` is too many to work with: so many copies of requests
    were, each for as many as it takes. Shares, means, percentiles and counts are those of all, but
    `uncounted` of those seen, which stand for fewer than a copy does, are in none of the copies:
    they are in the counts of requests and failures alone.
    """

    seen: int
    told: int
    estimated: int
    error: float = 0.0
    stood_for: int = 0
    largest_weight: float
    counted: LeftOut[int] = None
    uncounted: LeftOut[int] = None
