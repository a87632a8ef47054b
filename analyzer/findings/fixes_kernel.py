"""Compiled: factors of whole subtrees."""

from analyzer.compiled import compiled
from analyzer.model.spans import Float64Array, Int32Array


@compiled
def inherit(order: Int32Array, parent: Int32Array, factor: Float64Array) -> None:
    """Multiply each row's factor, float64[m], by those of all above it; parents come first."""
    for i in order:
        if parent[i] >= 0:
            factor[i] *= factor[parent[i]]
