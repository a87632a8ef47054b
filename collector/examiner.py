"""Chooses who examines a request: the protobuf library, or the compiled walk where it pays.

The library is ready at once and enough for any ordinary load: a microsecond a span. The walk costs
a quarter of that, leaves the interpreter lock to the transport, and needs no memory, but takes a
third of a second to load (seconds on a machine that has never compiled it). So it is loaded beside
the first busy minutes of a run, or for the first large request.
"""

import threading
from typing import TYPE_CHECKING, Final

from collector.examine import EXAMINE, Examined, Undecodable, examined_traces
from collector.exports import Export
from collector.signals import Signal

if TYPE_CHECKING:
    from collector.wire_walk import WireWalk

LARGE_BYTES: Final = 512 * 1024
"""A batch of 1024 spans. The library's memory for a request can be a hundred times its size (empty
messages take two bytes), so larger ones are for the walk alone."""

BUSY_BYTES: Final = 32 * 1024 * 1024
"""After this much of one signal, some 80,000 spans, loading the walk has cost as little as the
library's examining so far."""


class Examiner:
    """Examines the requests of all signals, from any thread."""

    def __init__(self) -> None:
        self._walks: dict[Signal, WireWalk] = {}
        self._seen_bytes = dict.fromkeys(Signal, 0)
        self._loading = threading.Lock()

    def examine(self, export: Export, body: bytes) -> Examined:
        """Decide what of a request may be acknowledged.

        Raises:
            Undecodable: nothing.
        """
        signal = export.signal
        walk = self._walks.get(signal)
        if walk is None and len(body) > LARGE_BYTES:
            walk = self._load(export)
        if walk is None:
            self._load_when_busy(export, len(body))
            return EXAMINE[signal](body)
        sighting = walk.sight(body)
        if sighting is not None:
            return examined_traces(body, items=sighting.items, nameless=sighting.nameless)
        if len(body) > LARGE_BYTES:
            raise Undecodable(f"the body is not surely a {export.request.__name__} in protobuf")
        return EXAMINE[signal](body)

    def _load_when_busy(self, export: Export, size: int) -> None:
        # two threads may lose each other's addition: this is a rough measure of load, not a count
        before = self._seen_bytes[export.signal]
        self._seen_bytes[export.signal] = before + size
        if before < BUSY_BYTES <= before + size:
            threading.Thread(target=self._load, args=(export,), name="load-walk").start()

    def _load(self, export: Export) -> "WireWalk":
        with self._loading:
            if export.signal not in self._walks:
                from collector.wire_walk import WireWalk

                self._walks[export.signal] = WireWalk(export)
            return self._walks[export.signal]
