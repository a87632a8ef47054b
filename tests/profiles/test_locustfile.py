"""The locustfile that is written: nothing of the traces gets into its code."""

import ast
import random
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.model.entry import Entries, Entry
from analyzer.model.issue import Issues
from analyzer.profiles.examples import MOST_EXAMPLES, examples
from analyzer.profiles.locustfile import locustfile_of
from analyzer.profiles.traffic import traffic_of, usable
from analyzer.readers.entries import read_entries
from tests.profiles.dumps import Asked, asked, dump

HOSTILE = [
    '"""\nimport os; os.system("x")\n"""',
    "/'; import os #",
    "/{sessions}/%s/\\",
    "//evil.example/x",
    "/a\r\nHost: evil.example",
    "/\u202e\u2066exe",
    "http://evil.example/",
    "/next/task",
    "/class",
    "/" + "long/" * 1000,
]


def written(entries: Entries, *, with_query: bool = False) -> str:
    requests = usable(entries)
    paths = examples(requests, with_query=with_query)
    return locustfile_of(traffic_of(entries), paths, with_query=with_query)


def from_dump(place: Path, *requests: Asked, with_query: bool = False) -> str:
    return written(read_entries([dump(place, requests)], Issues()), with_query=with_query)


def literals(text: str) -> set[str]:
    return {
        node.value
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def transitions(text: str) -> dict[str, dict[str, int]]:
    [session] = [n for n in ast.parse(text).body if getattr(n, "name", "") == "Session"]
    found = {}
    for step in ast.walk(session):
        if isinstance(step, ast.FunctionDef):
            [decorator] = step.decorator_list
            assert isinstance(decorator, ast.Call)
            found[step.name] = ast.literal_eval(decorator.args[0])
    return found


@pytest.mark.parametrize("who", ["", "ann"], ids=["open", "sessions"])
def test_hostile_paths_stay_literals(who: str, tmp_path: Path) -> None:
    requests = [
        asked(i, path, who, **{"http.route": route})
        for i, (path, route) in enumerate(
            [(h, "") for h in HOSTILE] + [("/ok", h) for h in HOSTILE]
        )
    ]
    text = from_dump(tmp_path, *requests)
    compile(text, "locustfile.py", "exec")
    assert text.isascii()
    table = ast.literal_eval(text.partition("PATHS = ")[2].partition("\n}\n")[0] + "\n}")
    for of_one in table.values():
        for path in of_one:
            assert re.fullmatch(r"/(?!/)[\x21-\x7e]*", path), path


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=30), st.text(max_size=30)), min_size=1, max_size=8))
def test_whatever_is_in_the_traces_the_file_is_what_was_meant(asks: list[tuple[str, str]]) -> None:
    entries = tuple(
        Entry(
            order=bytes([i]), start_ns=i, end_ns=i, method="GET", route=f"/{route}", path=path,
            query=path, who=("ann", "", "", "", ""),
        )
        for i, (route, path) in enumerate(asks)
    )  # fmt: skip
    ast.parse(written(Entries(requests=entries), with_query=True))


def test_queries_and_who_somebody_is_are_not_copied(tmp_path: Path) -> None:
    requests = [
        Asked(
            at=i,
            path="/search",
            more={
                "url.query": "q=lamp&key=s3cret",
                "enduser.id": "ann@example.test",
                "http.request.header.authorization": "Bearer abc",
            },
        )
        for i in range(3)
    ]
    text = from_dump(tmp_path, *requests)
    for private in ("lamp", "s3cret", "ann@example.test", "Bearer"):
        assert private not in text
    with_query = from_dump(tmp_path, *requests, with_query=True)
    assert "'/search?q=lamp&key=s3cret'" in with_query
    assert "ann@example.test" not in with_query


def test_placeholders_become_paths_that_were_seen(tmp_path: Path) -> None:
    text = from_dump(tmp_path, *(asked(i, f"/products/{i}") for i in range(3)))
    assert {"/products/0", "/products/1", "/products/2", "/products/<id>"} <= literals(text)


def test_a_route_whose_paths_nobody_told_gets_a_stand_in(tmp_path: Path) -> None:
    asks = Asked(at=0, path="", more={"http.route": "/a/{id}/b/<int:n>/:c"})
    assert "/a/1/b/1/1" in literals(from_dump(tmp_path, asks))


