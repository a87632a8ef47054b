"""A terminal that remembers, and what must hold for everything that is written to one."""

import io
import os
import unicodedata
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console, RenderableType

GOLDEN = Path(__file__).with_name("golden")
UPDATE = "SLOWHOP_UPDATE_GOLDEN"
"""Set to 1 to rewrite the golden files; the change is then reviewed as a diff."""


def shown(renderable: RenderableType, width: int = 80, height: int = 24) -> str:
    """What a terminal without colour shows."""
    file = io.StringIO()
    Console(file=file, width=width, height=height, color_system=None).print(renderable)
    return file.getvalue()


def shown_in_colour(renderable: RenderableType, width: int = 80) -> str:
    """What a terminal with the 16 standard colours is sent."""
    file = io.StringIO()
    console = Console(
        file=file, width=width, color_system="standard", force_terminal=True, no_color=False
    )
    console.print(renderable)
    return file.getvalue()


def assert_golden(name: str, text: str) -> None:
    """The text is what the golden file holds."""
    file = GOLDEN / f"{name}.txt"
    if os.environ.get(UPDATE) == "1":
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8"), f"rewrite on purpose with {UPDATE}=1"


def assert_harmless(text: str, width: int) -> None:
    """Nothing but lines of visible characters, none of them wider than the terminal."""
    for line in text.split("\n"):
        assert cell_len(line) <= width, line
        for character in line:
            assert character.isprintable(), f"{character!r} in {line!r}"
            assert unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}
