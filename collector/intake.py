"""What both doors do with a request: examine, append, count; then it may be acknowledged."""

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from collector.absent import Absent
from collector.examine import REASON, Undecodable
from collector.examiner import Examiner
from collector.exports import Export
from collector.signals import Signal
from collector.spool import FILE_NAMES, NotStoredError, Spool
from collector.status import Counters, DatagramCounts, SignalCounts

ANALYSED: Final = (Signal.TRACES, Signal.METRICS)
"""The signals that are stored in any case."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A request is stored, save for `refused` items, whose `reason` the client is told."""

    refused: int = 0
    reason: str = ""


class Intake:
    """The one way into the run directory, for requests of all signals from any thread.

    Logs are counted and not stored, unless they are passed on: nothing in the analysis reads them,
    but load generators send them and would complain at every interval if nobody took them.

    Args:
        run_dir: an existing directory.
        open_spool: what opens each file; tests make it slow.
        stored: the signals to store.

    Raises:
        InputError: its files cannot be written.
    """

    def __init__(
        self,
        run_dir: Path,
        *,
        stored: Iterable[Signal] = ANALYSED,
        open_spool: Callable[[Path], Spool] = Spool,
    ) -> None:
        self._spools: dict[Signal, Spool] = {}
        try:
            for signal in stored:
                self._spools[signal] = open_spool(run_dir / FILE_NAMES[signal])
        except BaseException:
            self.close()
            raise
        self._examiner = Examiner()
        self._counts = {signal: SignalCounts() for signal in Signal}
        self._datagrams = DatagramCounts()
        self._lock = threading.Lock()
        self._disk_trouble = False
        self._absent = {signal: Absent() for signal in Signal}

    def take(self, export: Export, body: bytes) -> Receipt:
        """Store one protobuf request; when this returns, the client may forget it.

        Raises:
            Undecodable: it will never be taken.
            NotStoredError: it is not stored now and may be sent again.
        """
        signal = export.signal
        try:
            examined = self._examiner.examine(export, body)
        except Undecodable:
            self._count(signal)
            raise
        absent, kept = self._absent[signal], examined.items - examined.refused
        try:
            spool = self._spools.get(signal)
            if spool is not None and examined.body:
                spool.append(examined.body)
                self._say_disk(None)
        except NotStoredError as error:
            absent.turn_away(body, kept)
            self._count_turned_away(signal, unread=False)
            self._say_disk(error.why)
            raise
        absent.welcome(body)
        self._count(
            signal, received=examined.items, refused=examined.refused, size=len(examined.body)
        )
        if examined.refused:
            return Receipt(refused=examined.refused, reason=REASON)
        return Receipt()

    def count_unusable(self, export: Export) -> None:
        """Count a request that did not even become a protobuf body."""
        self._count(export.signal)

    def count_turned_away(self, export: Export) -> None:
        """Count a request whose client is told to come back before it was whole."""
        self._count_turned_away(export.signal, unread=True)

    def count_datagrams(self, *, received: int = 0, malformed: int = 0, lost: int = 0) -> None:
        """Count what nobody can be told about."""
        with self._lock:
            self._datagrams = self._datagrams.plus(
                received=received, malformed=malformed, lost=lost
            )

    def counters(self) -> Counters:
        """What was counted so far."""
        with self._lock:
            return Counters.of(
                {
                    signal: replace(counts, missing=self._absent[signal].items)
                    for signal, counts in self._counts.items()
                },
                self._datagrams,
            )

    def sizes(self) -> dict[Signal, int]:
        """How long the file of each stored signal is."""
        return {signal: spool.size for signal, spool in self._spools.items()}

    def close(self) -> None:
        """Close the files; nothing may be taken any more."""
        for spool in self._spools.values():
            spool.close()

    def _count(self, signal: Signal, *, received: int = 0, refused: int = 0, size: int = 0) -> None:
        with self._lock:
            self._counts[signal] = self._counts[signal].plus(
                received=received, refused=refused, size=size
            )

    def _count_turned_away(self, signal: Signal, *, unread: bool) -> None:
        with self._lock:
            self._counts[signal] = self._counts[signal].turned(unread=unread)

    def _say_disk(self, why: str | None) -> None:
        """Log once when storing begins to fail and once when it works again."""
        if (why is not None) == self._disk_trouble:
            return
        self._disk_trouble = why is not None
        if why is None:
            logger.warning("requests are stored again")
        else:
            logger.error("cannot store requests (%s); clients are told to send them again", why)
