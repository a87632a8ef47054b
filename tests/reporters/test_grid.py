"""Tables use the room there is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from analyzer.reporters.terminal.cells import Bar, Label, Plain
from analyzer.reporters.terminal.grid import Column, Row, grid
from analyzer.reporters.terminal.view import command_lines, flow, paragraph

COLUMNS = (
    Column(title="name", justify="left", least=6),
    Column(justify="left", least=4, drop=1),
    Column(title="mean", group="ms"),
    Column(title="p99", group="ms", drop=0),
)


def row(name: str, mean: str = "1.0", p99: str = "2.0", share: float = 1.0) -> Row:
    return Row((Label(names=(name,)), Bar(share=share, full=1.0), Plain(mean), Plain(p99)))


def lines(width: int, *rows: Row, title: str = "") -> list[str]:
    return [line.plain.rstrip() for line in grid(COLUMNS, list(rows), width=width, title=title)]


def test_columns_go_in_the_order_they_can_be_missed() -> None:
    wide = lines(60, row("payment"))
    assert "p99" in wide[1]
    assert "█" in wide[2]
    narrower = lines(25, row("payment"))
    assert "p99" not in narrower[1]
    assert "█" in narrower[2]
    assert "█" not in lines(18, row("payment"))[2]


def test_columns_that_nobody_fills_take_no_room() -> None:
    columns = (Column(title="a"), Column(), Column(title="b"))
    blank = Row((Plain("1"), Plain(""), Plain("2")))
    assert [line.plain.rstrip() for line in grid(columns, [blank], width=40)] == [
        "   a  b",
        "   1  2",
    ]


def test_title_shares_the_first_line_where_there_is_room() -> None:
    assert lines(60, row("payment"), title="Time")[0].startswith(" Time ")
    assert lines(60, row("payment"), title="Time")[0].endswith("ms")
    apart = lines(18, row("payment"), title="Where the time goes")
    assert apart[0] == " Where the time goes"


def test_wide_characters_line_up() -> None:
    table = lines(60, row("订单服务"), row("cart"), row("ﬁ-é"))
    bars = {cell_len(line[: line.index("█")]) for line in table if "█" in line}
    assert len(bars) == 1


def test_long_names_are_shortened_in_their_middle_and_short_ones_kept() -> None:
    hop = Label(names=("gateway", "recommendation-service"))
    assert hop.at(24).plain == "gateway → recomme…ervice"
    assert hop.at(hop.wants()).plain == "gateway → recommendation-service"


def test_hint_goes_before_a_name_is_shortened_and_a_mark_stays() -> None:
    label = Label(names=("postgresql",), mark="(inferred)", hint="(hop)")
    assert label.at(label.wants()).plain == "postgresql  (inferred)  (hop)"
    assert label.at(label.wants() - 1).plain == "postgresql  (inferred)"
    assert label.at(18).plain == "pos…ql  (inferred)"


@pytest.mark.parametrize(
    ("share", "bar"),
    [(1.0, "████"), (0.5, "██"), (0.125, "▌"), (0.0001, "▏"), (0.0, ""), (2.0, "████"), (-1.0, "")],
)
def test_bar_grows_by_eighths_and_a_little_is_not_nothing(share: float, bar: str) -> None:
    assert Bar(share=share, full=1.0).at(4).plain == bar


def test_bars_of_nothing_are_empty() -> None:
    assert Bar(share=0.0, full=0.0).at(4).plain == ""


@given(
    st.lists(st.tuples(st.text(max_size=40), st.floats(-1, 2)), max_size=5), st.integers(40, 140)
)
def test_no_row_is_wider_than_the_terminal(rows: list[tuple[str, float]], width: int) -> None:
    made = [row(name, share=share) for name, share in rows]
    assert all(cell_len(line) <= width for line in lines(width, *made))


def test_facts_are_broken_between_them() -> None:
    facts = [Text("4,812 requests"), Text("80.2/s"), Text("3 failed")]
    assert [line.plain for line in flow(facts, width=26, lead=" ")] == [
        " 4,812 requests · 80.2/s",
        " 3 failed",
    ]
    assert flow([], width=26, lead=" ") == []


def test_word_longer_than_a_line_goes_on_in_the_next() -> None:
    assert [line.plain for line in paragraph("see abcdefghij", width=8, lead="  ")] == [
        "  see",
        "  abcdef",
        "  ghij",
    ]


def test_broken_command_can_be_copied() -> None:
    command = "slowhop trace runs/demo 4bf92f3577b34da6"
    broken = [line.plain for line in command_lines(command, width=30, lead="  ")]
    assert len(broken) > 1
    assert all(line.endswith(" \\") for line in broken[:-1])
    assert " ".join(line.strip(" \\") for line in broken) == command
