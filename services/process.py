"""What every service process does: listen, answer, end with its launcher, flush at SIGTERM.

A process is configured by its environment, so that the launcher and a container start it alike:

    SLOWHOP_SERVICE              the service it is
    SLOWHOP_SOCKET_FD            a listening socket it inherits
    SLOWHOP_HOST, SLOWHOP_PORT   where it listens if it inherits none (127.0.0.1, 8000)
    SLOWHOP_WATCH_STDIN          1: end when standard input closes, as it does with the launcher
    SLOWHOP_URL_<SERVICE>        where to reach another service
    SLOWHOP_SEED                 chooses all random draws (1)
"""

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Never

from services.errors import ServiceError

if TYPE_CHECKING:
    from types import FrameType

    from flask import Flask

SERVICE = "SLOWHOP_SERVICE"
SOCKET_FD = "SLOWHOP_SOCKET_FD"
HOST = "SLOWHOP_HOST"
PORT = "SLOWHOP_PORT"
WATCH_STDIN = "SLOWHOP_WATCH_STDIN"
SEED = "SLOWHOP_SEED"

HEALTH_PATH = "/healthz"
"""Answers 200 once a service is ready; never traced."""

DEFAULT_PORT = 8000
BACKLOG = 128
GRACE_S = 8.0
"""How long a process whose launcher is gone may take to flush before it ends itself."""


def url_variable(service: str) -> str:
    """The environment variable that says where a service is reached."""
    return f"SLOWHOP_URL_{service.upper().replace('-', '_')}"


def required(environment: Mapping[str, str], name: str) -> str:
    """A variable without which the process makes no sense.

    Raises:
        ServiceError: it is not set.
    """
    value = environment.get(name)
    if not value:
        raise ServiceError(f"{name} is not set", hint=f"set {name} in the environment")
    return value


def seed(environment: Mapping[str, str]) -> int:
    """The seed of all draws, 1 unless set.

    Raises:
        ServiceError: it is not a whole number.
    """
    text = environment.get(SEED, "1")
    try:
        return int(text)
    except ValueError as error:
        raise ServiceError(f"{SEED} is {text!r}, not a number", hint=f"set {SEED}=1") from error


def listening_socket(environment: Mapping[str, str]) -> socket.socket:
    """The socket to accept on: the launcher's if it handed one over, else a new one.

    A socket that is handed over is bound before the process starts: no free port can be lost to
    another process, and callers' connections wait in its backlog while the process starts.
    """
    if fd := environment.get(SOCKET_FD):
        return socket.socket(fileno=int(fd))
    address = environment.get(HOST, "127.0.0.1"), int(environment.get(PORT, DEFAULT_PORT))
    return socket.create_server(address, backlog=BACKLOG)


def end_with_launcher(environment: Mapping[str, str]) -> None:
    """Make sure that this process does not outlive its launcher, however that one ends."""
    if environment.get(WATCH_STDIN) == "1":
        threading.Thread(target=_end_at_end_of_stdin, name="launcher-watch", daemon=True).start()


def _end_at_end_of_stdin() -> None:
    stdin = 0
    while os.read(stdin, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_S)
    os._exit(1)


def serve(app: "Flask", *, threads: int, on_stop: tuple[Callable[[], None], ...] = ()) -> None:
    """Answer requests until SIGTERM or SIGINT, then take the steps of `on_stop` in their order.

    Args:
        app: what answers.
        threads: how many requests are worked on at once; further ones queue.
        on_stop: what to finish before the process ends, such as spans to export.
    """
    import waitress

    listener = listening_socket(os.environ)
    server = waitress.create_server(app, sockets=[listener], threads=threads, backlog=BACKLOG)
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    server.run()  # returns when _leave raises SystemExit in it, after requests in work have ended
    server.close()
    for step in on_stop:
        step()


def _leave(signum: int, _frame: "FrameType | None") -> Never:
    # A second signal must not cut the flush short; the launcher has SIGKILL for what hangs.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(128 + signum)
