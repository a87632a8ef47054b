"""A growing spans.otlp, followed while the collector writes it."""

from dataclasses import replace
from pathlib import Path

from analyzer.model.issue import Issues
from analyzer.model.spans import Spans
from analyzer.readers.growing import GrowingFile
from analyzer.readers.namer import Namer
from analyzer.readers.otlp_proto import FrameDecoder
from analyzer.readers.run_directory import SPANS
from analyzer.readers.sink import count_missing_services


class Follower:
    """Gives what was appended since it was last asked; all polls together give the whole file once.

    Args:
        path: the file, or the run directory that has it; it need not exist yet.

    Attributes:
        issues: what was odd so far. A frame that is still being written is not odd.
        namer: knows the processes that spans came from so far.
    """

    def __init__(self, path: Path | str) -> None:
        path = Path(path)
        self.issues = Issues()
        self.namer = Namer()
        self._file = GrowingFile(path if path.name == SPANS else path / SPANS)
        self._decoder = FrameDecoder(self.namer, self.issues)

    def poll(self) -> Spans:
        """The spans of the frames that were finished since the last poll; never half a frame.

        At most some `BATCH_BYTES` of them, so that a poll does not take long: where nothing comes
        back there is nothing more to read.
        """
        frames = self._file.poll()
        if frames is None:
            return Spans.empty()
        spans = self._decoder.decode(frames)
        count_missing_services(spans, SPANS, self.issues)
        # What slow requests have in common is said at the end, from the whole file.
        return replace(spans, attributes=None)
