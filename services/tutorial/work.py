"""What the tutorial's services do: they wait, as long as real work would take."""

import time

from services.latency import Latencies

SERVICE1_MS = 8.0
SERVICE2_LOW_S, SERVICE2_HIGH_S = 0.06, 0.14
USERS_LOW_S, USERS_HIGH_S = 0.25, 0.75

USERS = ("ada", "edsger", "grace")


class Work:
    """The work of one service.

    Args:
        seed: chooses how long everything takes.
        service: whose work it is.
    """

    def __init__(self, *, seed: int, service: str) -> None:
        self._latencies = Latencies(seed=seed, service=service)

    def greet(self) -> str:
        """What service1 does itself, which is little."""
        self._latencies.work("greet", SERVICE1_MS)
        return "Hello"

    def name_someone(self) -> str:
        """What service2 does: most of the time of the pair."""
        time.sleep(self._latencies.between("name", SERVICE2_LOW_S, SERVICE2_HIGH_S))
        return "World"

    def list_users(self) -> list[str]:
        """What takes the time of `GET /users`."""
        time.sleep(self._latencies.between("users", USERS_LOW_S, USERS_HIGH_S))
        return list(USERS)
