"""Tests in locust: shapes, arrivals, searches and smoke, on any locustfile, with workers too."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from analyzer.errors import InputError
from loadgen import shapes
from loadgen.arrivals import OpenLoad, Spacing
from loadgen.capacity_search import Bounds
from loadgen.launcher import start
from loadgen.load_test import CAPACITY, SMOKE, CapacitySearch, LoadTest
from loadgen.requirements import Requirement
from loadgen.shapes import Shape
from tests.loadgen.conftest import Workbench
from tests.loadgen.servers import ServerUnderLoad

LOOK = """
    from locust import HttpUser, SequentialTaskSet, between, constant, task

    class Someone(HttpUser):
        wait_time = constant(0.1)

        @task
        def look(self):
            self.client.get("/ok")
"""

VISITS = """
    from locust import HttpUser, SequentialTaskSet, constant, task

    class Visit(SequentialTaskSet):
        @task
        def first(self):
            self.client.get("/first")
            self.user.wait()
            self.client.get("/after-a-pause")

        @task
        def second(self):
            self.client.get("/second")

    class Someone(HttpUser):
        wait_time = constant(3600)
        tasks = [Visit]
"""

OWN = (
    LOOK
    + """
    from locust import LoadTestShape

    class Mine(LoadTestShape):
        def tick(self):
            return (3, 3) if self.get_run_time() < 2 else None
"""
)

RARE = """
    from locust import HttpUser, TaskSet, constant, task

    class Inside(TaskSet):
        @task(100)
        def usual(self):
            self.client.get("/usual")

        @task
        def odd(self):
            self.client.get("/status/500/odd")
            self.interrupt()

    class One(HttpUser):
        weight = 1000
        wait_time = constant(0.05)

        @task(1000)
        def often(self):
            self.client.get("/often")

        @task
        def seldom(self):
            self.client.get("/seldom")

    class Other(HttpUser):
        wait_time = constant(0.05)
        tasks = [Inside]
