"""What locust's own processes use of the machine that they make load on."""

import time

import psutil
from locust.runners import MasterRunner, Runner  # noqa: TID253  imported inside locust only

LEAST_CPU_S = 0.5
"""The system counts processor time in hundredths of a second: of less time they say too little."""


class BusiestProcess:
    """What the busiest of locust's processes uses of one core: it can use no more than one.

    Of this process since it was asked last; of workers as they tell it every five seconds.
    """

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._process = psutil.Process()
        self._process.cpu_percent()  # the first answer is about no time at all
        self._asked = time.monotonic()
        self._own: float | None = None

    def __call__(self) -> float | None:
        """Percent of one core; None at first."""
        now = time.monotonic()
        if now - self._asked >= LEAST_CPU_S:
            self._own, self._asked = self._process.cpu_percent(), now
        if self._own is None:
            return None
        workers: list[float] = []
        if isinstance(self._runner, MasterRunner):
            workers = [float(worker.cpu_usage) for worker in self._runner.clients.values()]
        return round(max([self._own, *workers]), 1)
