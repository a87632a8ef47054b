"""What people write about figures."""

import pytest

from analyzer.conditions import FIGURES, Condition, shown
from analyzer.errors import InputError
from loadgen.requirements import Requirement


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("p95 > 500ms for 10s", ("p95", None, True, 500.0, 10)),
        ("errors>10% for 5s", ("errors", None, True, 0.1, 5)),
        ("errors > 0.1", ("errors", None, True, 0.1, 1)),
        ('p95["GET /"] > 1.5s for 1m', ("p95", "GET /", True, 1500.0, 60)),
        ("p99['GET /cart/<id>'] > 300ms", ("p99", "GET /cart/<id>", True, 300.0, 1)),
        ("throughput < 20/s for 500ms", ("throughput", None, False, 20.0, 1)),
        ("p95 > 60s", ("p95", None, True, 60_000.0, 1)),
        ("errors > 0.07%", ("errors", None, True, pytest.approx(0.0007), 1)),
        ("throughput < 123456.5/s", ("throughput", None, False, 123456.5, 1)),
        ("rps < 20 for 5", ("throughput", None, False, 20.0, 5)),
        (" in_flight >= 100 for 1.5s ", ("in_flight", None, True, 100.0, 2)),
    ],
)
def test_conditions_as_people_write_them(text: str, expected: tuple[object, ...]) -> None:
    c = Condition.from_text(text)
    assert (c.figure, c.endpoint, c.above, c.bound, c.seconds) == expected
    assert Condition.from_text(c.text) == c


@pytest.mark.parametrize(
    "text",
    [
        "", "p95", "p95 500ms", "p95 > 500", "p95 > 10%", "errors > 5ms", "p42 > 5ms",
        "throughput < 5ms", "p95 > 1.2.3ms", "p95 > 5ms for ever", "p95[GET /] > 5ms",
        'p95["GET /] > 5ms', "in_flight > 5/s", "p95 > -5ms",
    ],
)  # fmt: skip
def test_what_is_no_condition_is_refused_with_a_hint(text: str) -> None:
    with pytest.raises(InputError) as raised:
        Condition.from_text(text)
    assert "p95 > 500ms for 10s" in raised.value.hint


@pytest.mark.parametrize(
    ("figure", "value", "text"),
    [
        ("p95", 12.3456, "12.35ms"), ("mean", 61_234.5, "61234ms"), ("errors", 0.5714, "57.14%"),
        ("throughput", 20.0, "20/s"), ("in_flight", 7.25, "7.25"),
    ],
)  # fmt: skip
def test_values_as_people_write_them(figure: str, value: float, text: str) -> None:
    assert shown(figure, value) == text


def test_the_message_names_the_figures() -> None:
    with pytest.raises(InputError, match=", ".join(FIGURES)):
        Condition.from_text("apdex > 1")


def test_a_requirement_is_a_comparison_of_the_same_grammar() -> None:
    assert Requirement.from_text("p95 < 300ms") == Requirement(figure="p95", below=300.0)
    assert Requirement.from_text("mean <= 1.5s") == Requirement(figure="mean", below=1500.0)
    assert Requirement.from_text("errors < 1%") == Requirement(figure="errors", below=0.01)
    for text in (
        "p95 > 3ms",
        "p95 < 3ms for 5s",
        'p95["GET /"] < 3ms',
        "throughput < 5",
        "p95 < 3",
    ):
        with pytest.raises(InputError):
            Requirement.from_text(text)
