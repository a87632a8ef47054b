"""One signal on its way to one target: in order, again and again until it is settled."""

import logging
import threading
import time
from dataclasses import dataclass
from typing import Final

from collector.exports import Export
from collector.forward.follow import FrameFile
from collector.forward.items import count, halves
from collector.forward.ledger import Ledger
from collector.forward.outcome import Outcome, Sender, Verdict

BATCH_BYTES: Final = 2 * 1024 * 1024
"""Half of what gRPC servers take in one message unless they are told otherwise."""

CALL_S: Final = 10.0
"""How long an answer is waited for. Source: OTEL_EXPORTER_OTLP_TIMEOUT's default."""

POLL_S: Final = 0.2
"""How often the file is looked at; what arrives meanwhile goes out in one request."""

RETRY_S: Final = 0.25
MOST_RETRY_S: Final = 4.0
"""The pause after a first failure, and after the fifth and later ones."""

MOST_ASKED_S: Final = 30.0
"""A target that asks for a longer pause than this is asked again sooner."""

CATCH_UP_S: Final = 6.0
"""How long what is left may take at the end: as long as late spans are waited for."""

LAST_TRY_S: Final = 1.0
"""The same for a target that has not answered for longer than it would be waited for."""

TIME_IS_UP: Final = "it takes them too slowly"

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Tally:
    """What became of the items of some frames."""

    sent: int = 0
    refused: int = 0
    refusal: str = ""


class _GivenUpError(Exception):
    """The run has ended, and so has the time to catch up."""


class Stream:
    """Passes on one signal to one target, in a thread of its own.

    Args:
        name: the target's.
        export: the signal's.
        file: where its requests are.
        sender: the way to the target.
        ledger: where it is written down.
    """

    def __init__(
        self, name: str, export: Export, file: FrameFile, sender: Sender, ledger: Ledger
    ) -> None:
        self._name = name
        self._export = export
        self._file = file
        self._sender = sender
        self._ledger = ledger
        self._ending = threading.Event()
        self._until = float("inf")
        self._last: int | None = None
        self._failing_since: float | None = None
        self._said_refusals: set[str] = set()
        what = f"{export.signal.value} to {name}"
        self._thread = threading.Thread(target=self._run, name=what, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def end(self) -> None:
        """Pass on what is left, within a bounded time."""
        now, since = time.monotonic(), self._failing_since
        is_gone = since is not None and now - since > CATCH_UP_S
        self._until = now + (LAST_TRY_S if is_gone else CATCH_UP_S)
        # a collector that takes over from a killed one passes on what it appends itself
        self._last = self._file.size()
        self._ending.set()

    def wait(self) -> None:
        """Wait until it has ended; what is not passed on by then stays in the file."""
        self._thread.join(max(self._until - time.monotonic(), 0.0))
        if self._thread.is_alive():
            self._sender.cut()
            self._say_left()

    def _run(self) -> None:
        offset = self._ledger.passed(self._name, self._export.signal).offset
        try:
            while True:
                is_last_look = self._ending.is_set()
                frames = self._file.after(offset, most_bytes=BATCH_BYTES, until=self._last)
                if frames is not None:
                    tally = self._pass_on(frames.bodies)
                    offset = frames.end
                    self._ledger.settle(
                        self._name,
                        self._export.signal,
                        offset=offset,
                        sent=tally.sent,
                        refused=tally.refused,
                        refusal=tally.refusal,
                    )
                elif is_last_look:
                    return
                else:
                    self._ending.wait(POLL_S)
        except _GivenUpError:
            self._say_left()

    def _say_left(self) -> None:
        """Something stays in the file; say why."""
        passed = self._ledger.passed(self._name, self._export.signal)
        self._ledger.say(self._name, self._export.signal, passed.trouble or TIME_IS_UP)

    def _pass_on(self, bodies: tuple[bytes, ...]) -> _Tally:
        """Send frames as one request; where a target finds fault with it, as several.

        A request in protobuf may be joined from others by appending their bytes.
        """
        tally = _Tally()
        waiting = [bodies]
        while waiting:
            parts = waiting.pop()
            body = b"".join(parts)
            outcome = self._settled(body)
            smaller = self._smaller(parts, outcome.verdict)
            if smaller:
                waiting += reversed(smaller)
                continue
            items = count(self._export, body)
            refused = min(outcome.refused, items)
            if outcome.verdict is not Verdict.TAKEN:
                refused = items
            tally.sent += items - refused
            tally.refused += refused
            if refused:
                tally.refusal = outcome.why
                self._say_refusal(outcome.why)
        return tally

    def _smaller(self, parts: tuple[bytes, ...], verdict: Verdict) -> list[tuple[bytes, ...]]:
        """The same in two requests, where that may help; else nothing."""
        if verdict not in (Verdict.BAD, Verdict.TOO_LARGE):
            return []
        if len(parts) > 1:
            middle = len(parts) // 2
            return [parts[:middle], parts[middle:]]
        halved = halves(self._export, parts[0]) if verdict is Verdict.TOO_LARGE else None
        return [] if halved is None else [(half,) for half in halved]

    def _settled(self, body: bytes) -> Outcome:
        """Send until the target has taken or refused it.

        Raises:
            _GivenUpError: time is up.
        """
        pause_s = RETRY_S
        while True:
            left_s = self._until - time.monotonic()
            if left_s <= 0:
                raise _GivenUpError
            outcome = self._sender.send(body, min(CALL_S, left_s))
            if outcome.verdict is not Verdict.LATER:
                self._say_able()
                return outcome
            self._say_trouble(outcome.why)
            self._pause(pause_s if outcome.after_s is None else min(outcome.after_s, MOST_ASKED_S))
            pause_s = min(pause_s * 2, MOST_RETRY_S)

    def _pause(self, seconds: float) -> None:
        if not self._ending.is_set():
            self._ending.wait(seconds)
        else:
            time.sleep(max(min(seconds, self._until - time.monotonic()), 0.0))

    def _say_trouble(self, why: str) -> None:
        if self._failing_since is None:
            self._failing_since = time.monotonic()
            logger.warning(
                "cannot pass on %s to %s (%s); trying again until the run ends",
                self._export.signal.value,
                self._name,
                why,
            )
        if time.monotonic() < self._until:  # what is cut off then says nothing
            self._ledger.say(self._name, self._export.signal, why)

    def _say_able(self) -> None:
        if self._failing_since is not None:
            self._failing_since = None
            logger.info("%s are passed on to %s again", self._export.signal.value, self._name)

    def _say_refusal(self, why: str) -> None:
        if why not in self._said_refusals:
            self._said_refusals.add(why)
            logger.warning("%s refuses %s: %s", self._name, self._export.signal.value, why)
