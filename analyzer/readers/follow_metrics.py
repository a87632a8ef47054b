"""What services use of their machines now, while their metrics still arrive."""

from pathlib import Path
from typing import Final

from analyzer.model.issue import Issues
from analyzer.model.resources import ResourceSeries, service_totals
from analyzer.readers.growing import GrowingFile
from analyzer.readers.metric_owners import Owners
from analyzer.readers.metric_streams import Streams
from analyzer.readers.metrics import requests_in, take_in
from analyzer.readers.namer import Namer
from analyzer.readers.run_directory import METRICS, RESOURCES

WINDOW_NS: Final = 15_000_000_000
"""How far back "now" goes: some points of those who send every 5 s."""


class MetricsFollower:
    """Reads the metrics of a run directory as they come, and keeps those of the last seconds.

    What is odd is not counted here: the final report reads everything again.

    Args:
        directory: the run directory; its files need not exist yet.
        window_ns: how far back is looked.
    """

    def __init__(self, directory: Path, *, window_ns: int = WINDOW_NS) -> None:
        self._files = [GrowingFile(directory / name) for name in (METRICS, RESOURCES)]
        self._window_ns = window_ns
        self._streams = Streams(Issues())

    def poll(self, namer: Namer) -> tuple[ResourceSeries, ...]:
        """What each service used in the window before the newest figure, all processes together.

        Args:
            namer: knows the processes that sent spans.
        """
        for file in self._files:
            try:
                frames = file.poll()
            except OSError:
                continue  # the final report says so
            if frames is not None:
                for where, request in requests_in(frames, self._streams.issues):
                    take_in(request, where, self._streams)
        newest = self._streams.newest_ns
        if newest is None:
            return ()
        self._streams.issues = Issues()
        self._streams.forget_before(newest - self._window_ns)
        totals = service_totals(self._streams.series(Owners(namer.resources())))
        recent = (each.between(newest - self._window_ns, newest + 1) for each in totals)
        return tuple(each for each in recent if len(each))
