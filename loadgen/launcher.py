"""Starts locust as a process of its own and stops it again.

    start()  waits until locust is ready, or says why it is not
    poll()   while it runs
    stop()   users finish their requests, the last spans go out, then it ends

Locust exits with 1 when requests failed. That is a result, not an error of this tool.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import nullcontext
from enum import Enum
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self

from analyzer.errors import InputError
from loadgen.complaint import explain
from loadgen.load_files import POINTS, LoadPoint, follow_load
from loadgen.load_options import LoadOptions
from loadgen.meeting_port import held_port
from loadgen.otlp_target import OtlpTarget

LOG = Path("logs") / "locust.log"
"""Where locust's own output goes, in the run directory."""

READY_WITHIN_S = 120.0
"""Locustfiles may load data before they are ready; two minutes is a lot for that."""

STOP_WITHIN_S = 30.0
"""Users get ten seconds for their requests, the last spans five, and workers as much again."""

_POLL_S = 0.05

_HASH_DIGITS = 16


class LoadEnd(Enum):
    """How a load ended."""

    CLEAN = "clean"
    WITH_FAILURES = "with failures"
    BROKEN = "broken"
    KILLED = "killed"

    @classmethod
    def from_exit_code(cls, code: int) -> Self:
        """Read locust's exit code; 1 says that requests failed or tasks raised."""
        if code < 0:
            return cls("killed")
        return cls({0: "clean", 1: "with failures"}.get(code, "broken"))


class RunningLoad:
    """A locust process. As a context manager it is stopped at the end of the block."""

    def __init__(self, process: subprocess.Popen[bytes], run_dir: Path) -> None:
        self._process = process
        self._run_dir = run_dir

    @property
    def pid(self) -> int:
        """The id of the process; its workers are in the process group of the same number."""
        return self._process.pid

    @property
    def log_path(self) -> Path:
        """The file with locust's output."""
        return self._run_dir / LOG

    def poll(self) -> LoadEnd | None:
        """How it ended, or None while it runs."""
        code = self._process.poll()
        return None if code is None else LoadEnd.from_exit_code(code)

    def latest(self) -> LoadPoint | None:
        """The load at the last full second."""
        return follow_load(self._run_dir / POINTS)

    def wait(self, timeout_s: float | None = None) -> LoadEnd | None:
        """Wait for the end; None if it still runs after the time."""
        try:
            return LoadEnd.from_exit_code(self._process.wait(timeout_s))
        except subprocess.TimeoutExpired:
            return None

    def stop(self, timeout_s: float = STOP_WITHIN_S) -> LoadEnd:
        """Let users finish, the last spans go out, and the process end; after the time, kill it."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        return self.wait(timeout_s) or self._kill()

    def check(self) -> None:
        """See whether there was any load, once locust has ended.

        Raises:
            InputError: not one request was made, and locust says why.
        """
        latest = self.latest()
        if self.poll() is not None and (latest is None or latest.requests == 0):
            self._raise_complaint()

    def __enter__(self) -> Self:
        """Nothing to do: it runs already."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop it, whatever happened."""
        self.stop()

    def until_ready(self, timeout_s: float) -> None:
        """Wait for the plugin's first sign of life.

        Raises:
            InputError: locust ended instead, or nothing came in time.
        """
        deadline = time.monotonic() + timeout_s
        while self.latest() is None:
            if self.poll() is not None:
                self._raise_complaint()
                raise InputError("locust ended at once", hint=f"see {self.log_path}")
            if time.monotonic() > deadline:
                self._kill()
                raise InputError(
                    f"locust was not ready after {timeout_s:.0f} s",
                    hint=f"see what it waits for in {self.log_path}",
                )
            time.sleep(_POLL_S)

    def _kill(self) -> LoadEnd:
        """Kill the process and its workers: they are one process group."""
        os.killpg(self._process.pid, signal.SIGKILL)
        return LoadEnd.from_exit_code(self._process.wait())

    def _raise_complaint(self) -> None:
        output = self.log_path.read_text(encoding="utf-8", errors="replace")
        complaint = explain(output)
        if complaint is not None:
            raise InputError(
                f"locust: {complaint.what}", hint=complaint.advice or f"see {self.log_path}"
            )


def start(options: LoadOptions, *, ready_within_s: float = READY_WITHIN_S) -> RunningLoad:
    """Start locust and wait until it is ready.

    Call it from a thread that lasts as long as the load: on Linux the kernel ends locust when that
    thread ends.

    Raises:
        InputError: locust refuses the options or the locustfile, the address for spans is no
            http address, a certificate for it is unusable, or the web page's port is in use.
    """
    environment = options.environment(os.environ)
    OtlpTarget.from_environment(environment)
    if options.web_ui_port is not None:
        _need_free_port(options.web_ui_port)
    needs_port = options.needs_meeting_port(os.environ)
    with held_port() if needs_port else nullcontext() as meeting_port:
        arguments = options.arguments(os.environ, meeting_port=meeting_port)
        load = RunningLoad(_process(arguments, environment, options.run_dir), options.run_dir)
        try:
            load.until_ready(ready_within_s)
        except BaseException:
            load.stop(timeout_s=0)
            raise
    return load


def _process(
    arguments: list[str], environment: dict[str, str], run_dir: Path
) -> subprocess.Popen[bytes]:
    log_path = run_dir / LOG
    log_path.parent.mkdir(parents=True, exist_ok=True)
    with log_path.open("wb") as log:
        # A session of its own: Ctrl-C in the terminal reaches only the launcher, which then stops
        # locust in good order. Without -P a `loadgen` in the person's directory would be found.
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "loadgen", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )


def profile_hash(locustfile: bytes) -> str:
    """A short name for what a locustfile says: the same text, the same load profile."""
    return sha256(locustfile).hexdigest()[:_HASH_DIGITS]


def _need_free_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise InputError(
                f"port {port} for locust's web page is not free: {error.strerror}",
                hint="choose another one, or end the program that uses it",
            ) from None