"""


def plan_of(shape: Shape, **more: Any) -> LoadTest:  # noqa: ANN401  fields by name
    return LoadTest(kind=shape.kind.value, shape=shape, **more)


EVEN = OpenLoad(spacing=Spacing.EVEN, max_users=20)


def lines(run_dir: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run_dir / "phases.jsonl").read_text().splitlines()]


def test_users_follow_the_steps(bench: Workbench) -> None:
    shape = shapes.stress(level=2, peak=6, steps=2, seconds=6)
    ended = bench.run(LOOK, test=plan_of(shape), users=99, run_time="60s")
    seen = {point["users"] for point in ended.points}
    assert {2, 6} <= seen
    assert max(seen) == 6
    phases = lines(bench.run_dir)
    assert [(p["event"], p.get("name"), p.get("level")) for p in phases] == [
        ("began", "step 1", 2),
        ("began", "step 2", 6),
        ("ended", None, None),
    ]
    assert 1 < (phases[1]["time_ns"] - phases[0]["time_ns"]) / 1e9 < 10


def test_shape_runs_on_the_master(bench: Workbench) -> None:
    shape = shapes.stress(level=2, peak=4, steps=2, seconds=8)
    ended = bench.run(LOOK, test=plan_of(shape), extra=("--processes", "2"))
    assert ended.record["users_max"] == 4
    assert [p["event"] for p in lines(bench.run_dir)] == ["began", "began", "ended"]


def test_shape_of_the_locustfile_goes_before_a_load_test(bench: Workbench) -> None:
    shape = shapes.load(level=9, approach_s=1, seconds=60)
    ended = bench.run(OWN, test=plan_of(shape), users=9, run_time="60s")
    assert ended.record["users_max"] == 3
    assert not (bench.run_dir / "phases.jsonl").exists()


def test_shape_of_the_locustfile_and_another_kind_of_test_are_refused(bench: Workbench) -> None:
    shape = shapes.spike(level=1, peak=2, seconds=60)
    with pytest.raises(InputError, match="shape of its own, Mine, and a spike test") as refused:
        start(bench.options(OWN, test=plan_of(shape)))
    assert "--test load" in refused.value.hint


@pytest.mark.parametrize("workers", [(), ("--processes", "2")], ids=["alone", "workers"])
def test_arrivals_come_when_due_whatever_users_wait(
    workers: tuple[str, ...], bench: Workbench, server: ServerUnderLoad
) -> None:
    shape = shapes.load(level=20, approach_s=1, seconds=6)
    ended = bench.run(
        VISITS.replace("self.user.wait()", "pass"),
        test=plan_of(shape, arrivals=EVEN),
        extra=workers,
    )
    told = json.loads((bench.run_dir / "arrivals.json").read_text())
    assert told["due"] == pytest.approx(shape.arrivals_by(6), abs=25)
    assert told["begun"] + told["dropped"] <= told["due"]
    assert told["begun"] >= 0.5 * told["due"]
    assert 0 < ended.record["users_max"] <= 20
    assert {request.path for request in server.seen} == {"/first", "/after-a-pause", "/second"}


def test_pause_inside_a_task_stays(bench: Workbench, server: ServerUnderLoad) -> None:
    shape = shapes.load(level=10, approach_s=0.1, seconds=3)
    bench.run(VISITS, test=plan_of(shape, arrivals=EVEN), extra=("--stop-timeout", "1"))
    assert {request.path for request in server.seen} == {"/first"}


def test_arrivals_that_find_nobody_free_are_late_and_seen_to_be(
    bench: Workbench, server: ServerUnderLoad
) -> None:
    shape = shapes.load(level=10, approach_s=0.1, seconds=6)
    one = OpenLoad(spacing=Spacing.EVEN, max_users=1)
    bench.run(
        LOOK.replace("/ok", "/slow/x"),
        test=plan_of(shape, arrivals=one),
        extra=("--stop-timeout", "9"),
    )
    told = json.loads((bench.run_dir / "arrivals.json").read_text())
    assert told["begun"] < told["due"] / 4
    assert told["late"] >= 1
    assert told["from_due"]["max_ms"] > told["from_begin"]["max_ms"] + 1000


def test_search_judges_levels_until_one_fails(bench: Workbench) -> None:
    search = CapacitySearch(bounds=Bounds(start=1, most=2), level_s=3)
    test = LoadTest(
        kind=CAPACITY, search=search, requirements=(Requirement.from_text("errors < 1%"),)
    )
    bench.run(LOOK, test=test)
    said = [
        (p["event"], p.get("role"), p.get("level"), p.get("held")) for p in lines(bench.run_dir)
    ]
    assert said == [
        ("began", "climb", 1, None),
        ("judged", "climb", 1, True),
        ("began", "climb", 2, None),
        ("judged", "climb", 2, True),
        ("began", "confirm", 2, None),
        ("judged", "confirm", 2, True),
        ("ended", None, None, None),
    ]
    assert lines(bench.run_dir)[-1]["result"] == 2


def test_search_for_a_rate_ends_without_a_result_where_all_fail(bench: Workbench) -> None:
    search = CapacitySearch(bounds=Bounds(start=0.2, most=100, whole=False), level_s=3)
    test = LoadTest(
        kind=CAPACITY,
        search=search,
        arrivals=EVEN,
        requirements=(Requirement.from_text("errors < 1%"),),
    )
    bench.run(LOOK.replace("/ok", "/status/500/x"), test=test)
    last = lines(bench.run_dir)[-1]
    assert (last["event"], last["result"]) == ("ended", None)


def test_smoke_runs_every_task_of_every_user(bench: Workbench, server: ServerUnderLoad) -> None:
    begun = time.monotonic()
    bench.run(RARE, test=LoadTest(kind=SMOKE), users=1, run_time="4s")
    told = json.loads((bench.run_dir / "tasks.json").read_text())
    runs = {task["name"]: task["runs"] for task in told["tasks"]}
    assert set(runs) == {"One.often", "One.seldom", "Inside.usual", "Inside.odd"}
    assert min(runs.values()) >= 1, (runs, time.monotonic() - begun)
    assert {"/often", "/seldom", "/usual", "/status/500/odd"} <= {r.path for r in server.seen}
