"""The end of a test with workers: users finish and spans go out before locust leaves."""

import time
from dataclasses import asdict
from typing import Any

from locust.env import Environment  # noqa: TID253  this module is imported inside locust only
from locust.runners import STATE_INIT, MasterRunner, WorkerRunner  # noqa: TID253  as above

from loadgen.plugin_listening import at_quit, listen
from loadgen.plugin_tracing import FLUSH_S
from loadgen.span_export import SpanCounts, SpanExporter

HELLO, DRAIN, DRAINED = "slowhop_hello", "slowhop_drain", "slowhop_drained"
"""Messages between master and workers: I trace; stop and export what you have; that is done."""


def install_worker(environment: Environment, runner: WorkerRunner, exporter: SpanExporter) -> None:
    """Let a worker that traces say so to the master, and finish when the master asks it to."""

    def on_drain(**_other: object) -> None:
        runner.stop()
        exporter.flush(FLUSH_S)
        counts = exporter.counts
        runner.send_message(DRAINED, asdict(counts))

    runner.register_message(DRAIN, on_drain, concurrent=True)
    listen(environment.events.test_start, lambda **_: runner.send_message(HELLO))
    if runner.worker_state != STATE_INIT:  # the master was so quick that the test has begun
        runner.send_message(HELLO)
    at_quit(environment, lambda: exporter.close(FLUSH_S))


class WorkerDrain:
    """Waits at the end of a test until the workers' users have finished and their spans are out.

    Locust's master gives its workers half a second for their last numbers. Users that finish their
    requests take longer, and what they did would be missing in the statistics.
    """

    def __init__(self, runner: MasterRunner) -> None:
        self._runner = runner
        self._counts: dict[str, SpanCounts] = {}
        self._asked: set[str] = set()
        runner.register_message(HELLO, self._on_hello)
        runner.register_message(DRAINED, self._on_drained)

    @property
    def counts(self) -> SpanCounts:
        """The spans of all workers, as far as they have told."""
        return sum(self._counts.values(), SpanCounts())

    def ask(self, environment: Environment, **_other: object) -> None:
        """Ask every worker that traces to finish, and wait for it, but not for ever."""
        clients = self._runner.clients
        present = {c.id for c in (*clients.ready, *clients.spawning, *clients.running)}
        self._asked = present & self._counts.keys()
        for worker in sorted(self._asked):
            self._runner.send_message(DRAIN, client_id=worker)
        deadline = time.monotonic() + environment.stop_timeout + 2 * FLUSH_S
        while self._asked and time.monotonic() < deadline:
            time.sleep(0.05)

    def _on_hello(self, msg: Any, **_other: object) -> None:  # noqa: ANN401  locust's Message
        self._counts.setdefault(msg.node_id, SpanCounts())

    def _on_drained(self, msg: Any, **_other: object) -> None:  # noqa: ANN401  locust's Message
        self._counts[msg.node_id] = SpanCounts(**msg.data)
        self._asked.discard(msg.node_id)
