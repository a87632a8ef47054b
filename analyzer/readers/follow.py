"""A growing spans.otlp, followed while the collector writes it."""

from dataclasses import replace
from pathlib import Path

from analyzer.model.issue import Issues
from analyzer.model.spans import Spans
from analyzer.readers.frames import BATCH_BYTES, FrameSplitter
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
    """

    def __init__(self, path: Path | str) -> None:
        path = Path(path)
        self.issues = Issues()
        self._path = path if path.name == SPANS else path / SPANS
        self._position = 0
        self._splitter = FrameSplitter(SPANS)
        self._decoder = FrameDecoder(Namer(), self.issues)

    def poll(self) -> Spans:
        """The spans of the frames that were finished since the last poll; never half a frame.

        At most some `BATCH_BYTES` at once, so that a poll does not take long: where nothing comes
        back there is nothing more to read.
        """
        piece = self._read()
        if not piece:
            return Spans.empty()
        spans = self._decoder.decode(self._splitter.split(piece))
        count_missing_services(spans, SPANS, self.issues)
        # What slow requests have in common is said at the end, from the whole file.
        return replace(spans, attributes=None)

    def _read(self) -> bytes:
        if self._splitter.implausible:
            return b""
        try:
            with self._path.open("rb", buffering=0) as file:
                file.seek(self._position)
                piece = file.read(max(BATCH_BYTES, self._splitter.missing))
        except FileNotFoundError:
            return b""
        self._position += len(piece)
        return piece
