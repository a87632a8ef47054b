"""Listeners of locust's events, and what is done once when it quits."""

import threading
from collections.abc import Callable
from typing import Any

from locust.env import Environment  # noqa: TID253  this module is imported inside locust only


def at_quit(environment: Environment, finish: Callable[[], object]) -> None:
    """Run `finish` once, when all users have stopped; whoever comes meanwhile waits for its end.

    After SIGTERM locust shuts down in two greenlets at a time, and the first to end exits.
    """
    lock = threading.Lock()
    finished = threading.Event()

    def on_quit(**_other: object) -> None:
        with lock:
            if not finished.is_set():
                finish()
                finished.set()

    listen(environment.events.quit, on_quit)


def listen(hook: Any, listener: Callable[..., object]) -> None:  # noqa: ANN401  locust's hooks have no types
    """Call the listener whenever the event happens."""
    hook.add_listener(listener)
