"""Services that run: where they are, whether they still live, and how they stop."""

import http.client
import subprocess
import time
from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from services.errors import ServiceError
from services.process import HEALTH_PATH
from services.shop.faults import Fault

STOP_TIMEOUT_S = 8.0
"""Requests in work may take 5 s and the export of the last spans 3 s; then SIGKILL."""

SHOWN_LOG_LINES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningService:
    """One service's process.

    Attributes:
        name: the service.
        url: where it answers.
        log: where its output goes.
        child: the process.
    """

    name: str
    url: str
    log: Path
    child: "subprocess.Popen[bytes]"

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.child.pid

    def is_healthy(self, *, timeout_s: float) -> bool:
        """Whether it answers a health check within the time."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=timeout_s)
        try:
            connection.request("GET", HEALTH_PATH)
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def check(self) -> None:
        """Make sure that it still runs.

        Raises:
            ServiceError: it has ended; the hint quotes the end of its log.
        """
        code = self.child.poll()
        if code is not None:
            raise ServiceError(f"{self.name} ended with {_ending(code)}", hint=self._log_end())

    def not_ready(self) -> ServiceError:
        """What to say if it did not answer in time."""
        return ServiceError(f"{self.name} did not get ready in time", hint=self._log_end())

    def _log_end(self) -> str:
        with suppress(OSError), self.log.open(encoding="utf-8", errors="replace") as log:
            if lines := deque(log, maxlen=SHOWN_LOG_LINES):
                return f"the end of {self.log}:\n{''.join(lines).rstrip()}"
        return f"its log {self.log} is empty"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningServices:
    """A system that runs until `stop`, or until the `with` block ends.

    Attributes:
        system: its name.
        entry: the service that users talk to.
        services: all its processes, by name.
        fault: what is wrong with the shop; None for the tutorial.
        variant: how it is traced.
    """

    system: str
    entry: str
    services: Mapping[str, RunningService]
    fault: Fault | None
    variant: str

    @property
    def entry_url(self) -> str:
        """Where users talk to the system."""
        return self.services[self.entry].url

    def check(self) -> None:
        """Make sure that all services still run.

        Raises:
            ServiceError: one has ended; the hint quotes the end of its log.
        """
        for service in self.services.values():
            service.check()

    def stop(self) -> None:
        """Stop all services, the entry first; whoever does not end in time is killed."""
        entry = self.services[self.entry]
        others = [service for service in self.services.values() if service is not entry]
        try:
            stop_processes((entry,))
        finally:
            stop_processes(others)

    def __enter__(self) -> Self:
        """The running system itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop it."""
        self.stop()


def stop_processes(services: Iterable[RunningService]) -> None:
    """Ask processes to end, and kill those that have not within some seconds."""
    ending = tuple(services)
    deadline = time.monotonic() + STOP_TIMEOUT_S
    try:
        for service in ending:
            service.child.terminate()
        for service in ending:
            with suppress(subprocess.TimeoutExpired):
                service.child.wait(max(0.0, deadline - time.monotonic()))
    finally:
        # Also where Ctrl-C cuts the waiting short.
        for service in ending:
            service.child.kill()
            service.child.wait()
            if service.child.stdin is not None:
                service.child.stdin.close()


def _ending(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {-code}"
