"""There and back: the locustfile that is derived from traces does what the traces show."""

import random
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from analyzer.profiles.chance import binomial_p
from tests.cli.command import slowhop
from tests.loadgen.conftest import Workbench
from tests.loadgen.servers import ServerUnderLoad
from tests.profiles.dumps import Asked, dump

NEXT = {
    "": {"GET /": 8, "GET /search": 2},
    "GET /": {"GET /search": 5, "GET /products/<id>": 3, "": 2},
    "GET /search": {"GET /products/<id>": 6, "GET /search": 2, "": 2},
    "GET /products/<id>": {"POST /cart": 3, "GET /products/<id>": 3, "GET /": 2, "": 2},
    "POST /cart": {"": 5, "GET /": 5},
}
"""What people in the made-up shop do after what; an empty name begins and ends a session."""

IMPOSSIBLE = 1e-9
"""Steps of one session depend on each other, so shares vary more than those of coins."""


def production(sessions: int, *, known: bool) -> list[Asked]:
    chance = random.Random(7)
    requests = []
    for number in range(sessions):
        at, before = number * 0.2, ""
        while True:
            choices = NEXT[before]
            before = chance.choices(list(choices), list(choices.values()))[0]
            if not before:
                break
            method, path = before.split()
            requests.append(
                Asked(
                    at=at,
                    took=0.01,
                    method=method,
                    path=path.replace("<id>", str(chance.randint(1, 9))),
                    more={"session.id": f"s{number}"} if known else {},
                )
            )
            at += 0.01 + chance.uniform(0.02, 0.08)
    return requests


@pytest.mark.parametrize("kind", ["sessions", "open"])
def test_the_mix_comes_back(
    kind: str, bench: Workbench, server: ServerUnderLoad, tmp_path: Path
) -> None:
    requests = production(400, known=kind == "sessions")
    file = tmp_path / "derived.py"
    written = slowhop("profile", "--from", dump(tmp_path, requests), "-o", file)
    assert written.code == 0, written.err
    assert "empty JSON body" in written.err

    users = 12 if kind == "sessions" else 60
    finished = bench.run("", locustfile=str(file), users=users, spawn_rate=60.0, run_time="8s")
    made = {f"{row['method']} {row['name']}": row for row in finished.record["endpoints"]}
    total = sum(row["requests"] for row in made.values())
    assert total > 200, finished.log
    assert not any(row["failures"] for row in made.values())
    wanted = Counter(
        f"{r.method} {'/products/<id>' if 'products' in r.path else r.path}" for r in requests
    )
    assert made.keys() == wanted.keys()
    for endpoint, count in wanted.items():
        share = count / len(requests)
        assert binomial_p(made[endpoint]["requests"], total, share) > IMPOSSIBLE, endpoint
    products = {seen.path for seen in server.seen if "products" in seen.path}
    assert products == {f"/products/{number}" for number in range(1, 10)}


def test_a_user_goes_only_where_people_went(
    bench: Workbench, server: ServerUnderLoad, tmp_path: Path
) -> None:
    file = tmp_path / "derived.py"
    dumped = dump(tmp_path, production(300, known=True))
    assert slowhop("profile", "--from", dumped, "-o", file).code == 0
    finished = bench.run("", locustfile=str(file), users=1, spawn_rate=1.0, run_time="5s")
    assert len(server.seen) > 10, finished.log
    names = [
        f"{s.method} {'/products/<id>' if 'products' in s.path else s.path}" for s in server.seen
    ]
    for before, after in pairwise(names):
        begins = NEXT[""] if "" in NEXT[before] else {}
        assert after in NEXT[before].keys() | begins.keys(), (before, after)
    # a cart is never filled twice in a row, and an item never comes out of nowhere
    assert ("POST /cart", "POST /cart") not in set(pairwise(names))
    assert ("POST /cart", "GET /products/<id>") not in set(pairwise(names))
