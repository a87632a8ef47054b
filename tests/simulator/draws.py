"""Random numbers that stay the same when a program is run again with a change."""

from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np

from analyzer.model.spans import Float64Array, Int64Array
from tests.simulator.program import Duration


@dataclass(frozen=True, slots=True)
class Draws:
    """One stream for each (seed, step), in it one number for each request; drawn once, then kept.

    A step is named by the calls that lead to it, so that no step takes a number of another one,
    whatever is changed between two runs.
    """

    seed: int
    _durations: dict[tuple[str, int], Int64Array] = field(default_factory=dict)
    _uniform: dict[tuple[str, int], Float64Array] = field(default_factory=dict)

    def durations(self, step: str, duration: Duration, requests: int) -> Int64Array:
        """How long the step takes, in ns: int64[requests]."""
        kept = self._durations.get((step, requests))
        if kept is None:
            deviation = self._stream(step).standard_normal(requests)
            drawn = 1e6 * duration.median_ms * np.exp(duration.sigma * deviation)
            kept = np.rint(drawn).astype(np.int64)
            self._durations[step, requests] = kept
        return kept

    def uniform(self, step: str, requests: int) -> Float64Array:
        """Numbers in [0, 1): float64[requests]."""
        kept = self._uniform.get((step, requests))
        if kept is None:
            kept = self._uniform[step, requests] = self._stream(step).random(requests)
        return kept

    def _stream(self, step: str) -> np.random.Generator:
        digest = blake2b(f"{self.seed}|{step}".encode(), digest_size=8).digest()
        return np.random.default_rng(int.from_bytes(digest, "little"))
