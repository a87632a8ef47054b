"""Lines of text laid out for the terminal they are shown in."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, chop_cells
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from analyzer.reporters.terminal.safe_text import safe, shorten

INDENT = 1
"""Cells before a heading; what is under it stands two further in."""

NARROWEST = 20
"""Layouts are made for at least so many cells; what is beyond the terminal's edge is cut."""

_IN_ASCII = str.maketrans(
    {
        **dict.fromkeys("█▉▊▋▌■", "#"),
        **dict.fromkeys("▍▎▏", "|"),
        **dict.fromkeys("–─", "-"),
        **dict.fromkeys("…⋯", "~"),
        **dict(zip("▁▂▃▄▅▆▇", "_.-=+*%", strict=True)),
        **dict(zip("→×·◄±‹›", ">x.<*<>", strict=True)),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How much there is to fill, in cells and lines."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class View:
    """A rich renderable that is laid out when its width is known.

    Attributes:
        layout: gives the lines for a room.
        width: cells to use; None for all that the console has.
    """

    layout: Callable[[Room], Iterable[Text]]
    width: int | None = None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The lines, none wider than the room; in ASCII where the console knows no more."""
        width = self.width or options.max_width
        room = Room(width=max(width, NARROWEST), height=options.max_height)
        for line in self.layout(room):
            line.rstrip()
            line.truncate(width)
            line.no_wrap = True
            line.overflow = "ignore"
            yield in_ascii(line) if options.ascii_only else line


def in_ascii(line: Text) -> Text:
    """The line with a stand-in of the same width for every character that is not ASCII."""
    plain = line.plain.translate(_IN_ASCII)
    if not plain.isascii():
        plain = "".join(c if c.isascii() else "?" * cell_len(c) for c in plain)
    return Text(plain, spans=line.spans if len(plain) == len(line.plain) else None)


def heading(title: str) -> Text:
    """The first line of a section."""
    return Text(" " * INDENT).append(title, style="bold")


def flow(
    items: Sequence[Text], *, width: int, lead: str, joint: str = " · ", trail: str = ""
) -> list[Text]:
    """Items one after another, broken between items; no item is broken, too long ones shortened.

    Args:
        items: what to show.
        width: cells of a line.
        lead: what the first line begins with; the others are indented by its width.
        joint: what stands between two items on a line.
        trail: what a line ends with if it goes on in the next.
    """
    hang = cell_len(lead)
    room = max(width - hang - cell_len(trail), 1)
    lines: list[Text] = []
    line = Text(lead)
    used = 0
    for item in items:
        shown = item
        if item.cell_len > room:
            shown = Text(shorten(item.plain, room), style=item.style)
        if used and used + cell_len(joint) + shown.cell_len > room:
            lines.append(line.append(trail, style="dim"))
            line, used = Text(" " * hang), 0
        if used:
            line.append(joint, style="dim")
            used += cell_len(joint)
        line.append_text(shown)
        used += shown.cell_len
    return [*lines, line] if items else []


def paragraph(text: str, *, width: int, lead: str, style: str = "") -> list[Text]:
    """A sentence wrapped between words; a word longer than a line goes on in the next one."""
    room = max(width - cell_len(lead), 1)
    pieces = [
        Text(piece, style=style) for word in safe(text).split() for piece in chop_cells(word, room)
    ]
    return flow(pieces, width=width, lead=lead, joint=" ")


def signed(sign: str, style: str, sentence: str, *, width: int, lead: str) -> list[Text]:
    """A sentence with a sign of two cells before its first line, under a heading.

    Args:
        sign: two cells.
        style: of the sign.
        sentence: what to say; one that shows nothing is still a line.
        width: cells of a line.
        lead: what its lines are indented by, at least as far as the sign goes.
    """
    first, *others = paragraph(sentence, width=width, lead=lead) or [Text(lead)]
    line = Text(" " * (INDENT + 2)).append(sign, style=style)
    return [line.append_text(first[len(line.plain) :]), *others]


def open_one(url: str, width: int) -> list[Text]:
    """A page to open, on a line of its own: it is for copying where the terminal knows no links."""
    lead = " " * (INDENT + 2)
    return paragraph(f"open one: {url}", width=width, lead=lead)


def command_lines(command: str, *, width: int, lead: str) -> list[Text]:
    """A command that can be copied: where it must be broken, the line ends in a backslash."""
    room = max(width - cell_len(lead) - 2, 1)
    pieces = [Text(piece) for word in safe(command).split() for piece in chop_cells(word, room)]
    return flow(pieces, width=width, lead=lead, joint=" ", trail=" \\")
