"""Two runs side by side, in a terminal and in a pull request."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.report.compare import Comparison
from analyzer.reporters.compare_markdown import MarkdownComparison
from analyzer.reporters.headline import headline
from analyzer.reporters.terminal.compare import render_comparison
from tests.reporters.comparisons import all_noise, endpoint, from_reports, service, slower_run
from tests.reporters.screen import assert_golden, assert_harmless, shown, shown_in_colour

COMPARISONS = {"slower": slower_run(), "noise": all_noise(), "reports": from_reports()}

HOSTILE = "\x1b[31mx\x07|`<img src=x>` @all [a](http://e.vil) www.e.vil\n# h"


def screen(comparison: Comparison, width: int = 80) -> str:
    return shown(render_comparison(comparison), width=width)


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", COMPARISONS)
def test_comparison_looks_as_it_should(name: str, width: int) -> None:
    text = screen(COMPARISONS[name], width)
    assert_harmless(text, width)
    assert_golden(f"compare_{name}_{width}", text)


@pytest.mark.parametrize("name", COMPARISONS)
def test_markdown_looks_as_it_should(name: str) -> None:
    assert_golden(f"compare_{name}.md", MarkdownComparison().render(COMPARISONS[name]))


@pytest.mark.parametrize("width", [20, 33, 40, 60, 100, 200])
@pytest.mark.parametrize("name", COMPARISONS)
def test_comparison_fits_every_width(name: str, width: int) -> None:
    assert_harmless(screen(COMPARISONS[name], width), width)


def test_every_row_with_a_verdict_is_shown_however_far_down_it_ranks() -> None:
    rows = [service(n, f"s{n:02}", 20.0 - n) for n in range(1, 20)]
    many = slower_run().model_copy(
        update={"services": (*rows, service(20, "the-last", -30.0, "faster"))}
    )
    assert re.search(r"20  the-last +faster", screen(many))


def test_verdicts_can_be_read_without_colour_and_are_coloured_where_there_is_some() -> None:
    assert "slower" in screen(slower_run())
    assert "\x1b[1;31mslower" in shown_in_colour(render_comparison(slower_run()))


def test_headline_names_what_got_slower_and_what_got_faster() -> None:
    said = headline(slower_run())
    assert said.startswith("Slower: the mean went from 39.2 ms to 89.5 ms.")
    assert "What got slower: pricing (+82.7 ms)." in said
    assert "What got faster: mailer (-9.1 ms)." in said


def test_headline_of_noise_makes_no_claim() -> None:
    assert headline(all_noise()).startswith("Noise: nothing got slower or faster")


def test_headline_says_where_the_mean_grew_when_no_call_takes_longer() -> None:
    serial = slower_run().model_copy(
        update={
            "services": (service(1, "pricing", 30.0), service(2, "search", 0.2)),
            "hops": (),
        }
    )
    assert "may no longer run side by side" in headline(serial)
    assert "pricing adds +27.0 ms" in headline(serial)


def test_hostile_names_are_shown_and_do_nothing() -> None:
    hostile = slower_run(names=(HOSTILE, HOSTILE, HOSTILE), warnings=(HOSTILE,))
    hostile = hostile.model_copy(update={"endpoints": (endpoint(1, HOSTILE, 9.0, "slower"),)})
    assert_harmless(screen(hostile), 80)
    assert "\x1b" not in screen(hostile)
    markdown = MarkdownComparison().render(hostile)
    outside = re.sub(r"`[^`\n]*`", "", markdown)  # within code nothing means anything
    for mark in ("\x1b", "\x07", "<", "@", "](", "http:", "www.", "\n# "):
        assert mark not in outside


def columns(line: str) -> int:
    return line.count("|")


@settings(deadline=None)
@given(st.text(max_size=60))
def test_no_name_breaks_a_markdown_table(name: str) -> None:
    said = MarkdownComparison().render(slower_run(names=(name, name, name), warnings=(name,)))
    expected = MarkdownComparison().render(slower_run(names=("a", "a", "a"), warnings=("a",)))
    assert len(said.split("\n")) == len(expected.split("\n"))
    for line, as_it_should in zip(said.split("\n"), expected.split("\n"), strict=True):
        assert columns(line) == columns(as_it_should)
        assert line.count("`") % 2 == 0


@settings(deadline=None)
@given(st.text(max_size=60))
def test_no_name_harms_a_terminal(name: str) -> None:
    assert_harmless(screen(slower_run(names=(name, name, name), warnings=(name,))), 80)
