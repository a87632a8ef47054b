"""Options of tests: what they mean, and which do not go together."""

import math
from pathlib import Path
from typing import Any

import pytest

from analyzer.cli.capacity import capacity_test
from analyzer.cli.session_plan import LoadPlan, SessionPlan, load_record
from analyzer.cli.shaping import Shaping, load_test_of
from analyzer.errors import InputError
from collector.options import FREE_PORTS
from loadgen.arrivals import Spacing
from loadgen.load_test import SMOKE, LoadTest
from loadgen.shapes import Kind
from tests.cli.command import slowhop


def meant(
    *,
    users: int | None = None,
    spawn_rate: float | None = None,
    run_time: str | None = None,
    **given: Any,  # noqa: ANN401  options by name
) -> LoadTest:
    found = load_test_of(Shaping(**given), users=users, spawn_rate=spawn_rate, run_time=run_time)
    assert LoadTest.from_record(found.record()) == found  # as the plugin will get it
    return found


def levels(test: LoadTest) -> list[tuple[float, float]]:
    assert test.shape is not None
    return [(phase.level, phase.seconds) for phase in test.shape.phases]


def test_load_is_left_to_locust() -> None:
    found = meant(users=50, spawn_rate=10, run_time="60s")
    assert not found.steers
    assert levels(found) == [(50, 60)]
    assert found.shape is not None
    assert found.shape.phases[0].approach_s == 5


@pytest.mark.parametrize("given", [{}, {"users": 50, "run_time": "20s"}, {"run_time": "20s"}])
def test_load_of_which_little_is_said_has_no_plan(given: dict[str, Any]) -> None:
    assert meant(**given).shape is None


def test_load_until_it_is_stopped_has_no_end() -> None:
    assert levels(meant(users=5)) == [(5, math.inf)]


def test_every_test_has_defaults() -> None:
    assert levels(meant(test=Kind.STRESS)) == [(10, 30), (20, 30), (30, 30), (40, 30), (50, 30)]
    assert levels(meant(test=Kind.SPIKE)) == [(10, 30), (50, 30), (10, 60)]
    assert levels(meant(test=Kind.ENDURANCE)) == [(10, 1800)]


def test_options_shape_a_test() -> None:
    stress = meant(test=Kind.STRESS, users=20, steps=3, peak=80.0, run_time="90s", spawn_rate=10)
    assert levels(stress) == [(20, 30), (50, 30), (80, 30)]
    assert stress.shape is not None
    assert {p.approach_s for p in stress.shape.phases} == {3}
    assert levels(meant(test=Kind.ENDURANCE, soak="2h", users=8)) == [(8, 7200)]
    assert levels(meant(test=Kind.ENDURANCE, run_time="10m")) == [(10, 600)]


def test_arrivals_take_the_place_of_users() -> None:
    found = meant(test=Kind.SPIKE, arrival_rate=20.0, run_time="40s")
    assert levels(found) == [(20, 10), (100, 10), (20, 20)]
    assert found.arrivals is not None
    assert found.arrivals.max_users == 1000  # as many as arrive in ten seconds of the peak
    held = meant(arrival_rate=2.0, max_users=7, spacing=Spacing.EVEN)
    assert held.steers
    assert held.arrivals is not None
    assert (held.arrivals.max_users, held.arrivals.spacing) == (7, Spacing.EVEN)


