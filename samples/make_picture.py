"""Draw the report of a run as README shows it.

slowhop demo --fault slow_query
python -m samples.make_picture runs/<the run it names>

slowhop demo --test stress --fault few_workers
python -m samples.make_picture runs/<the run it names> --test --output samples/test_stress.svg
"""

import argparse
import io
import re
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.segment import Segment, Segments
from rich.terminal_theme import TerminalTheme

from analyzer.report.model import Report
from analyzer.reporters.terminal.load_test import load_test
from analyzer.reporters.terminal.report import render_report

PICTURE = Path(__file__).with_name("report.svg")

WIDTH = 100
"""Terminal cells: what fits between a README's margins."""

LINES = 34
"""How much of the report is shown: the run, the ranking, the endpoints, the first paths."""

THEME = TerminalTheme(
    (17, 21, 28),
    (201, 209, 217),
    [
        (72, 79, 88), (255, 123, 114), (63, 185, 80), (210, 153, 34),
        (88, 166, 255), (188, 140, 255), (57, 197, 207), (177, 186, 196),
    ],
    [
        (110, 118, 129), (255, 161, 152), (86, 211, 100), (227, 179, 65),
        (121, 192, 255), (210, 168, 255), (86, 212, 221), (240, 246, 252),
    ],
)  # fmt: skip
"""A terminal's sixteen colours on a dark ground."""

FONTS = "'SFMono-Regular', Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"


def beginning(report: Report) -> RenderableType:
    """The report from its first line on."""
    return render_report(report, width=WIDTH)


def verdict(report: Report) -> RenderableType:
    """What the report says of the test alone."""
    if report.test is None:
        raise SystemExit("that run says nothing of its test")
    return Group(*load_test(report.test, WIDTH))


def draw(shown: RenderableType, *, lines: int, title: str) -> str:
    """The first lines of what is shown as SVG, in the fonts of whoever looks at it."""
    console = Console(
        record=True,
        width=WIDTH,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        legacy_windows=False,
    )
    for line in console.render_lines(shown, pad=False)[:lines]:
        console.print(Segments([*line, Segment.line()]), end="")
    svg = console.export_svg(title=title, theme=THEME, unique_id="report")
    without_fonts = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    return re.sub(r"font-family: Fira Code, monospace", f"font-family: {FONTS}", without_fonts)


def main() -> None:
    """Draw one run directory's report."""
    parser = argparse.ArgumentParser(description="Draw the report of a run directory.")
    parser.add_argument("run", type=Path, help="a run directory")
    parser.add_argument("--output", type=Path, default=PICTURE, help="default: %(default)s")
    parser.add_argument("--test", action="store_true", help="only what it says of the test")
    parser.add_argument("--lines", type=int, default=LINES, help="default: %(default)s")
    arguments = parser.parse_args()
    report = Report.from_json((arguments.run / "report.json").read_bytes())
    shown = verdict(report) if arguments.test else beginning(report)
    picture = draw(shown, lines=arguments.lines, title=f"slowhop {report.run.command}")
    arguments.output.write_text(
        "\n".join(line.rstrip() for line in picture.splitlines() if line.strip()) + "\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
