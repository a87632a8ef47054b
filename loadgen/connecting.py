"""What opening a connection takes: looking up the name, connecting, and agreeing on TLS.

Most requests find a connection open. For those that do not, clients' own functions that open one
are timed, each from where the one inside it ended:

```
open TLS connection   |--------------------------|
  open connection     |-------------|
    look up           |----|
steps                 |dns-|connect-|tls handshake|
```
"""

import time
from collections.abc import Callable
from functools import wraps
from ipaddress import ip_address
from threading import get_ident
from typing import Any, NamedTuple

DNS, CONNECT, TLS = "dns", "connect", "tls handshake"

MOST_STEPS = 32
"""Steps of one thread that are kept: redirects and tries of a dozen connections."""

MOST_THREADS = 10_000
"""Threads that are remembered; beyond that those whose steps nobody asked for are forgotten."""


class Step(NamedTuple):
    """A part of opening a connection. Times: ns since the epoch."""

    name: str
    start_ns: int
    end_ns: int


class Connections:
    """Notes the steps of opening connections, thread by thread (under locust: greenlets).

    Attributes:
        noted: how many steps were noted; a request in which it stays the same opened no connection.
    """

    def __init__(self, clock_ns: Callable[[], int] = time.time_ns) -> None:
        self.noted = 0
        self._clock_ns = clock_ns
        self._steps: dict[int, list[Step]] = {}

    def timed(
        self,
        name: str,
        open_: Callable[..., Any],
        host_of: Callable[[Any], object] | None = None,
    ) -> Callable[..., Any]:
        """The same function, of which each call is noted as a step, also if it fails.

        Args:
            name: the step's name.
            open_: the client's own function.
            host_of: of a lookup, the host in the function's first argument. One that is an address
                already is looked up by nobody: no step.
        """

        @wraps(open_)
        def timed(*args: Any, **options: Any) -> Any:  # noqa: ANN401  whatever the client's own takes
            if host_of is not None and args and _is_address(host_of(args[0])):
                return open_(*args, **options)
            start_ns = self._clock_ns()
            try:
                return open_(*args, **options)
            finally:
                self._note(name, start_ns, self._clock_ns())

        return timed

    def time_method(
        self,
        owner: object,
        method: str,
        name: str,
        host_of: Callable[[Any], object] | None = None,
    ) -> None:
        """Note the calls of a module's function or a class's method, if there is one."""
        if (own := vars(owner).get(method)) is not None:
            setattr(owner, method, self.timed(name, own, host_of))

    def since(self, start_ns: int) -> tuple[Step, ...]:
        """The steps of this thread that began then or later; all of them are forgotten."""
        steps = self._steps.pop(get_ident(), ())
        return tuple(step for step in steps if step.start_ns >= start_ns)

    def _note(self, name: str, start_ns: int, end_ns: int) -> None:
        if len(self._steps) >= MOST_THREADS:
            self._steps.clear()
        steps = self._steps.setdefault(get_ident(), [])
        if len(steps) >= MOST_STEPS:
            del steps[0]
        inside_ns = max((s.end_ns for s in steps if s.start_ns >= start_ns), default=start_ns)
        steps.append(Step(name, inside_ns, max(inside_ns, end_ns)))
        self.noted += 1


def _is_address(host: object) -> bool:
    text = host.decode("latin-1") if isinstance(host, bytes) else host
    try:
        ip_address(text.partition("%")[0] if isinstance(text, str) else "")
    except ValueError:
        return False
    return True
