"""What `loadgen.describe` reads from locustfiles, without running them."""

import functools
import json
import textwrap
from pathlib import Path
from typing import Any, ClassVar

import pytest

from analyzer.errors import InputError
from loadgen.describing import describe
from loadgen.locustfiles import SHOP, SINGLE
from loadgen.planned_profile import planned_profile

EVERYTHING = """
import itertools
from locust import *
from locust.user.markov_taskset import MarkovTaskSet, transitions

print("this is no JSON")
waits = itertools.cycle([1, 3])

class Thread(TaskSet):
    wait_time = constant(2)
    def on_start(self): pass
    @task
    def read(self): pass

class Visit(SequentialTaskSet):
    @task
    def first(self): pass
    @task
    def second(self): pass

class Walk(MarkovTaskSet):
    @transitions({"back": 3, "on": 1})
    def on(self): pass
    @transitions(["on"])
    def back(self): pass

class Reader(HttpUser):
    host = "http://me:secret@example.test/shop"
    weight = 3
    wait_time = between(1, 5)
    tasks = [Visit, Walk]
    def on_start(self): pass
    @tag("slow", "cold")
    @task(4)
    def look(self): pass
    @task(2)
    class Inside(Thread):
        pass

class Pacer(User):
    fixed_count = 2
    wait_time = constant_throughput(4)
    @task
    def tick(self): pass

class Asked(User):
    def wait_time(self): return next(waits)
    @task
    def tick(self): pass

class Strange(User):
    wait_time = lambda self: self.never_set
    @task
    def tick(self): pass
"""


def described(text: str, place: Path, *options: str) -> dict[str, dict[str, Any]]:
    file = place / "locustfile.py"
    file.write_text(textwrap.dedent(text), encoding="utf-8")
    return {user["name"]: user for user in json.loads(describe(str(file), options))["users"]}


@pytest.fixture(scope="module")
def users(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    return described(EVERYTHING, tmp_path_factory.mktemp("everything"))


def test_user_classes_have_weights_counts_hosts_and_a_start(
    users: dict[str, dict[str, Any]],
) -> None:
    assert list(users) == ["Asked", "Pacer", "Reader", "Strange"]
    assert [user["weight"] for user in users.values()] == [1, 1, 3, 1]
    assert [user["fixed_count"] for user in users.values()] == [0, 2, 0, 0]
    assert users["Reader"]["host"] == "http://example.test/shop"
    assert [name for name, user in users.items() if user["on_start"]] == ["Reader"]


def test_tasks_are_nested_as_they_were_written(users: dict[str, dict[str, Any]]) -> None:
    tasks = {task["name"]: task for task in users["Reader"]["tasks"]}
    assert {name: (t["kind"], t["weight"]) for name, t in tasks.items()} == {
        "Visit": ("sequence", 1),
        "Walk": ("chain", 1),
        "look": ("task", 4),
        "Inside": ("set", 2),
    }
    assert tasks["look"]["tags"] == ["cold", "slow"]
    assert [step["name"] for step in tasks["Visit"]["tasks"]] == ["first", "second"]
    assert [task["name"] for task in tasks["Inside"]["tasks"]] == ["read"]
    assert tasks["Inside"]["on_start"]
    assert tasks["Inside"]["wait"] == {"kind": "constant", "min_s": 2, "max_s": 2, "mean_s": 2}
    assert tasks["Visit"]["wait"] is None
    assert [step["transitions"] for step in tasks["Walk"]["tasks"]] == [
        [{"to": "back", "weight": 3}, {"to": "on", "weight": 1}],
        [{"to": "on", "weight": 1}],
    ]


def test_waits_are_known_or_asked_for(users: dict[str, dict[str, Any]]) -> None:
    assert users["Reader"]["wait"] == {"kind": "between", "min_s": 1, "max_s": 5, "mean_s": 3}
    assert users["Pacer"]["wait"] == {"kind": "constant_pacing", "every_s": 0.25}
    asked = users["Asked"]["wait"]
    assert (asked["kind"], asked["min_s"], asked["max_s"], asked["mean_s"]) == ("custom", 1, 3, 2)
    assert users["Strange"]["wait"] == {"kind": "custom", "function": "<lambda>"}


def test_tags_choose_among_the_tasks(tmp_path: Path) -> None:
    text = EVERYTHING.replace("tasks = [Visit, Walk]", "tasks = [Visit]")
    tasks = described(text, tmp_path, "--tags", "cold")["Reader"]["tasks"]
    assert [task["name"] for task in tasks] == ["look"]


def test_the_projects_own_locustfiles_can_be_read() -> None:
    [visitor] = json.loads(describe(str(SINGLE)))["users"]
    assert {task["name"]: task["weight"] for task in visitor["tasks"]} == {
        "front_page": 3,
        "users": 1,
    }
    buyer, shopper = json.loads(describe(str(SHOP)))["users"]
    assert (buyer["name"], buyer["weight"], shopper["name"], shopper["weight"]) == (
        "Buyer", 1, "Shopper", 3,
    )  # fmt: skip
    [visit] = buyer["tasks"]
    assert [task["name"] for task in visit["tasks"]] == ["browse", "view", "add", "buy"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import nothing_of_that_name", "No module named"),
        ("this is no Python", "SyntaxError"),
        ("1 / 0", "ZeroDivisionError"),
        ("x = 1", "No User class found"),
    ],
)
def test_what_cannot_be_read_is_explained(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=words) as refused:
        described(text, tmp_path)
    assert refused.value.hint


def test_odd_classes_are_described_as_far_as_they_go() -> None:
    class Inside:
        tasks: ClassVar[list[object]] = []
        on_start = None

    class Odd:
        weight = "heavy"
        fixed_count = float("nan")
        wait_time = functools.partial(float, "inf")
        on_start = functools.partial(print)

    Inside.tasks = [functools.partial(print), Inside, "no task"]
    Odd.tasks = [Inside]  # type: ignore[attr-defined]
    [user] = planned_profile([Odd], version="1", sampled=True)["users"]
    json.dumps(user, allow_nan=False)
    assert (user["weight"], user["fixed_count"], user["on_start"]) == (0.0, 0, True)
    assert user["wait"] == {"kind": "custom"}
    assert [task["name"] for task in user["tasks"][0]["tasks"]] == ["partial", "Inside", "str"]


def test_a_file_that_is_not_there_and_one_that_never_ends(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Could not find"):
        describe(str(tmp_path / "nothing.py"))
    file = tmp_path / "endless.py"
    file.write_text("import time; time.sleep(3600)", encoding="utf-8")
    with pytest.raises(InputError, match="was not imported within"):
        describe(str(file), within_s=0.5)
