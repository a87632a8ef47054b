"""`profile.json` of real runs: what was planned, and what users did."""

import json
from collections import Counter
from typing import Any

import pytest

from tests.loadgen.conftest import Workbench
from tests.loadgen.servers import SpanSink

LOCUSTFILE = """
    from locust import FastHttpUser, SequentialTaskSet, TaskSet, constant, task

    class Forum(TaskSet):
        def on_start(self):
            self.client.get("/ok/forum")
        @task
        def read(self):
            self.client.get("/ok/read")
            self.interrupt()

    class Visit(SequentialTaskSet):
        @task
        def first(self):
            self.client.get("/ok/first")
        @task
        def second(self):
            self.client.get("/ok/second")

    class Reader(FastHttpUser):
        fixed_count = 2
        wait_time = constant(0.05)
        tasks = {Forum: 1}
        def on_start(self):
            self.client.get("/ok/login")
        @task(3)
        def look(self):
            self.client.get("/ok/look")

    class Buyer(FastHttpUser):
        wait_time = constant(0.1)
        tasks = [Visit]
"""

TASK_OF = {
    "/ok/login": ("Reader", "on_start"),
    "/ok/forum": ("Reader", "Forum.on_start"),
    "/ok/read": ("Reader", "Forum.read"),
    "/ok/look": ("Reader", "look"),
    "/ok/first": ("Buyer", "Visit.first"),
    "/ok/second": ("Buyer", "Visit.second"),
}


@pytest.mark.parametrize("extra", [(), ("--processes", "2")], ids=["one process", "workers"])
def test_tasks_pauses_and_users_are_counted_wherever_they_run(
    extra: tuple[str, ...], bench: Workbench, sink: SpanSink
) -> None:
    finished = bench.run(LOCUSTFILE, users=4, spawn_rate=4.0, run_time="4s", extra=extra)
    profile: dict[str, Any] = json.loads((bench.run_dir / "profile.json").read_text())
    assert [user["name"] for user in profile["users"]] == ["Buyer", "Reader"]

    observed = profile["observed"]
    assert {each["user"]: each["most"] for each in observed["users"]} == {"Buyer": 2, "Reader": 2}
    runs = {(each["user"], each["task"]): each["runs"] for each in observed["tasks"]}
    made = Counter({TASK_OF[row["name"]]: row["requests"] for row in finished.record["endpoints"]})
    for who in (("Reader", "look"), ("Reader", "Forum.read"), ("Buyer", "Visit.first")):
        assert runs[who] == made[who], finished.log
    assert runs["Reader", "Forum"] == made["Reader", "Forum.on_start"]
    pauses = {each["user"]: each for each in observed["pauses"]}
    assert pauses["Reader"]["quantiles_s"][0] > 0.04
    assert pauses["Buyer"]["quantiles_s"][0] > 0.09

    for seen in sink.spans:
        name = str(seen.attributes["locust.request.name"])
        told = (seen.attributes["locust.user.class"], seen.attributes["locust.task"])
        assert told == TASK_OF[name]
