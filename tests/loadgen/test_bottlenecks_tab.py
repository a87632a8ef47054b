"""What the tab gives locust's page, and what its routes answer."""

import json
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint, Flask, Response, jsonify
from flask.testing import FlaskClient

from loadgen.bottlenecks_tab import add_bottlenecks_tab

BASE = "/load"

DATABASE = {
    "rank": 1,
    "kind": "service",
    "service": "<b>db</b>",
    "inferred": True,
    "enough_data": False,
    "share": 0.6512,
    "mean_ms": 57.9041,
    "p95_ms": 131.0,
    "findings": [],
}

HOP = DATABASE | {
    "rank": 2, "kind": "hop", "caller": "shop", "callee": "db", "inferred": False,
    "enough_data": True, "share": 0.1,
}  # fmt: skip


class Page:
    """Locust's page, as far as the tab knows it: its routes, its template arguments, its login."""

    def __init__(self) -> None:
        self.app: Flask | None = Flask(__name__)
        self.template_args: dict[str, Any] = {}
        self.logged_in = True
        self.own_tables: list[dict[str, Any]] = []
        locust = Blueprint("locust", __name__, url_prefix=BASE)

        @locust.route("/")
        def index() -> Response:
            return jsonify(self.template_args)

        @locust.route("/stats/requests")
        def request_stats() -> Response:
            return jsonify({"stats": [1], "extended_stats": self.own_tables})

        self.app.register_blueprint(locust)

    def auth_required_if_enabled(self, view: Callable[[], Response]) -> Callable[[], Response]:
        @wraps(view)
        def guarded() -> Response:
            return view() if self.logged_in else Response(status=401)

        return guarded


@pytest.fixture
def page() -> Page:
    return Page()


@pytest.fixture
def client(page: Page, tmp_path: Path) -> FlaskClient:
    add_bottlenecks_tab(page, tmp_path, BASE)
    assert page.app is not None
    return page.app.test_client()


def write(run_dir: Path, **live: object) -> None:
    content = {"schema": "slowhop.live/1", "run": "r", "rows": [], "findings": []} | live
    (run_dir / "live.json").write_text(json.dumps(content))


def table(client: FlaskClient) -> list[dict[str, Any]]:
    """The rows, by column, as the page gets them."""
    tables = client.get(f"{BASE}/stats/requests").get_json()["extended_stats"]
    (rows,) = [table["data"] for table in tables if table["key"] == "bottlenecks"]
    return list(rows)


def columns(client: FlaskClient) -> list[str]:
    tables = client.get(f"{BASE}/").get_json()["extended_tables"]
    (structure,) = [table["structure"] for table in tables if table["key"] == "bottlenecks"]
    return [column["key"] for column in structure]


def test_rows_name_the_part_and_say_what_it_adds(client: FlaskClient, tmp_path: Path) -> None:
    write(tmp_path, rows=[DATABASE, HOP])
    first, second = table(client)
    assert first == {
        "rank": 1, "part": "<b>db</b> (inferred) (few requests)", "share": 65.1, "mean": 57.9,
        "p95": 131.0, "gain": "", "findings": "",
    }  # fmt: skip
    assert second["part"] == "shop → db (hop)"


def test_locusts_own_numbers_stay(client: FlaskClient, page: Page) -> None:
    page.own_tables = [{"key": "mine", "data": []}]
    answer = client.get(f"{BASE}/stats/requests").get_json()
    assert answer["stats"] == [1]
    assert [table["key"] for table in answer["extended_stats"]] == ["mine", "bottlenecks"]


def test_gains_and_findings_have_a_column_once_they_are_known(
    client: FlaskClient, tmp_path: Path
) -> None:
    write(tmp_path, rows=[DATABASE])
    assert columns(client) == ["rank", "part", "share", "mean", "p95"]
    known = {"gain": {"mean_ms": 28.95, "p95_ms": 1, "p99_ms": 1}, "findings": ["Too many calls."]}
    write(tmp_path, rows=[DATABASE | known], findings=["this run: too short"])
    assert columns(client) == ["rank", "part", "share", "mean", "p95", "gain", "findings"]
    ranked, other = table(client)
    assert (ranked["gain"], ranked["findings"]) == (28.95, "Too many calls.")
    assert other["part"] == "this run: too short"


def test_before_there_are_spans_it_says_so_and_what_to_do(
    client: FlaskClient, tmp_path: Path
) -> None:
    assert [row["part"] for row in table(client)] == ["No spans have arrived yet."]
    write(tmp_path, message="No spans have arrived yet.", advice=["Python:", "  pip install x"])
    said = [row["part"] for row in table(client)]
    assert said == ["No spans have arrived yet.", "Python:", "  pip install x"]


def test_what_is_no_live_ranking_is_not_taken_for_one(client: FlaskClient, tmp_path: Path) -> None:
    write(tmp_path, schema="slowhop.live/2", rows=["?"])
    assert [row["part"] for row in table(client)] == ["No spans have arrived yet."]


def test_tabs_of_a_locustfile_stay_and_ours_comes_once(client: FlaskClient, page: Page) -> None:
    page.template_args = {"extended_tabs": [{"key": "mine", "title": "Mine"}]}
    for _ in range(2):
        tabs = client.get(f"{BASE}/").get_json()["extended_tabs"]
        assert [tab["key"] for tab in tabs] == ["mine", "bottlenecks"]


def test_the_report_is_the_one_so_far_until_the_run_has_ended(
    client: FlaskClient, tmp_path: Path
) -> None:
    url = f"{BASE}/slowhop/report.json"
    assert client.get(url).status_code == 404
    (tmp_path / "live-report.json").write_text('{"so": "far"}')
    assert client.get(url).get_json() == {"so": "far"}
    (tmp_path / "report.json").write_text('{"the": "end"}')
    assert client.get(url).get_json() == {"the": "end"}


def test_what_needs_a_login_on_locusts_page_needs_it_here(client: FlaskClient, page: Page) -> None:
    assert client.get(f"{BASE}/slowhop/bottlenecks").status_code == 200
    page.logged_in = False
    assert client.get(f"{BASE}/slowhop/bottlenecks").status_code == 401
    assert client.get(f"{BASE}/slowhop/report.json").status_code == 401
