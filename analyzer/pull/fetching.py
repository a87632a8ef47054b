"""The searches of a query, window by window, until all is here.

```
|------------------ window ------------------|   a full page: there may be more than it told
|------- earlier ------|------- later -------|   so both halves are searched, the later one first
                       |--------|-- full ----|   and so on; what comes twice is kept once
```
"""

from collections.abc import Callable
from dataclasses import dataclass

from analyzer.errors import SlowhopError
from analyzer.pull.backend import Backend
from analyzer.pull.query import Query, Window
from analyzer.pull.traces import Traces

Progress = Callable[[int, int], None]
"""Told how much of how much is done."""

INTERRUPTED = "it was interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """How a fetch ended.

    Attributes:
        stopped: why it ended before its time; None where it came to its end.
        limited: whether the limit left traces out.
        crowded: how many windows held more than a page and could not be made shorter.
    """

    stopped: str | None
    limited: bool
    crowded: int


def fetch(backend: Backend, query: Query, traces: Traces, progress: Progress) -> Fetched:
    """Fetch the traces of a query, the latest first; what breaks half way leaves what came before.

    Raises:
        SlowhopError: it broke before there was any trace.
        KeyboardInterrupt: likewise.
        OSError: the file cannot be written.
    """
    walk = _Walk(backend=backend, query=query, traces=traces, progress=progress)
    stopped = None
    try:
        walk.run()
    except SlowhopError as error:
        if not len(traces):
            raise
        stopped = error.message
    except KeyboardInterrupt:
        if not len(traces):
            raise
        stopped = INTERRUPTED
    return Fetched(stopped=stopped, limited=traces.cut_short, crowded=walk.crowded)


@dataclass(slots=True, kw_only=True)
class _Walk:
    """The windows still to be searched, and how far that is."""

    backend: Backend
    query: Query
    traces: Traces
    progress: Progress
    crowded: int = 0
    _done_ns: int = 0
    _total_ns: int = 0

    def run(self) -> None:
        searches = self.backend.searches()
        self._total_ns = len(searches) * self.query.window.length_ns
        for number, search in enumerate(searches, start=1):
            self._search(search)
            if self.traces.full and number < len(searches):
                self.traces.turn_away()  # for all that is known: the others were not asked for
                return

    def _search(self, search: str) -> None:
        window = self.query.window
        windows = list(window.pieces(self.backend.longest_ns or window.length_ns))
        while windows:
            window = windows.pop()
            is_full = self.backend.fetch(search, window, self.traces)
            if self.traces.full and (is_full or windows):
                self.traces.turn_away()
                return
            halves = self._halves(window) if is_full else None
            if halves is not None:
                windows += halves
                continue
            self._done_ns += window.length_ns
            self.progress(self._done_ns, self._total_ns)

    def _halves(self, window: Window) -> tuple[Window, Window] | None:
        halves = window.halves(self.backend.grain_ns)
        if halves is None:
            self.crowded += 1
        return halves
