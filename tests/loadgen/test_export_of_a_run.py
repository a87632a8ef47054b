"""Real locust processes whose receiver is away, overloaded, or late."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from loadgen.launcher import LoadEnd, start
from loadgen.load_files import RECORD
from tests.loadgen.conftest import Workbench, eventually, finish
from tests.loadgen.servers import ServerUnderLoad, SpanSink

STEADY = """
    from locust import FastHttpUser, constant, task

    class Steady(FastHttpUser):
        wait_time = constant(0.02)

        @task
        def look(self):
            self.client.get("/ok")
"""


def test_without_a_receiver_the_load_runs_and_ends_in_time(
    bench: Workbench, server: ServerUnderLoad
) -> None:
    began = time.monotonic()
    finished = bench.run(STEADY, users=2, run_time="1s", collector="http://127.0.0.1:9")

    assert time.monotonic() - began < 20
    assert finished.end is LoadEnd.CLEAN
    made = finished.record["requests"]
    assert made == len(server.seen) > 0
    assert finished.record["spans"] == {"created": made, "exported": 0, "failed": made}
    assert finished.log.count("spans do not reach http://127.0.0.1:9/v1/traces") == 1


def test_an_overloaded_receiver_gets_everything_later(bench: Workbench, sink: SpanSink) -> None:
    sink.answers.extend([503, 429, 503])
    finished = bench.run(STEADY, users=2, run_time="2s")

    made = finished.record["requests"]
    assert len({seen.traceparent for seen in sink.spans}) == len(sink.spans) == made > 0
    assert finished.record["spans"] == {"created": made, "exported": made, "failed": 0}


def test_what_the_receiver_refuses_is_counted(bench: Workbench, sink: SpanSink) -> None:
    sink.answers.extend([400] * 1000)
    finished = bench.run(STEADY, users=1, run_time="1s")

    made = finished.record["requests"]
    assert finished.record["spans"] == {"created": made, "exported": 0, "failed": made}


@pytest.mark.parametrize("processes", [(), ("--processes", "2")], ids=["single", "workers"])
def test_a_stop_in_the_middle_loses_nothing(
    processes: tuple[str, ...], bench: Workbench, server: ServerUnderLoad, sink: SpanSink
) -> None:
    with start(bench.options(STEADY, users=3, spawn_rate=3.0, extra=processes)) as load:
        eventually(lambda: len(server.seen) > 20)
        assert load.poll() is None
        assert load.stop() is LoadEnd.CLEAN
        finished = finish(load, bench.run_dir)

    assert finished.record["requests"] == len(server.seen) == len(sink.spans)
    assert {r.traceparent for r in server.seen} == {s.traceparent for s in sink.spans}


def test_users_finish_their_requests_before_the_end(
    bench: Workbench, server: ServerUnderLoad, sink: SpanSink
) -> None:
    locustfile = """
        from locust import HttpUser, task

        class Patient(HttpUser):
            @task
            def look(self):
                self.client.get("/slow/one")
    """
    with start(bench.options(locustfile, users=1)) as load:
        eventually(lambda: len(server.seen) == 1)
        load.stop()
        finished = finish(load, bench.run_dir)

    assert finished.record["requests"] == len(sink.spans) == len(server.seen) == 1
    assert sink.spans[0].duration_ns > 1e9


def test_a_load_that_does_not_stop_is_killed(bench: Workbench, server: ServerUnderLoad) -> None:
    locustfile = """
        import signal
        from locust import HttpUser, events, task

        @events.quitting.add_listener
        def never(**kwargs):
            while True:
                pass

        class Stubborn(HttpUser):
            @task
            def look(self):
                self.client.get("/ok")
    """
    with start(bench.options(locustfile, users=1)) as load:
        eventually(lambda: bool(server.seen))
        assert load.stop(timeout_s=0.5) is LoadEnd.KILLED


LAUNCHER = """
import json, sys, time
from pathlib import Path
from loadgen.launcher import start
from loadgen.load_options import LoadOptions

options = json.loads(sys.argv[1])
options["run_dir"] = Path(options["run_dir"])
print(start(LoadOptions(**options)).pid, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent death signal is Linux's")
@pytest.mark.parametrize("processes", [(), ("--processes", "1")], ids=["single", "workers"])
def test_locust_ends_when_its_launcher_is_killed(
    processes: tuple[str, ...], bench: Workbench, server: ServerUnderLoad, sink: SpanSink
) -> None:
    bench.options(STEADY)
    told = {
        "locustfile": str(bench.run_dir.parent / "locustfile.py"),
        "run_dir": str(bench.run_dir),
        "run_id": "orphan",
        "collector": bench.collector,
        "host": bench.host,
        "users": 1,
        "extra": processes,
    }
    command = [sys.executable, "-c", LAUNCHER, json.dumps(told)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as launcher:
        assert launcher.stdout is not None
        group = int(launcher.stdout.readline())
        eventually(lambda: len(server.seen) > 5)
        launcher.send_signal(signal.SIGKILL)
    eventually(lambda: not _alive(group))

    assert len(sink.spans) == len(server.seen)
    assert (bench.run_dir / RECORD).exists()


def _alive(group: int) -> bool:
    """Whether a process of the group runs; one that only waits to be read does not."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            _, _, fields = stat.read_text().rpartition(")")
        except (FileNotFoundError, ProcessLookupError):
            continue
        state, _, process_group = fields.split()[:3]
        if int(process_group) == group and state != "Z":
            return True
    return False
