"""The forwarder as the collector sees it: a process that is started, watched, and ended last."""

import asyncio
import logging
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from collector.forward.access import HEADERS_VARIABLE, Access
from collector.forward.ledger import Passed, Progress
from collector.forward.target import Target
from collector.security import TOKEN_VARIABLE
from collector.signals import Signal
from collector.status import Counters, Forwarded, PassedOn, SignalCounts

AGAIN_S: Final = 5.0
"""A forwarder that ended though nobody ended it is started again after this."""

END_S: Final = 9.0
"""It ends by itself after `stream.CATCH_UP_S`; a machine under load gets some more."""

LOOK_S: Final = 0.02

ENDED: Final = "the forwarder ended, see the collector's log"

logger = logging.getLogger(__name__)


class Forwarding:
    """Passes on what is in a run's files; without targets it does nothing.

    Args:
        run_dir: the run's directory.
        targets: where to.
        began: how long the file of each signal is, before anything is received.
        access: how targets let us in.
    """

    def __init__(
        self,
        run_dir: Path,
        targets: tuple[Target, ...],
        began: Mapping[Signal, int],
        access: Access,
    ) -> None:
        self._run_dir = run_dir
        self._targets = targets
        self._began = began
        self._access = access
        # a collector in a container has the same process id each time
        self._session = f"{os.getpid()}-{time.time_ns()}"
        self._process: subprocess.Popen[bytes] | None = None
        self._again_at: float | None = None

    def start(self) -> None:
        """Begin to pass on."""
        if not self._targets:
            return
        sizes = ",".join(f"{signal.value}:{size}" for signal, size in self._began.items())
        command = [
            *(sys.executable, "-P", "-m", "collector.forward"),
            *(f"--run-dir={self._run_dir}", f"--session={self._session}"),
            f"--began={sizes}",
            *(f"--to={target}" for target in self._targets),
            *self._access.arguments(),
        ]
        secrets = (TOKEN_VARIABLE, HEADERS_VARIABLE)
        inherited = {name: text for name, text in os.environ.items() if name not in secrets}
        # a session of its own: Ctrl-C in the terminal is for the collector, which ends this last
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            env=inherited | self._access.environment(),
        )

    def look(self) -> None:
        """See whether it still runs; start it again if not, where it left off."""
        if self._process is None or (code := self._process.poll()) is None:
            return
        self._close_input()
        now = time.monotonic()
        if self._again_at is None:
            self._again_at = now + AGAIN_S
            logger.error("the forwarder ended (exit code %d), starting it again", code)
        elif now >= self._again_at:
            self._again_at = None
            self.start()

    async def stop(self) -> None:
        """Let it pass on what is left, within a bounded time; the files must be whole by now."""
        process = self._process
        if process is None:
            return
        self._close_input()
        deadline = time.monotonic() + END_S
        while process.poll() is None and time.monotonic() < deadline:
            await asyncio.sleep(LOOK_S)
        if process.poll() is None:
            logger.error("the forwarder did not end, killing it")
            process.kill()
            process.wait()

    def _close_input(self) -> None:
        """Tell it to pass on what is left and end."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()

    def status(self, counters: Counters) -> tuple[Forwarded, ...]:
        """How far each target has come with what was counted."""
        if not self._targets:
            return ()
        progress = Progress.read(self._run_dir)
        mine = progress is not None and progress.session == self._session
        ended = ENDED if self._process is not None and self._process.poll() else ""
        found = []
        for target in self._targets:
            signals = progress.targets.get(str(target), {}) if mine and progress else {}
            found.append(
                Forwarded(
                    to=str(target),
                    traces=_passed_on(signals.get(Signal.TRACES), counters.traces, ended),
                    metrics=_passed_on(signals.get(Signal.METRICS), counters.metrics, ended),
                    logs=_passed_on(signals.get(Signal.LOGS), counters.logs, ended),
                )
            )
        return tuple(found)


def _passed_on(passed: Passed | None, counts: SignalCounts, ended: str) -> PassedOn:
    if passed is None:
        return PassedOn(waiting=counts.accepted, trouble=ended)
    settled = passed.sent + passed.refused
    waiting = max(passed.carried + counts.accepted - settled, 0)  # counted a moment apart
    return PassedOn(
        sent=passed.sent,
        refused=passed.refused,
        waiting=waiting,
        trouble=passed.trouble or ended,
        refusal=passed.refusal,
    )
