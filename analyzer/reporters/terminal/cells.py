"""What stands in a table: texts, names that can be shortened, bars that can grow."""

from dataclasses import dataclass
from typing import Protocol

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from analyzer.reporters.terminal.safe_text import safe, shorten

EIGHTHS = " ▏▎▍▌▋▊▉"
"""The first n eighths of a cell, n from 0 to 7."""

BAR_CELLS = 24
"""The widest bar: wider ones tell no more."""


class Cell(Protocol):
    """One field of a table."""

    def wants(self) -> int:
        """The width it would like, in terminal cells."""
        ...

    def at(self, width: int) -> Text:
        """Itself in at most `width` cells."""
        ...


@dataclass(frozen=True, slots=True)
class Plain:
    """A text of our own making, such as a figure; `short` says the same where room is short.

    `link` is an address of our own making too, where terminals that know links lead to.
    """

    text: str
    style: str = ""
    short: str | None = None
    link: str | None = None

    def wants(self) -> int:
        """Its whole length."""
        return cell_len(self.text)

    def at(self, width: int) -> Text:
        """The text, or what is short for it."""
        fits = self.short is None or cell_len(self.text) <= width
        text = Text(shorten(self.text if fits else self.short or "", width), style=self.style)
        if self.link is not None:
            text.stylize(Style(link=self.link))
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """Names from traces side by side, each shortened in its middle when room is short.

    Attributes:
        names: the names as they came, hostile or not.
        joint: what stands between them.
        mark: what must be said about them; never dropped.
        hint: what helps to read them; dropped before a name is shortened.
        lead: what stands before them, such as an indentation.
        style: of the names.
    """

    names: tuple[str, ...]
    joint: str = " → "
    mark: str = ""
    hint: str = ""
    lead: str = ""
    style: str = ""

    def wants(self) -> int:
        """The width with all names whole, mark and hint."""
        return self._fixed() + sum(cell_len(safe(name)) for name in self.names) + _room(self.hint)

    def at(self, width: int) -> Text:
        """Names, mark and hint as far as they fit."""
        names = [safe(name) for name in self.names]
        room = width - self._fixed()
        spare = room - sum(cell_len(name) for name in names)
        text = Text(self.lead)
        shown = _share_out(names, max(room, 0))
        for position, name in enumerate(shown):
            if position:
                text.append(self.joint)
            text.append(name, style=self.style)
        if self.mark:
            text.append(f"  {self.mark}", style="dim")
        if self.hint and spare >= _room(self.hint):
            text.append(f"  {self.hint}", style="dim")
        text.truncate(width, overflow="ellipsis")
        return text

    def _fixed(self) -> int:
        joints = cell_len(self.joint) * (len(self.names) - 1)
        return cell_len(self.lead) + joints + _room(self.mark)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A share as a bar of eighths of a cell; `full` is the share that fills it."""

    share: float
    full: float
    style: str = ""

    def wants(self) -> int:
        """As much as helps."""
        return BAR_CELLS

    def at(self, width: int) -> Text:
        """The bar; anything above nothing shows at least one eighth."""
        part = min(max(self.share / self.full, 0.0), 1.0) if self.full > 0 else 0.0
        eighths = round(part * width * 8)
        if part > 0:
            eighths = max(eighths, 1)
        whole, rest = divmod(eighths, 8)
        return Text(("█" * whole + EIGHTHS[rest]).rstrip(), style=self.style)


def _room(note: str) -> int:
    return cell_len(note) + 2 if note else 0


def _share_out(names: list[str], room: int) -> list[str]:
    """Each name in its part of the room: short ones whole, the long ones share what is left."""
    widths = dict.fromkeys(range(len(names)), 0)
    left = room
    by_length = sorted(widths, key=lambda position: (cell_len(names[position]), position))
    for done, position in enumerate(by_length):
        widths[position] = min(cell_len(names[position]), left // (len(names) - done))
        left -= widths[position]
    return [shorten(name, widths[position]) for position, name in enumerate(names)]
