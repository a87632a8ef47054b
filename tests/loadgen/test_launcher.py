"""What a person gets to read when locust does not run, and how options reach it."""

import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import zmq

from analyzer.errors import InputError
from loadgen.launcher import LoadEnd, profile_hash, start
from loadgen.load_options import LoadOptions
from loadgen.meeting_port import held_port
from tests.loadgen.conftest import Workbench, eventually, finish
from tests.loadgen.servers import ServerUnderLoad, SpanSink
from tests.ports import free_ports

NO_USER = "x = 1\n"
BOTH = {"the-run", "other"}
USER = """
    from locust import HttpUser, constant, task

    class Someone(HttpUser):
        wait_time = constant(0.1)

        @task
        def look(self):
            self.client.get("/ok")
"""


@pytest.mark.parametrize(
    ("locustfile", "options", "message", "hint"),
    [
        ("def f(:\n", {}, "SyntaxError", "correct the locustfile"),
        ("import not_there\n", {}, "No module named 'not_there'", "install"),
        ("{}['gone']\n", {}, "KeyError: 'gone'", "locust.log"),
        (NO_USER, {}, "No User class found", "@task"),
        (USER, {"extra": ("--bogus",)}, "unrecognized arguments: --bogus", "--help"),
        (USER, {"run_time": "soon"}, "Invalid time span", "--help"),
        (USER, {"extra": ("Nobody",)}, "Unknown User(s): Nobody", "user class"),
        (USER, {"locustfile": "nowhere.py"}, "Could not find 'nowhere.py'", "-f"),
        (USER, {"collector": "127.0.0.1:4318"}, "cannot send spans", "ENDPOINT"),
    ],
)
def test_what_locust_refuses_is_said_in_two_lines(
    locustfile: str, options: dict[str, object], message: str, hint: str, bench: Workbench
) -> None:
    with pytest.raises(InputError) as refused:
        start(bench.options(locustfile, **options))

    assert message in refused.value.message
    assert hint in refused.value.hint
    assert "\n" not in refused.value.message


def test_a_mistake_in_the_locustfile_is_named_with_its_line(bench: Workbench) -> None:
    with pytest.raises(InputError, match=r"locustfile.py, line 3"):
        start(bench.options("def f():\n    return {}\nf()['gone']\n"))


def test_a_load_without_host_is_an_error_after_it_began(bench: Workbench) -> None:
    with start(bench.options(USER, host=None, users=1, run_time="2s")) as load:
        load.wait(30)
        with pytest.raises(InputError, match="specify the base host") as refused:
            load.check()
    assert "--host" in refused.value.hint


def test_options_of_locust_and_of_the_locustfile_are_passed_on(
    bench: Workbench, server: ServerUnderLoad, tmp_path: Path
) -> None:
    locustfile = """
        from locust import HttpUser, constant, events, task

        @events.init_command_line_parser.add_listener
        def options(parser):
            parser.add_argument("--path", default="/unset")

        class Chosen(HttpUser):
            wait_time = constant(0.1)

            @task
            def look(self):
                self.client.get(self.environment.parsed_options.path)

        class NotChosen(Chosen):
            @task
            def look(self):
                self.client.get("/not-chosen")
    """
    extra = ("--path", "/mine", "--csv", str(tmp_path / "stats"), "Chosen")
    finished = bench.run(locustfile, users=1, run_time="1s", extra=extra)

    assert finished.end is LoadEnd.CLEAN
    assert {request.path for request in server.seen} == {"/mine"}
    assert (tmp_path / "stats_stats.csv").exists()


def test_the_web_page_answers_and_the_run_ends_by_itself(bench: Workbench) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    finished = bench.run(USER, users=1, run_time="1s", web_ui_port=port)

    assert f"http://127.0.0.1:{port}" in finished.log
    assert finished.end is LoadEnd.CLEAN
    assert finished.record["requests"] > 0


def test_two_loads_with_workers_run_beside_each_other(
    bench: Workbench, server: ServerUnderLoad, sink: SpanSink, tmp_path: Path
) -> None:
    options = bench.options(USER, users=2, spawn_rate=2.0, extra=("--processes", "2"))
    other_dir = tmp_path / "other"
    other_dir.mkdir()
    with (
        start(options) as load,
        start(replace(options, run_dir=other_dir, run_id="other")) as other,
    ):
        eventually(lambda: {seen.attributes["slowhop.run.id"] for seen in sink.spans} == BOTH)
        assert (load.stop(), other.stop()) == (LoadEnd.CLEAN, LoadEnd.CLEAN)
        ended = {"the-run": finish(load, bench.run_dir), "other": finish(other, other_dir)}

    for run_id, finished in ended.items():
        ours = [seen for seen in sink.spans if seen.attributes["slowhop.run.id"] == run_id]
        assert finished.record["requests"] == len(ours)
        assert finished.record["users_max"] == 2
        assert len({seen.resource["service.instance.id"] for seen in ours}) == 2
    assert len(server.seen) == len(sink.spans)


def test_a_taken_port_for_the_web_page_is_said_before_anything_starts(bench: Workbench) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=f"port {port}"):
            start(bench.options(USER, web_ui_port=port))


