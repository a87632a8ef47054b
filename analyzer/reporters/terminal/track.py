"""A span on the time axis of its request."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

from analyzer.model.waterfall import PathPiece
from analyzer.reporters.terminal.figures import with_unit

ON_PATH = "█"
PARTLY_ON_PATH = "▌"
OFF_PATH = "─"
INSTANT = "|"
BEFORE = "‹"
AFTER = "›"

HALF = 0.5 - 1e-9
"""From half a cell on it is drawn full; the rest is what floats lose."""

TRACK_CELLS = 72
"""The widest time axis: wider ones tear bar and name apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """The time that a row of cells stands for, [start_ns, end_ns)."""

    start_ns: int
    end_ns: int

    def cell(self, time_ns: int, width: int) -> int:
        """The cell that a time falls into; below 0 or from `width` on if outside."""
        return (time_ns - self.start_ns) * width // max(self.end_ns - self.start_ns, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """Where a span lies on the axis, and where its own time is on the critical path.

    Drawing, one cell a letter: `  ──██▌──  ` the span runs from the first sign to the last; its own
    time is on the path where the blocks are, in a part of the cell only where the block is half.
    A span that goes on outside the axis ends in an arrow.
    """

    axis: Axis
    start_ns: int
    end_ns: int
    pieces: Sequence[PathPiece]
    style: str = ""

    def wants(self) -> int:
        """As much as helps."""
        return TRACK_CELLS

    def at(self, width: int) -> Text:
        """The track in `width` cells."""
        first = self.axis.cell(self.start_ns, width)
        last = self.axis.cell(max(self.end_ns - 1, self.start_ns), width)
        if last < 0 or first >= width:
            # |    axis    |
            #                 |--|   all of it outside: say only on which side
            return Text(BEFORE if last < 0 else " " * (width - 1) + AFTER, style="dim")
        low, high = max(first, 0), min(last, width - 1)
        signs = [" "] * width
        signs[low : high + 1] = (INSTANT if self.end_ns == self.start_ns else OFF_PATH) * (
            high + 1 - low
        )
        for cell, covered in enumerate(self._covered(width)):
            if covered > 0:
                signs[cell] = ON_PATH if covered > HALF else PARTLY_ON_PATH
        if self.start_ns < self.axis.start_ns:
            signs[0] = BEFORE
        if self.end_ns > self.axis.end_ns:
            signs[-1] = AFTER
        return Text("".join(signs), style=self.style)

    def _covered(self, width: int) -> list[float]:
        """For each cell, which part of it is own time on the path."""
        covered = [0.0] * width
        length_ns = max(self.axis.end_ns - self.axis.start_ns, 1)
        for piece in self.pieces:
            begin = (piece.start_ns - self.axis.start_ns) * width / length_ns
            end = (piece.end_ns - self.axis.start_ns) * width / length_ns
            begin, end = max(begin, 0.0), min(end, float(width))
            for cell in range(int(begin), min(int(end) + 1, width)):
                covered[cell] += max(0.0, min(end, cell + 1) - max(begin, cell))
        return covered


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruler:
    """The scale above the tracks."""

    axis: Axis

    def wants(self) -> int:
        """The width of a track."""
        return TRACK_CELLS

    def at(self, width: int) -> Text:
        """Begin, middle and end of the axis, as far as they fit."""
        length_ms = (self.axis.end_ns - self.axis.start_ns) / 1_000_000
        begin, end = "0", with_unit(length_ms)
        middle = with_unit(length_ms / 2)
        gap = width - len(begin) - len(end)
        if gap < len(middle) + 4:
            return Text(begin + " " * max(gap, 1) + end)
        left = (width - len(middle)) // 2 - len(begin)
        return Text(begin + " " * left + middle + " " * (gap - left - len(middle)) + end)
