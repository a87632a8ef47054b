"""Compiled: the hash that other kernels tell things apart by."""

import numpy as np

from analyzer.compiled import compiled_borrowing
from analyzer.repair.grouping_kernel import GOLDEN

MIX = np.uint64(0xBF58476D1CE4E5B9)
SPREAD = np.uint64(0x94D049BB133111EB)


@compiled_borrowing
def mix(value: np.uint64, more: np.uint64) -> np.uint64:
    """A 64-bit hash of both; the order matters. The constants are splitmix64's."""
    h = (value ^ (more + GOLDEN + (value << np.uint64(6)))) * MIX
    h = (h ^ (h >> np.uint64(29))) * SPREAD
    return np.uint64(h ^ (h >> np.uint64(32)))
