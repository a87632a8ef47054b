"""Signals that end a run early, but in good order."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final, Never

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What Ctrl-C, a supervisor, and a terminal that is closed send."""


@contextmanager
def all_as_interrupts() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end what is done here as Ctrl-C does.

    SIGHUP stays ignored where whoever started this process has it so (`nohup`). SIGINT does not:
    shells have it so for all that a script starts in the background, where it is sent by intent.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {n: signal.getsignal(n) for n in SIGNALS}
    heeded = [n for n in SIGNALS if n != signal.SIGHUP or before[n] is not signal.SIG_IGN]
    for number in heeded:
        signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number in heeded:
            signal.signal(number, before[number])


def _interrupt(_number: int, _frame: FrameType | None) -> Never:
    raise KeyboardInterrupt
