"""What must hold for whatever slowhop writes, wherever it writes it."""

import re
import unicodedata

from rich.cells import cell_len

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
"""The one kind of escape that is slowhop's own: colours, and only where a terminal wants them."""

ACTING = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
"""Categories of characters that act: controls, marks of direction, halves, other line ends."""


def assert_fit_for_a_terminal(text: str, *, width: int, colours: bool = False) -> None:
    """Lines of visible characters, none wider than the terminal."""
    if colours:
        text = COLOURS.sub("", text)
    for line in text.split("\n"):
        assert cell_len(line) <= width, line
        acting = [c for c in line if unicodedata.category(c) in ACTING]
        assert not acting, f"{acting} in {line!r}"


def assert_few_plain_lines(text: str, *, lines: int, longest: int) -> None:
    """A complaint: so many lines at most, each of them short and of visible characters."""
    told = text.splitlines()
    assert text == "".join(f"{line}\n" for line in told)
    assert len(told) <= lines, told
    assert_fit_for_a_terminal(text, width=longest)


CODE = re.compile(r"`[^`\n]*`")
MARKUP = re.compile(r"[<>]|(?<!\*)\*(?!\*)|!\[|\]\(|~~|https?:|www\.|@\w")
"""What acts in Markdown outside of code, and is not a bold verdict of slowhop's own."""


def assert_fit_for_markdown(text: str) -> None:
    """Tables stay tables, and nothing outside of code is markup, a link, a mention or HTML."""
    assert text.count("`") % 2 == 0
    titles = 0
    for line in text.splitlines():
        outside = CODE.sub("", line)
        assert not MARKUP.search(outside), line
        if line.startswith("|"):
            assert line.endswith(" |") or set(line) == set("|-"), line
            cells = line.count("|")
            titles = titles or cells
            assert cells == titles, line
        else:
            titles = 0
        acting = [c for c in line if unicodedata.category(c) in ACTING]
        assert not acting, f"{acting} in {line!r}"
        assert len(line) < LONGEST_LINE


LONGEST_LINE = 2_000
"""Of a Markdown document; a paragraph is one line."""
