r"""Names from traces made fit for a terminal: nothing in them acts, everything in them is seen.

Whoever sends spans chooses the names in them. A name may hold escapes that move the cursor, set the
title or recolour the screen, newlines that break a table, marks that reverse the reading direction,
and characters without width that make two names look alike. All of these are shown as themselves
here: control characters as their pictures (␛), the others by their number (\u202e).
"""

import unicodedata

from rich.cells import cell_len
from rich.text import Text

LONGEST_NAME = 1_000
"""Characters of a name that are looked at; no screen shows more, and a name may be megabytes."""

LONGEST_IN_SENTENCE = 40
"""Cells of a name within a sentence; in a table it is the column that decides."""

MARKS_IN_A_ROW = 3
"""Combining marks that scripts really stack; more of them paint over the lines around."""

NOT_SEEN = frozenset(
    (
        0x034F,  # combining grapheme joiner
        0x115F,  # Hangul fillers: letters that are blank
        0x1160,
        0x17B4,  # Khmer vowels that are not drawn
        0x17B5,
        0x2800,  # Braille pattern blank
        0x3164,
        0xFFA0,
        *range(0x180B, 0x1810),  # variation selectors: they change the width of what is before
        *range(0xFE00, 0xFE10),
        *range(0xE0100, 0xE01F0),
    )
)
"""Characters that count as printable and yet leave no ink or change their neighbour's width."""


def safe(name: str) -> str:
    """The name as it may be written to a terminal: one line, every character visible."""
    if len(name) > LONGEST_NAME:
        half = LONGEST_NAME // 2
        name = f"{name[:half]}…{name[-half:]}"
    if name.isascii() and name.isprintable():
        return name if name.strip() else "(no name)"
    shown: list[str] = []
    marks = MARKS_IN_A_ROW  # at the start a mark would sit on whatever stands before the name
    for character in name:
        if not unicodedata.category(character).startswith("M"):
            marks = 0
        else:
            marks += 1
        visible = marks <= MARKS_IN_A_ROW and _is_visible(character)
        shown.append(character if visible else _picture(character))
    return "".join(shown)


def safe_text(name: str, style: str = "") -> Text:
    """The name as rich text; markup in it stays what it is, a part of the name."""
    return Text(safe(name), style=style)


def shorten(text: str, width: int) -> str:
    """The text in at most `width` cells, its middle replaced by … where it is longer.

    Names differ at their ends (`checkout-service-v2`, `GET /api/users`), so both are kept.
    """
    if cell_len(text) <= width:
        return text
    if width <= 1:
        return "…"[:width]
    tail_cells = (width - 1) // 2
    head = _prefix(text, width - 1 - tail_cells)
    tail = _prefix(text[::-1], tail_cells)[::-1]
    while tail and unicodedata.category(tail[0]).startswith("M"):
        tail = tail[1:]
    return f"{head}…{tail}"


def safe_line(text: str) -> str:
    """A sentence as one line that is no longer than anybody reads."""
    return shorten(safe(text), LONGEST_NAME)


def in_sentence(*names: str) -> str:
    """A service, or the two ends of a hop, short enough to be said in a sentence."""
    return " → ".join(shorten(safe(name), LONGEST_IN_SENTENCE) for name in names)


def _is_visible(character: str) -> bool:
    return character.isprintable() and ord(character) not in NOT_SEEN


def _picture(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _prefix(text: str, cells: int) -> str:
    used = 0
    for position, character in enumerate(text):
        used += cell_len(character)
        if used > cells:
            return text[:position]
    return text
