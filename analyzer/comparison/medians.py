"""Medians per call of many groups of calls, once for each resampling of the requests."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analyzer.model.spans import Float64Array, Int32Array, Int64Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """Values of g groups in one run, ascending within a group.

    Attributes:
        offset: int64[g + 1], where each group's values begin.
        value: int64[q].
        block: int32[q], the block of requests that each value comes from.
        times: int64[q], how often each value counts, at least once.
    """

    offset: Int64Array
    value: Int64Array
    block: Int32Array
    times: Int64Array

    @classmethod
    def of(
        cls,
        group: Int64Array,
        value: Int64Array,
        block: Int32Array,
        groups: int,
        times: Int64Array | None = None,
    ) -> "Groups":
        """Sort values by group and size; equal ones by block, so that no other order matters."""
        order = np.lexsort((block, value, group))
        bounds = np.searchsorted(group[order], np.arange(groups + 1))
        return cls(
            offset=bounds.astype(np.int64),
            value=value[order],
            block=block[order],
            times=np.ones(order.size, np.int64) if times is None else times[order],
        )

    @property
    def recorded(self) -> Int64Array:
        """int64[g], how many values each group has, each counted once."""
        return np.diff(self.offset)


@dataclass(frozen=True, slots=True, kw_only=True)
class Medians:
    """Medians of groups, one row for each resampling.

    Attributes:
        median: float64[b, g], 0 where there is no value.
        values: int64[b, g], of how many values, each as often as it counts.
    """

    median: Float64Array
    values: Int64Array


def medians(groups: Groups, weight: Int32Array) -> Medians:
    """The medians of all groups if each block counts `weight[., block]` times.

    Args:
        groups: the values.
        weight: int32[b, blocks].
    """
    from analyzer.comparison.medians_kernel import weighted_medians

    shape = (weight.shape[0], groups.offset.size - 1)
    median, values = np.zeros(shape), np.zeros(shape, np.int64)
    weighted_medians(
        groups.offset, groups.value, groups.block, groups.times, weight, median, values
    )
    return Medians(median=median, values=values)


def median_of(values: Sequence[int], weights: Sequence[int]) -> float:
    """What the kernel computes, in plain Python: each value counted as often as its weight says.

    The middle one, or half way between the two in the middle.
    """
    repeated = sorted(
        value for value, times in zip(values, weights, strict=True) for _ in range(times)
    )
    if not repeated:
        return 0.0
    return (repeated[(len(repeated) - 1) // 2] + repeated[len(repeated) // 2]) / 2
