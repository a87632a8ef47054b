"""Whether a level of load keeps what requests have to keep."""

import math
from collections.abc import Sequence

import numpy as np

from analyzer.model.load_test import Required
from analyzer.model.spans import BoolArray, Int64Array
from analyzer.ranking.statistics import NS_PER_MS, percentile_ms

PERCENTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}


def text_of(required: Required) -> str:
    """A requirement as people write it."""
    if required.figure == "errors":
        return f"errors < {required.below * 100:g}%"
    return f"{required.figure} < {required.below:g}ms"


def broken(
    required: Sequence[Required], duration_ns: Int64Array, failed: BoolArray
) -> tuple[str, ...]:
    """The requirements that some requests do not keep, with what they come to.

    Args:
        required: what is required.
        duration_ns: int64[r], of the requests; none of them keep nothing.
        failed: bool[r].
    """
    ordered = np.sort(duration_ns)
    found = []
    for each in required:
        value = _figure(each.figure, ordered, failed)
        if not value < each.below:
            found.append(f"{text_of(each)}: {_shown(each, value)}")
    return tuple(found)


def _figure(figure: str, ordered_ns: Int64Array, failed: BoolArray) -> float:
    if not ordered_ns.size:
        return math.nan
    if figure == "errors":
        return float(failed.mean())
    if figure == "mean":
        return float(ordered_ns.mean()) / NS_PER_MS
    return percentile_ms(ordered_ns, PERCENTILES.get(figure, 0.95))


def _shown(required: Required, value: float) -> str:
    if math.isnan(value):
        return "no request was answered"
    return f"{value * 100:.3g}%" if required.figure == "errors" else f"{value:.4g}ms"
