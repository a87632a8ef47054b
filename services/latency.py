"""Time that simulated work takes, the same for the same seed."""

import random
import threading
import time


class Latencies:
    """Draws how long each kind of work takes and waits that long.

    Every operation has its own sequence of draws, so that the n-th call of an operation takes the
    same time in every run with the same seed, whatever happens beside it.

    Args:
        seed: chooses the sequences.
        service: whose work it is; two services draw different sequences.
    """

    def __init__(self, *, seed: int, service: str) -> None:
        self._seed = seed
        self._service = service
        self._sequences: dict[str, random.Random] = {}
        self._lock = threading.Lock()

    def between(self, operation: str, low: float, high: float) -> float:
        """The next draw of an operation, uniform between two values."""
        return low + (high - low) * self._draw(operation)

    def around(self, operation: str, mean: float) -> float:
        """The next draw of an operation, at most a quarter away from its mean."""
        return self.between(operation, 0.75 * mean, 1.25 * mean)

    def happens(self, operation: str, *, rate: float) -> bool:
        """Whether something that happens at a rate from 0 to 1 happens this time."""
        return self._draw(operation) < rate

    def work(self, operation: str, mean_ms: float) -> None:
        """Wait as the operation's work would; sleeping leaves the CPU to the other services."""
        if mean_ms > 0:
            time.sleep(self.around(operation, mean_ms) / 1000)

    def _draw(self, operation: str) -> float:
        with self._lock:
            sequence = self._sequences.get(operation)
            if sequence is None:
                sequence = random.Random(f"{self._seed}/{self._service}/{operation}")
                self._sequences[operation] = sequence
            return sequence.random()
