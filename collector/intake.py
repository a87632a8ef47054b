"""What both doors do with a request: examine, append, count; then it may be acknowledged."""

import logging
import threading
from dataclasses import dataclass, replace
from pathlib import Path

from collector.examine import REASON, Undecodable
from collector.examiner import Examiner
from collector.exports import Export
from collector.signals import Signal
from collector.spool import NotStoredError, Spool
from collector.status import Counters, DatagramCounts, SignalCounts

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A request is stored, save for `refused` items, whose `reason` the client is told."""

    refused: int = 0
    reason: str = ""


class Intake:
    """The one way into the run directory, for requests of all signals from any thread.

    Logs are counted and not stored: nothing in the analysis reads them, but load generators send
    them and would complain at every interval if nobody took them.

    Args:
        run_dir: an existing directory.

    Raises:
        InputError: its files cannot be written.
    """

    def __init__(self, run_dir: Path) -> None:
        traces = Spool(run_dir / "spans.otlp")
        try:
            metrics = Spool(run_dir / "metrics.otlp")
        except BaseException:
            traces.close()
            raise
        self._spools = {Signal.TRACES: traces, Signal.METRICS: metrics}
        self._examiner = Examiner()
        self._counts = {signal: SignalCounts() for signal in Signal}
        self._datagrams = DatagramCounts()
        self._lock = threading.Lock()
        self._disk_trouble = False

    def take(self, export: Export, body: bytes) -> Receipt:
        """Store one protobuf request; when this returns, the client may forget it.

        Raises:
            Undecodable: it will never be taken.
            NotStoredError: it is not stored now and may be sent again.
        """
        signal = export.signal
        try:
            examined = self._examiner.examine(export, body)
            spool = self._spools.get(signal)
            if spool is not None and examined.body:
                spool.append(examined.body)
                self._say_disk(None)
        except Undecodable:
            self._count(signal)
            raise
        except NotStoredError as error:
            self._count(signal)
            self._say_disk(error.why)
            raise
        self._count(
            signal, received=examined.items, refused=examined.refused, size=len(examined.body)
        )
        if examined.refused:
            return Receipt(refused=examined.refused, reason=REASON)
        return Receipt()

    def count_unusable(self, export: Export) -> None:
        """Count a request that did not even become a protobuf body."""
        self._count(export.signal)

    def count_refused(self, export: Export, items: int) -> None:
        """Count items of a request that were refused before it became protobuf."""
        with self._lock:
            counts = self._counts[export.signal]
            self._counts[export.signal] = replace(
                counts, received=counts.received + items, refused=counts.refused + items
            )

    def count_datagrams(self, *, received: int = 0, malformed: int = 0, lost: int = 0) -> None:
        """Count what nobody can be told about."""
        with self._lock:
            self._datagrams = self._datagrams.plus(
                received=received, malformed=malformed, lost=lost
            )

    def counters(self) -> Counters:
        """What was counted so far."""
        with self._lock:
            return Counters.of(self._counts, self._datagrams)

    def close(self) -> None:
        """Close the files; nothing may be taken any more."""
        for spool in self._spools.values():
            spool.close()

    def _count(self, signal: Signal, *, received: int = 0, refused: int = 0, size: int = 0) -> None:
        with self._lock:
            self._counts[signal] = self._counts[signal].plus(
                received=received, refused=refused, size=size
            )

    def _say_disk(self, why: str | None) -> None:
        """Log once when storing begins to fail and once when it works again."""
        if (why is not None) == self._disk_trouble:
            return
        self._disk_trouble = why is not None
        if why is None:
            logger.warning("requests are stored again")
        else:
            logger.error("cannot store requests (%s); clients are told to send them again", why)