@pytest.mark.parametrize(
    ("given", "message", "hint"),
    [
        ({"peak": 50.0}, "--peak is for spike or stress tests", "--test spike"),
        ({"steps": 3, "test": Kind.SPIKE}, "--steps is for stress tests", "--test stress"),
        ({"soak": "1h"}, "--soak is for endurance tests", "--test endurance"),
        (
            {"soak": "1h", "run_time": "1h", "test": Kind.ENDURANCE},
            "say the same",
            "one of them",
        ),
        ({"soak": "soon", "test": Kind.ENDURANCE}, "no time", "60s"),
        ({"users": 5, "arrival_rate": 5.0}, "either users or arrivals", "--max-users"),
        ({"arrival_rate": 0.0}, "cannot be 0", "above 0"),
        ({"max_users": 5}, "--max-users is for arrivals", "--arrival-rate"),
        ({"test": Kind.STRESS, "users": 100, "peak": 50.0}, "not above", "--peak"),
        ({"test": Kind.STRESS, "run_time": "4s"}, "no time for step 1", "--spawn-rate"),
        ({"require": ("p95 < 300",)}, "lacks its unit", "300ms"),
        ({"require": ("speed < 3ms",)}, "no requirement", "p95 < 300ms"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    given: dict[str, Any], message: str, hint: str
) -> None:
    with pytest.raises(InputError) as refused:
        meant(**given)
    assert message in refused.value.message
    assert hint in refused.value.hint


def test_requirements_are_read_as_people_write_them() -> None:
    found = meant(require=("p95 < 300ms", "p99<1.5s", "errors <= 1%", "mean < 80ms"))
    assert [(r.figure, r.below) for r in found.requirements] == [
        ("p95", 300.0),
        ("p99", 1500.0),
        ("errors", 0.01),
        ("mean", 80.0),
    ]


def search(**given: Any) -> LoadTest:  # noqa: ANN401  options by name
    options: dict[str, Any] = {
        "require": ("p95 < 300ms",),
        "users": None,
        "arrival_rate": None,
        "peak": 1000.0,
        "level_time": "15s",
        "within": 10.0,
        "spacing": Spacing.POISSON,
        "max_users": None,
    }
    found = capacity_test(**{**options, **given})
    assert LoadTest.from_record(found.record()) == found
    return found


def test_capacity_searches_users_or_rates() -> None:
    users, rate = search(users=4).search, search(arrival_rate=2.5).search
    assert users is not None
    assert rate is not None
    assert (users.bounds.start, users.bounds.whole, users.bounds.within) == (4, True, 0.1)
    assert (rate.bounds.start, rate.bounds.whole) == (2.5, False)


@pytest.mark.parametrize(
    ("given", "hint"),
    [({"require": ()}, "--require"), ({"users": 4, "arrival_rate": 4.0}, "--arrival-rate")],
)
def test_capacity_needs_a_requirement_and_one_kind_of_load(
    given: dict[str, Any], hint: str
) -> None:
    with pytest.raises(InputError) as refused:
        search(**given)
    assert hint in refused.value.hint


def test_how_long_a_run_lasts_is_told_by_its_test() -> None:
    def lasts(test: LoadTest | None, run_time: str | None) -> float | None:
        return LoadPlan(
            locustfile="f.py", host=None, users=1, spawn_rate=1, run_time=run_time, test=test
        ).lasts_s

    assert lasts(None, "60s") == 60
    assert lasts(meant(users=1, run_time="60s"), "60s") == 60
    assert lasts(meant(test=Kind.STRESS), None) == 150
    assert lasts(meant(arrival_rate=1.0), None) is None
    assert lasts(search(), None) is None
    assert lasts(LoadTest(kind=SMOKE), "10s") == 10


@pytest.mark.parametrize(
    ("asked", "name"), [("nightly", "nightly"), (None, "checkout"), ("", "checkout")]
)
def test_a_run_without_a_name_has_that_of_its_first_locustfile(
    asked: str | None, name: str
) -> None:
    load = LoadPlan(
        locustfile="users/checkout.py,users/search.py",
        host=None,
        users=1,
        spawn_rate=1,
        run_time="60s",
    )
    plan = SessionPlan.from_load(
        load,
        command="live",
        name=asked,
        runs_dir=Path("runs"),
        receiving=FREE_PORTS,
        jaeger_ui="http://ann:secret@127.0.0.1:16686/",
        late_spans_s=1.0,
    )
    assert plan.name == name
    assert plan.jaeger_ui == "http://127.0.0.1:16686"
    assert load_record(load, None)["locustfile"] == "checkout.py"


@pytest.mark.parametrize(
    "arguments",
    [
        ("live", "--peak", "50"),
        ("demo", "--soak", "1h"),
        ("capacity", "-f", "nowhere.py"),
        ("smoke", "--run-time", "soon"),
    ],
)
def test_mistakes_are_two_lines_and_no_run(arguments: tuple[str, ...]) -> None:
    ended = slowhop(*arguments)
    assert ended.code == 2
    assert all(ended.complaint)
