"""Links to Jaeger's page: from an option, from a run, or from this machine's own Jaeger."""

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from analyzer.cli.jaeger_ui import PROBE_S, jaeger_ui_beside
from collector.forward.target import Target
from tests.cli.command import TUTORIAL, slowhop
from tests.collector.targets import refused_port, silent_target

PAGE = "http://127.0.0.1:16686"


@contextmanager
def web_page(code: int, body: bytes) -> Iterator[int]:
    """The port of a web server that says one thing."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(code if self.path == "/api/services" else 404)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    serving.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        serving.join()


def beside(target: str, port: int) -> str | None:
    return jaeger_ui_beside([Target.from_text(target)], port=port)


def test_this_machine_s_own_jaeger_is_found() -> None:
    with web_page(200, b'{"data":["shop"],"total":1,"limit":0,"offset":0,"errors":null}') as port:
        assert beside("127.0.0.1:4317", port) == f"http://127.0.0.1:{port}"
        assert beside("http://localhost:4318", port) == f"http://localhost:{port}"
        assert beside("192.0.2.1:4317", port) is None  # not even asked: nobody is there


@pytest.mark.parametrize(("code", "body"), [(200, b"<html>"), (404, b'{"data":[]}'), (200, b"")])
def test_another_page_is_not_taken_for_jaeger_s(code: int, body: bytes) -> None:
    with web_page(code, body) as port:
        assert beside("127.0.0.1:4317", port) is None


def test_nobody_there_is_no_trouble() -> None:
    assert beside("127.0.0.1:4317", refused_port()) is None
    with silent_target() as address:
        assert beside("127.0.0.1:4317", int(address.rpartition(":")[2])) is None
    assert PROBE_S < 1


def exemplar_urls(text: str) -> list[str | None]:
    return [exemplar.get("url") for exemplar in json.loads(text)["exemplars"]]


@pytest.mark.parametrize("command", ["replay", "export"])
def test_the_report_s_exemplars_link_to_jaeger(command: str) -> None:
    ended = slowhop(command, TUTORIAL, "--format", "json", "--jaeger-ui", f"{PAGE}/")
    report = json.loads(ended.out)
    assert report["run"]["jaeger_ui"] == PAGE
    assert exemplar_urls(ended.out) == [
        f"{PAGE}/trace/{exemplar['trace_id']}" for exemplar in report["exemplars"]
    ]


def test_without_an_address_nothing_is_linked() -> None:
    ended = slowhop("replay", TUTORIAL, "--format", "json")
    assert "jaeger_ui" not in json.loads(ended.out)["run"]
    assert set(exemplar_urls(ended.out)) == {None}


def test_replay_knows_the_run_s_own_and_the_option_wins(tmp_path: Path) -> None:
    copy = tmp_path / "run"
    shutil.copytree(TUTORIAL, copy)
    said = json.loads((copy / "run.json").read_text())
    (copy / "run.json").write_text(json.dumps(said | {"jaeger_ui": PAGE}))
    own = slowhop("replay", copy, "--format", "json")
    assert all((url or "").startswith(f"{PAGE}/trace/") for url in exemplar_urls(own.out))
    other = slowhop("replay", copy, "--format", "json", "--jaeger-ui", "https://jaeger.example")
    assert all((u or "").startswith("https://jaeger.example/") for u in exemplar_urls(other.out))


@pytest.mark.parametrize("command", ["replay", "traces", "trace"])
def test_a_page_to_open_is_shown_in_plain_text(command: str) -> None:
    ended = slowhop(command, TUTORIAL, "--jaeger-ui", PAGE)
    assert ended.code == 0
    assert f"{PAGE}/trace/" in ended.out
    assert "\x1b" not in ended.out


def test_it_can_be_a_setting_of_all_commands(tmp_path: Path) -> None:
    (tmp_path / "slowhop.toml").write_text(f'jaeger-ui = "{PAGE}"\n')
    ended = slowhop("replay", TUTORIAL, "--format", "json", cwd=tmp_path)
    assert None not in exemplar_urls(ended.out)


@pytest.mark.parametrize("command", ["replay", "export", "traces", "trace"])
def test_an_address_that_is_none_is_an_error_with_a_hint(command: str) -> None:
    error, hint = slowhop(command, TUTORIAL, "--jaeger-ui", "localhost:16686").complaint
    assert error == "'localhost:16686' is no address of a web page"
    assert "http://" in hint


@pytest.mark.parametrize("command", ["record", "live", "demo"])
def test_targets_that_cannot_be_meant_are_errors_before_the_run(
    tmp_path: Path, command: str
) -> None:
    ended = slowhop(command, "--forward", "jaeger", "--runs-dir", tmp_path / "runs")
    error, hint = ended.complaint
    assert (ended.code, error) == (2, "'jaeger' names no port")
    assert "host:port" in hint
    assert not (tmp_path / "runs").exists()
