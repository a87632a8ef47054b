"""Figures carry as many digits as matter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.reporters.terminal import figures


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.001, "<0.01"),
        (0.12, "0.12"),
        (0.999, "1.0"),
        (4.5, "4.5"),
        (9.96, "10.0"),
        (55.7, "55.7"),
        (99.96, "100"),
        (131.2, "131"),
        (1204.0, "1,204"),
        (9999.4, "9,999"),
        (9999.6, "10.0 s"),
        (12_345.0, "12.3 s"),
        (99_960.0, "100 s"),
        (1_234_567.0, "1,235 s"),
        (-27.1, "-27.1"),
        (None, "–"),
        (float("nan"), "–"),
        (float("inf"), "–"),
    ],
)
def test_milliseconds(value: float | None, text: str) -> None:
    assert figures.milliseconds(value) == text


@given(st.floats(0.001, 1e9), st.floats(0.001, 1e9))
def test_larger_time_never_reads_as_a_smaller_one(one: float, other: float) -> None:
    def read(text: str) -> float:
        number = float(text.removeprefix("<").removesuffix(" s").replace(",", ""))
        return number * 1_000 if text.endswith(" s") else number

    low, high = sorted((one, other))
    below = 0.0 if low < figures.LEAST_MS else read(figures.milliseconds(low))
    assert below <= read(figures.milliseconds(high))


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0.0 %"),
        (0.00001, "<0.1 %"),
        (0.472, "47.2 %"),
        (0.99999, ">99.9 %"),
        (1.0, "100.0 %"),
        (None, "–"),
    ],
)
def test_neither_a_little_nor_nearly_all_is_rounded_away(share: float | None, text: str) -> None:
    assert figures.percent(share) == text


@pytest.mark.parametrize(
    ("saving", "text"),
    [(27.1, "-27.1 ms"), (0.0, "0 ms"), (-2.0, "+2.0 ms"), (12_300.0, "-12.3 s"), (None, "–")],
)
def test_saving_is_a_time_that_goes_away(saving: float | None, text: str) -> None:
    assert figures.change_with_unit(saving) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.42, "0.42"), (80.2, "80.2"), (0.0, "0.0"), (1234.0, "1,234"), (None, "–")],
)
def test_rate(value: float | None, text: str) -> None:
    assert figures.rate(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.4, "0.4 s"),
        (60.2, "60 s"),
        (119.0, "119 s"),
        (300.0, "5 min"),
        (301.0, "5 min 1 s"),
        (7_500.0, "2 h 5 min"),
        (7_200.0, "2 h"),
        (float("inf"), "–"),
    ],
)
def test_duration(value: float, text: str) -> None:
    assert figures.seconds(value) == text


def test_running_time_counts_hours_once_there_are_some() -> None:
    assert figures.clock(12.9) == "00:12"
    assert figures.clock(3_723.0) == "1:02:03"
    assert figures.clock(-1.0) == "00:00"


def test_factor() -> None:
    assert figures.times(3.14) == "×3.1"
    assert figures.times(1234.0) == "×1,234"
    assert figures.times(None) == "–"


def test_noun_follows_its_count() -> None:
    assert figures.plural(1, "span") == "1 span"
    assert figures.plural(4_000, "span") == "4,000 spans"
    assert figures.plural(2, "lost span", "lost spans") == "2 lost spans"


def test_moment_is_utc_and_time_may_start_at_zero() -> None:
    assert figures.moment(1_795_428_001_234_567_890) == "2026-11-23 10:00:01.234"
    assert figures.moment(0) == "1970-01-01 00:00:00.000"
    assert figures.moment(2**63 - 1) == "2262-04-11 23:47:16.854"
    assert figures.nanoseconds(1_500_000) == "1.5"