def some_options(**changes: Any) -> LoadOptions:  # noqa: ANN401  options by name
    options = LoadOptions(
        locustfile="f.py", run_dir=Path("run"), run_id="r", collector="http://c:1"
    )
    return replace(options, **changes)


def test_users_get_time_to_finish_unless_the_person_says_otherwise() -> None:
    assert "--stop-timeout" in some_options().arguments({})
    assert "--stop-timeout" not in some_options().arguments({"LOCUST_STOP_TIMEOUT": "1"})
    assert some_options(extra=("-s", "3")).arguments({}).count("-s") == 1
    assert "--stop-timeout" not in some_options(extra=("-s", "3")).arguments({})
    assert some_options(extra=("--stop-timeout=3",)).arguments({}).count("--stop-timeout") == 0


def test_forked_workers_meet_their_master_where_nobody_else_does() -> None:
    forked = some_options(extra=("--processes", "2", "--master-bind-host=10.0.0.1", "Buyer"))
    assert forked.needs_meeting_port({})
    assert some_options().needs_meeting_port({"LOCUST_PROCESSES": "2"})
    told = forked.arguments({}, meeting_port=7)
    assert told[-4:] == list(forked.extra)
    assert (
        told[told.index("--master-bind-port") + 1] == told[told.index("--master-port") + 1] == "7"
    )
    assert "127.0.0.1" not in told
    assert "127.0.0.1" in some_options().arguments({}, meeting_port=7)
    assert "127.0.0.1" not in some_options().arguments(
        {"LOCUST_MASTER_BIND_HOST": "10.0.0.1"}, meeting_port=7
    )


@pytest.mark.parametrize(
    ("extra", "shell"),
    [
        ((), {}),
        (("--master",), {}),
        (("--processes", "2", "--worker"), {}),
        (("--processes=2", "--master-bind-port=7000", "--master-port=7000"), {}),
        (("--processes", "2"), {"LOCUST_MASTER_BIND_PORT": "7000"}),
    ],
)
def test_a_port_for_workers_is_left_to_who_named_it(
    extra: tuple[str, ...], shell: dict[str, str]
) -> None:
    assert not some_options(extra=extra).needs_meeting_port(shell)


def test_a_held_port_is_free_for_the_master_alone() -> None:
    with held_port() as port, zmq.Context() as context, context.socket(zmq.ROUTER) as master:
        assert port not in free_ports(200)
        master.bind(f"tcp://127.0.0.1:{port}")
        with pytest.raises(OSError, match="in use"):
            socket.create_server(("127.0.0.1", port))


def test_the_web_page_listens_on_the_loopback_unless_asked_otherwise() -> None:
    page = some_options(web_ui_port=8089).arguments({})
    assert page[page.index("--web-host") + 1] == "127.0.0.1"
    assert "--headless" not in page
    assert "127.0.0.1" not in some_options(
        web_ui_port=8089, extra=("--web-host", "0.0.0.0")
    ).arguments({})
    assert "--autostart" not in page
    assert "--autostart" in some_options(web_ui_port=8089, users=3).arguments({})


def test_the_collector_wins_over_the_persons_shell() -> None:
    shell = {
        "PATH": "/bin",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://old:1",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://old:2",
        "OTEL_EXPORTER_OTLP_HEADERS": "token=1",
        "OTEL_RESOURCE_ATTRIBUTES": "a=b",
        "OTEL_TRACES_EXPORTER": "none",
    }
    told = some_options(otel=True).environment(shell)

    assert told["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://c:1"
    assert "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" not in told
    assert told["OTEL_EXPORTER_OTLP_HEADERS"] == "token=1"
    assert told["OTEL_RESOURCE_ATTRIBUTES"] == "a=b,slowhop.run.id=r"
    assert told["OTEL_TRACES_EXPORTER"] == "otlp"
    assert told["PATH"] == "/bin"


def test_exporters_are_told_what_the_collector_needs() -> None:
    shell = {
        "OTEL_EXPORTER_OTLP_HEADERS": "authorization=other",
        "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "authorization=other",
    }
    told = some_options(exporter={"OTEL_EXPORTER_OTLP_HEADERS": "authorization=ours"})
    assert told.environment(shell)["OTEL_EXPORTER_OTLP_HEADERS"] == "authorization=ours"
    assert "OTEL_EXPORTER_OTLP_TRACES_HEADERS" not in told.environment(shell)
    assert "ours" not in " ".join(told.arguments(shell))


@pytest.mark.parametrize(
    ("code", "end"),
    [
        (0, LoadEnd.CLEAN),
        (1, LoadEnd.WITH_FAILURES),
        (2, LoadEnd.BROKEN),
        (-9, LoadEnd.KILLED),
        (-15, LoadEnd.KILLED),
    ],
)
def test_exit_codes_mean(code: int, end: LoadEnd) -> None:
    assert LoadEnd.from_exit_code(code) is end


def test_the_same_locustfile_has_the_same_hash() -> None:
    assert profile_hash(b"a") == profile_hash(b"a") != profile_hash(b"b")
    assert len(profile_hash(b"a")) == 16
