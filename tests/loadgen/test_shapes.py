"""Loads over time: what each kind of test asks for, and what holds of any."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.errors import InputError
from loadgen import shapes
from loadgen.shapes import Kind, Phase, Role, Shape

LEVELS = st.sampled_from((0.0, 0.5, 3.0, 40.0, 500.0))


@st.composite
def any_shape(draw: st.DrawFn) -> Shape:
    phases = []
    for number in range(draw(st.integers(1, 5))):
        seconds = draw(st.floats(0.5, 100))
        phases.append(
            Phase(
                name=str(number),
                role=Role.STEP,
                level=draw(LEVELS),
                seconds=seconds,
                approach_s=seconds * draw(st.sampled_from((0.0, 0.1, 0.5, 0.9))),
            )
        )
    return Shape(kind=Kind.STRESS, phases=tuple(phases))


def test_load_ramps_and_holds() -> None:
    shape = shapes.load(level=20, approach_s=10, seconds=60)
    assert [shape.level_at(t) for t in (0, 5, 10, 59.9, 60)] == [0, 10, 20, 20, None]
    assert shape.users_at(3) == (20, 2.0)


def test_load_without_an_end_goes_on() -> None:
    shape = shapes.load(level=20, approach_s=10, seconds=math.inf)
    assert shape.users_at(1e9) == (20, 2.0)
    assert shape.due_at(100 + 20 * 1e6) == pytest.approx(10 + 1e6)


def test_stress_goes_up_in_equal_steps() -> None:
    shape = shapes.stress(level=10, peak=50, steps=5, seconds=100)
    assert [phase.level for phase in shape.phases] == [10, 20, 30, 40, 50]
    assert {phase.seconds for phase in shape.phases} == {20}
    assert shape.users_at(0) == (10, 10.0)
    assert shape.users_at(20) == (20, 10.0)
    assert shape.users_at(100) is None


def test_spike_has_half_of_its_time_to_recover() -> None:
    shape = shapes.spike(level=5, peak=50, seconds=40)
    assert [(p.role, p.level, p.seconds) for p in shape.phases] == [
        (Role.BASE, 5, 10),
        (Role.PEAK, 50, 10),
        (Role.RECOVERY, 5, 20),
    ]
    assert shape.users_at(10) == (50, 45.0)
    assert shape.users_at(20) == (5, 45.0)


def test_endurance_holds_to_its_end() -> None:
    shape = shapes.endurance(level=8, seconds=3600, approach_s=8)
    assert shape.users_at(3599) == (8, 1.0)
    assert shape.users_at(3600) is None


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: shapes.stress(level=10, peak=10, steps=5, seconds=60), "not above"),
        (lambda: shapes.stress(level=10, peak=20, steps=1, seconds=60), "two steps"),
        (lambda: shapes.stress(level=10, peak=20, steps=90, seconds=60), "no time for step 1"),
        (lambda: shapes.spike(level=10, peak=5, seconds=60), "not above"),
        (lambda: shapes.spike(level=1, peak=5, seconds=2), "no time for base"),
        (lambda: shapes.load(level=1, approach_s=10, seconds=10), "no time for hold"),
    ],
)
def test_shape_that_makes_no_sense_is_refused(make: object, says: str) -> None:
    assert callable(make)
    with pytest.raises(InputError, match=says):
        make()


@given(any_shape(), st.floats(0, 600))
def test_level_stays_between_the_levels_of_its_phases(shape: Shape, t_s: float) -> None:
    level = shape.level_at(t_s)
    number = shape.number_at(t_s)
    if level is None or number is None:
        assert t_s >= shape.seconds
        return
    before = shape.phases[number - 1].level if number else 0.0
    low, high = sorted((before, shape.phases[number].level))
    assert low - 1e-9 <= level <= high + 1e-9


@given(any_shape(), st.floats(0, 600))
def test_users_are_those_the_phase_comes_to(shape: Shape, t_s: float) -> None:
    number = shape.number_at(t_s)
    found = shape.users_at(t_s)
    if number is None:
        assert found is None
    else:
        assert found is not None
        assert found[0] == round(shape.phases[number].level)
        assert found[1] > 0


@given(any_shape(), st.integers(2, 5))
def test_arrivals_are_the_integral_of_the_level(shape: Shape, parts: int) -> None:
    edges = [shape.seconds * i / parts for i in range(parts + 1)]
    for a, b in pairwise(edges):
        added = shape.arrivals_by(b) - shape.arrivals_by(a)
        levels = [shape.level_at(a + (b - a) * i / 400) or 0.0 for i in range(400)]
        one = shape.most * (b - a) / 400  # a jump may lie anywhere within a part
        assert added == pytest.approx(sum(levels) * (b - a) / 400, abs=6 * one + 1e-9)


@given(any_shape(), st.floats(0.001, 0.999))
def test_due_is_the_inverse_of_arrivals(shape: Shape, part: float) -> None:
    total = shape.arrivals_by(shape.seconds)
    due = shape.due_at(total * part)
    if due is None:
        assert total == 0
    else:
        assert shape.arrivals_by(due) == pytest.approx(total * part, rel=1e-6, abs=1e-6)


@given(any_shape())
def test_what_is_beyond_all_arrivals_is_never_due(shape: Shape) -> None:
    assert shape.due_at(shape.arrivals_by(shape.seconds) + 1) is None


@given(any_shape(), st.floats(0, 300), st.floats(0, 300))
def test_arrivals_never_go_back(shape: Shape, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert shape.arrivals_by(low) <= shape.arrivals_by(high) + 1e-9
