"""Servers that others wrote, as processes of a test: on free ports, until the test ends."""

import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.ports import free_ports

START_S: Final = 60.0
"""Jaeger answers after a second; a machine under load gets this long."""

STOP_S: Final = 20.0
"""A server that stops sends on what it still holds."""

POLL_S: Final = 0.02

TRIES: Final = 5
"""Another process may take a port between its choice and its use."""

PORT_TAKEN: Final = "address already in use"


class PortTakenError(Exception):
    """Somebody else listens on a port that was free a moment ago."""


@dataclass(slots=True, kw_only=True)
class Server:
    """A server that can be stopped, and started again on the same ports.

    Attributes:
        command: what starts it.
        addresses: where it listens, by the environment variable that tells it so.
        ready: what it writes to its log once it receives.
        log: where its output is appended.
        environment: what else it finds there.
    """

    command: Sequence[str | Path]
    addresses: Mapping[str, str]
    ready: str
    log: Path
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    _process: "subprocess.Popen[bytes] | None" = None

    def url(self, name: str) -> str:
        """The address of one port, as `http://127.0.0.1:PORT`."""
        return f"http://{self.addresses[name]}"

    def start(self) -> None:
        """Start it and return when it receives.

        Raises:
            PortTakenError: somebody else listens on one of its ports.
            AssertionError: it ended, or said nothing in time.
        """
        assert self._process is None
        with self.log.open("ab") as log:
            began = log.tell()
            self._process = subprocess.Popen(
                list(self.command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**self.environment, **self.addresses},
                start_new_session=True,
            )
        try:
            self._wait_until_ready(self._process, began)
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """Let it send on and write what it holds, and end."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(STOP_S)
            finally:
                self.kill()

    def kill(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _wait_until_ready(self, process: "subprocess.Popen[bytes]", began: int) -> None:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            ended = process.poll() is not None
            said = self.log.read_bytes()[began:].decode(errors="replace")
            if ended and PORT_TAKEN in said.lower():
                raise PortTakenError(said)
            assert not ended, said
            if self.ready in said:
                return
            time.sleep(POLL_S)
        raise AssertionError(f"not ready after {START_S:.0f} s: {self.log.read_text()}")


@contextmanager
def running(
    *command: str | Path,
    listens: Sequence[str],
    ready: str,
    log: Path,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """Start a server on free ports, one for each name, and stop it at the end."""
    for _ in range(TRIES):
        ports = free_ports(len(listens))
        server = Server(
            command=command,
            addresses={
                name: f"127.0.0.1:{port}" for name, port in zip(listens, ports, strict=True)
            },
            ready=ready,
            log=log,
            environment=os.environ if environment is None else environment,
        )
        try:
            server.start()
        except PortTakenError:
            continue
        break
    else:
        raise AssertionError(f"found no ports that stay free in {TRIES} tries")
    try:
        yield server
    finally:
        server.stop()
