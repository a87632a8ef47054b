"""The port at which workers that locust forks meet their master.

Locust's own default is 5557 for every run: two runs on one machine would collide, or their workers
would join the wrong master. Its workers are forked before the master listens, so that the master
cannot tell them which port it got; it is chosen here, before either begins.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

LOOPBACK = "127.0.0.1"
"""Forked workers are on the machine of their master; nobody else has to reach it."""


@contextmanager
def held_port() -> Iterator[int]:
    """A free port, given to nobody else while the block lasts, though the master may listen there.

    It is bound, but nothing listens: a socket that permits the reuse of addresses, as ZeroMQ's
    do, may then bind it too, and the system gives it to nobody who asks for any free port.
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind((LOOPBACK, 0))
        yield holder.getsockname()[1]
