"""A file of frames that somebody still writes to."""

from pathlib import Path

from analyzer.readers.frames import BATCH_BYTES, Frames, FrameSplitter


class GrowingFile:
    """Gives the frames that were finished since it was last asked; never half a frame.

    Args:
        path: the file; it need not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._position = 0
        self._splitter = FrameSplitter(path.name)

    def poll(self) -> Frames | None:
        """At most some `BATCH_BYTES` of frames; None where there is nothing more to read.

        Raises:
            OSError: the file is there and cannot be read.
        """
        if self._splitter.implausible:
            return None
        try:
            with self._path.open("rb", buffering=0) as file:
                file.seek(self._position)
                piece = file.read(max(BATCH_BYTES, self._splitter.missing))
        except FileNotFoundError:
            return None
        if not piece:
            return None
        self._position += len(piece)
        return self._splitter.split(piece)
