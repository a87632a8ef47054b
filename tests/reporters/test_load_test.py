"""What a test concludes, as a person reads it."""

import pytest

from analyzer.report.load_test import LoadTest
from analyzer.reporters.terminal.report import render_report
from tests.reporters.builders import shop_report
from tests.reporters.load_tests import TESTS, hostile
from tests.reporters.screen import assert_golden, assert_harmless, shown


def section(test: LoadTest, width: int = 80) -> str:
    text = shown(render_report(shop_report().model_copy(update={"test": test})), width=width)
    begins = text.index(f" {test.kind.capitalize()} test")
    return text[begins:]


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", TESTS)
def test_section_looks_as_it_should(name: str, width: int) -> None:
    text = section(TESTS[name], width)
    assert_harmless(text, width)
    assert_golden(f"test_{name}_{width}", text)


@pytest.mark.parametrize("width", [20, 33, 60, 200])
@pytest.mark.parametrize("name", TESTS)
def test_section_fits_every_width(name: str, width: int) -> None:
    assert_harmless(section(TESTS[name], width), width)


@pytest.mark.parametrize("width", [30, 80])
def test_hostile_names_do_no_harm(width: int) -> None:
    assert_harmless(section(hostile(), width), width)


def test_report_without_a_test_has_no_section() -> None:
    assert " test" not in shown(render_report(shop_report())).split("Warnings")[-1]
