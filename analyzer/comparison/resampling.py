"""What the figures would have been with other requests: the bootstrap.

Requests that run at the same time share what happens to the machine, so they are not taken one by
one but in blocks of neighbours in time: else intervals come out too short.
"""

from dataclasses import dataclass

import numpy as np

from analyzer.attribution.contributions import Requests
from analyzer.model.spans import Int32Array, Int64Array

BLOCKS = 40
"""Blocks of a run: enough for a spread, and at one second or more each in most runs long enough to
hold a hiccup of the machine."""

RESAMPLINGS = 400
"""Resamplings: the ends of a 95 % interval are then the tenth of them from either side."""

SEED = 20_231_123
"""The same run gives the same resamplings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resampling:
    """How often each resampling takes each block of one run's requests.

    Attributes:
        block: int32[n], the block of each request.
        weight: int32[1 + b, blocks]; the first row takes each block once: the run as it was.
    """

    block: Int32Array
    weight: Int32Array


def resample(requests: Requests, rows: Int64Array) -> Resampling:
    """Cut requests into blocks of neighbours in time and draw blocks with replacement.

    Args:
        requests: all requests.
        rows: int64[n], which of them to resample.
    """
    n = int(rows.size)
    order = np.lexsort(
        (
            requests.span_id[rows],
            requests.trace_lo[rows],
            requests.trace_hi[rows],
            requests.start_ns[rows],
        )
    )
    blocks = max(min(BLOCKS, n), 1)
    block = np.empty(n, np.int32)
    block[order] = np.arange(n) * blocks // max(n, 1)
    first = rows[order[:1]]
    # each run has draws of its own, whichever of the two it is
    seed = [SEED, *requests.trace_hi[first].tolist(), *requests.trace_lo[first].tolist()]
    draws = np.random.default_rng(seed).multinomial(
        blocks, np.full(blocks, 1 / blocks), size=RESAMPLINGS
    )
    as_it_was = np.ones((1, blocks), np.int64)
    return Resampling(block=block, weight=np.concatenate([as_it_was, draws]).astype(np.int32))
