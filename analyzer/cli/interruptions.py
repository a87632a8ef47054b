"""Signals that end a run early, but in good order."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Final

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What Ctrl-C, a supervisor, and a terminal that is closed send."""


@dataclass(slots=True)
class Interruptions:
    """SIGINT, SIGTERM and SIGHUP as KeyboardInterrupt, where that is wanted and nowhere else.

    Raised at any place, it would hit compiled code too, which makes another error of it, and leave
    half done what nobody can take up again.
    """

    _heeding: bool = False
    _pending: bool = False

    @contextmanager
    def heeded(self) -> Iterator[None]:
        """Let a signal cut short what is done here; one that came before this does at once.

        Raises:
            KeyboardInterrupt: there was a signal.
        """
        before, self._heeding = self._heeding, True
        try:
            if self._pending:
                self._pending = False
                raise KeyboardInterrupt
            yield
        finally:
            self._heeding = before

    def note(self, _number: int, _frame: FrameType | None) -> None:
        """Take a signal."""
        if self._heeding:
            raise KeyboardInterrupt
        self._pending = True


@contextmanager
def interruptions() -> Iterator[Interruptions]:
    """Take the signals over.

    SIGHUP stays ignored where whoever started this process has it so (`nohup`). SIGINT does not:
    shells have it so for all that a script starts in the background, where it is sent by intent.
    """
    found = Interruptions()
    if threading.current_thread() is not threading.main_thread():
        yield found  # signals are the main thread's alone
        return
    before = {n: signal.getsignal(n) for n in SIGNALS}
    taken = [n for n in SIGNALS if n != signal.SIGHUP or before[n] is not signal.SIG_IGN]
    for number in taken:
        signal.signal(number, found.note)
    try:
        yield found
    finally:
        for number in taken:
            signal.signal(number, before[number])


def is_interrupt(error: BaseException) -> bool:
    """Whether an error is Ctrl-C, or what compiled code that it hit has made of it."""
    return isinstance(error, KeyboardInterrupt) or isinstance(error.__cause__, KeyboardInterrupt)
