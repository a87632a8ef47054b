"""The tab on a real locust's page: below another path, and behind a login."""

import json
import time
import urllib.error
import urllib.request

import pytest

from loadgen.launcher import LoadEnd, start
from tests.loadgen.conftest import Workbench
from tests.ports import free_ports

USER = """
    from locust import FastHttpUser, constant, events, task

    class Steady(FastHttpUser):
        wait_time = constant(0.05)

        @task
        def look(self):
            self.client.get("/ok")

    @events.init.add_listener
    def people(environment, **kwargs):
        if environment.web_ui.web_login:
            environment.web_ui.app.secret_key = "a secret"
            environment.web_ui.login_manager.user_loader(lambda name: None)
"""


def get(url: str, *, within_s: float = 20) -> tuple[str, str]:
    """The address that answered in the end, and the answer; the page begins after the load."""
    deadline = time.monotonic() + within_s
    while True:
        try:
            with urllib.request.urlopen(url, timeout=20) as answer:
                return str(answer.url), answer.read().decode()
        except urllib.error.HTTPError:
            raise
        except urllib.error.URLError:
            assert time.monotonic() < deadline, "the page never answered"
            time.sleep(0.05)


def test_the_tab_is_where_the_page_is(bench: Workbench) -> None:
    (port,) = free_ports(1)
    page = f"http://127.0.0.1:{port}/load"
    options = bench.options(USER, web_ui_port=port, extra=("--web-base-path", "/load"))
    with start(options) as load:
        arguments = get(f"{page}/")[1].partition("window.templateArgs = ")[2]
        told, _ = json.JSONDecoder().raw_decode(arguments)
        assert told["extended_tabs"] == [{"key": "bottlenecks", "title": "Bottlenecks"}]
        (table,) = json.loads(get(f"{page}/stats/requests")[1])["extended_stats"]
        assert [row["part"] for row in table["data"]] == ["No spans have arrived yet."]
        assert json.loads(get(f"{page}/slowhop/bottlenecks")[1])["rows"] == []
        with pytest.raises(urllib.error.HTTPError, match="404"):
            get(f"{page}/slowhop/report.json")
        assert load.stop() is LoadEnd.CLEAN


@pytest.mark.parametrize("path", ["bottlenecks", "report.json"])
def test_who_is_not_logged_in_sees_nothing(path: str, bench: Workbench) -> None:
    (port,) = free_ports(1)
    options = bench.options(USER, web_ui_port=port, extra=("--web-login",))
    with start(options):
        (bench.run_dir / "report.json").write_text('{"a": "secret"}')
        (bench.run_dir / "live.json").write_text('{"schema": "slowhop.live/1", "rows": []}')
        url, answer = get(f"http://127.0.0.1:{port}/slowhop/{path}")
        assert "/login" in url
        assert "secret" not in answer
        assert "slowhop.live" not in answer
