"""How long requests take when own times are scaled or set and serial calls run side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analyzer.model.spans import BoolArray, Float64Array, Int32Array
from analyzer.paths.timeline import Lanes, Timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaled:
    """Rows whose own time is multiplied.

    Attributes:
        rows: bool[m].
        factor: 1 leaves it as it was.
    """

    rows: BoolArray
    factor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Limited:
    """Rows of calls that take at most, or at least, so much time of their own.

    Attributes:
        rows: bool[m]; a call is a row and all of them right below it.
        time_ns: the limit.
        at_least: whether shorter calls become as long, rather than longer calls as short.
    """

    rows: BoolArray
    time_ns: int
    at_least: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SideBySide:
    """Calls that no longer wait for each other.

    Attributes:
        hosts: bool[m], rows that make them.
        calls: int32[m], to which group of such calls a row belongs, from 1; 0 for none.
        remote: bool[m], rows of another process than their parent.
    """

    hosts: BoolArray
    calls: Int32Array
    remote: BoolArray


def replay_changed(
    times: Timeline,
    scaled: Sequence[Scaled],
    limited: Sequence[Limited],
    side_by_side: SideBySide,
) -> Float64Array:
    """How long each request takes with all changes at once, in ns: float64[r].

    Factors multiply; limits come after them, in their order.
    """
    from analyzer.paths import whatif_kernel

    m = times.parent.size
    factor, extra_ns = np.ones(m), np.zeros(m)
    own_ns = np.zeros(m, np.int64)
    whatif_kernel.add_up_own_work(times, own_ns)
    for scale in scaled:
        factor[scale.rows] *= scale.factor
    for limit in limited:
        whatif_kernel.set_own_time(
            times, limit.rows, own_ns, limit.time_ns, limit.at_least, factor, extra_ns
        )
    group = np.zeros(m, np.int32)
    whatif_kernel.group_children(
        times, side_by_side.hosts, side_by_side.calls, side_by_side.remote, group
    )
    lanes = Lanes(began=np.zeros((m, 1)), lasted=np.zeros((m, 1)))
    groups = int(side_by_side.calls.max(initial=0))
    whatif_kernel.replay_changed(times, factor, extra_ns, group, groups, lanes)
    durations: Float64Array = lanes.lasted[times.order[times.offset[:-1]], 0]
    return durations