def test_the_same_paths_are_chosen_whatever_the_order() -> None:
    entries = [
        Entry(order=b"", start_ns=0, end_ns=0, method="GET", route="/x", path=f"/x/{i}")
        for i in range(1000)
    ]
    chosen = examples(entries, with_query=False)
    assert len(chosen["GET /x"]) == MOST_EXAMPLES
    assert chosen == examples(entries[::-1], with_query=False)


def test_bodies_are_left_to_be_filled_in(tmp_path: Path) -> None:
    text = from_dump(tmp_path, Asked(at=0, path="/cart", method="POST"), asked(1, "/"))
    assert text.count("json={},  # fill in") == 1
    assert "Bodies are not in traces" in text
    assert "Bodies" not in from_dump(tmp_path, asked(1, "/"))


def test_names_are_python_and_each_its_own(tmp_path: Path) -> None:
    paths = ["/next/task", "/a-b", "/a_b", "/a/b", "/ü", "/ß"]
    text = from_dump(tmp_path, *(asked(i, path) for i, path in enumerate(paths)))
    [visitor] = [n for n in ast.parse(text).body if getattr(n, "name", "") == "Visitor"]
    assert isinstance(visitor, ast.ClassDef)
    names = [n.name for n in visitor.body if isinstance(n, ast.FunctionDef)]
    assert len(set(names)) == len(paths)
    assert "get_next_task" not in names
    assert all(name.isidentifier() for name in names)


def test_the_long_run_of_the_chain_is_the_mix_that_was_seen(tmp_path: Path) -> None:
    journeys = [
        ["/", "/list", "/item", "/item"],
        ["/", "/cart"],
        ["/list"],
        ["/", "/list", "/cart"],
    ]
    requests = [
        asked(100 * number + place, path, f"s{number}")
        for number, journey in enumerate(journeys * 5)
        for place, path in enumerate(journey)
    ]
    chain = transitions(from_dump(tmp_path, *requests))
    names = sorted(chain)
    step = np.array([[chain[a].get(b, 0) for b in names] for a in names], float)
    step /= step.sum(axis=1, keepdims=True)
    settled = np.linalg.matrix_power(step, 4096)[0]
    seen = {"get_root": 3, "get_list": 3, "get_item": 2, "get_cart": 2}
    expected = [seen[name] / 10 for name in names]
    assert settled == pytest.approx(expected, abs=0.005)


def parts_of(text: str, *names: str, **given: object) -> dict[str, object]:
    """Some assignments, functions and classes of a written file, as they are without locust."""
    found: dict[str, object] = {"random": random, **given}
    wanted = [
        node
        for node in ast.walk(ast.parse(text))
        if getattr(node, "name", "") in names
        or (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in names)
    ]
    body = [node for node in wanted if isinstance(node, ast.stmt)]
    exec(compile(ast.Module(body=body, type_ignores=[]), "derived", "exec"), found)
    return found


def test_pauses_are_drawn_as_they_were_seen(tmp_path: Path) -> None:
    chance = random.Random(5)
    seen = [chance.expovariate(1 / 4) for _ in range(2000)]
    at, requests = 0.0, []
    for pause in seen:
        requests.append(Asked(at=at, took=0.5, more={"session.id": "ann"}))
        at += 0.5 + pause
    requests.append(asked(at, "/", "ann"))
    found = parts_of(from_dump(tmp_path, *requests), "PAUSES_S", "pause_s")
    pause_s = found["pause_s"]
    assert callable(pause_s)
    random.seed(11)
    drawn = [pause_s(None) for _ in range(20_000)]
    for share in (0.1, 0.25, 0.5, 0.75, 0.9):
        assert np.quantile(drawn, share) == pytest.approx(np.quantile(seen, share), rel=0.06)


def test_arrivals_can_be_followed(tmp_path: Path) -> None:
    times = [0.0, *(60 + i / 2 for i in range(120)), *(120 + i for i in range(31))]
    text = from_dump(tmp_path, *(asked(at) for at in times))

    class Shape:
        run_time_s = 0.0

        def get_run_time(self) -> float:
            return self.run_time_s

    names = ("INTERVAL_S", "ARRIVALS_RPS", "USERS_PER_RPS", "AsSeen")
    shape: Any = parts_of(text, *names, LoadTestShape=Shape)["AsSeen"]
    told = []
    for run_time_s in (0, 60, 150, 180):
        follower = shape()
        follower.run_time_s = run_time_s
        told.append(follower.tick())
    # one request, then two a second, then 31 in the 30 s that are left; then it is over
    assert told == [(1, 1), (2, 2), (1, 1), None]
