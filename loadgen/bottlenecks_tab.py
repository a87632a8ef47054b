"""A tab on locust's web page that shows, while the test runs, where its time goes.

Locust's page makes a tab of what `template_args` names and fills its table from `extended_stats` in
the answers it asks for every two seconds (locust's documentation, "Extending the web UI"). The rows
come from `live.json`, which the launcher's side renews. They stay data all the way: the page shows
them as text, whatever the services are called.

    /slowhop/bottlenecks     live.json as it is
    /slowhop/report.json     the whole report: of the run so far, or of the run that has ended
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from flask import Blueprint, Flask, Response, request

KEY = "bottlenecks"
TITLE = "Bottlenecks"

RANKING = "live.json"
REPORTS = ("report.json", "live-report.json")
"""The report of the run; while it runs, the one so far."""

SCHEMA = "slowhop.live/1"

COLUMNS = {
    "rank": "#",
    "part": "Service or hop",
    "share": "Share, %",
    "mean": "Mean, ms a request",
    "p95": "p95, ms a request",
    "gain": "Saved if 50 % faster, ms",
    "findings": "Findings",
}

_ONLY_WHERE_KNOWN = ("gain", "findings")

_PAGE = "locust.index"
_STATISTICS = "locust.request_stats"
"""Locust's own routes, by the names that Flask knows them by."""

Row = dict[str, str | float]


class WebPage(Protocol):
    """What is asked of locust's `WebUI`."""

    app: Flask | None
    template_args: dict[str, Any]

    def auth_required_if_enabled(self, view: Callable[[], Response]) -> Callable[[], Response]:
        """The view behind locust's login, where there is one."""


def add_bottlenecks_tab(page: WebPage, run_dir: Path, base_path: str | None) -> None:
    """Add the tab, its data and its routes; called before the page is served.

    Args:
        page: locust's web page.
        run_dir: where the live ranking and the reports are.
        base_path: what the paths of the page begin with (`--web-base-path`).
    """
    app = page.app
    if app is None:
        return
    _add_routes(page, app, run_dir, base_path)

    @app.before_request
    def name_the_columns() -> None:
        if request.endpoint == _PAGE:
            page.template_args |= _with_tab(page.template_args, _known(run_dir))

    @app.after_request
    def with_rows(response: Response) -> Response:
        if request.endpoint == _STATISTICS and response.status_code == 200 and response.is_json:
            rows = [_cells(row) for row in _rows(_known(run_dir))]
            answer = response.get_json()
            tables = [*_others(answer.get("extended_stats")), {"key": KEY, "data": rows}]
            response.set_data(json.dumps({**answer, "extended_stats": tables}))
        return response


def _add_routes(page: WebPage, app: Flask, run_dir: Path, base_path: str | None) -> None:
    routes = Blueprint("slowhop", __name__, url_prefix=f"{(base_path or '').rstrip('/')}/slowhop")

    @routes.route("/bottlenecks")
    @page.auth_required_if_enabled
    def bottlenecks() -> Response:
        return _json(json.dumps(_known(run_dir)))

    @routes.route("/report.json")
    @page.auth_required_if_enabled
    def report() -> Response:
        for name in REPORTS:
            try:
                return _json((run_dir / name).read_text(encoding="utf-8"))
            except OSError:
                continue
        return _json(json.dumps({"message": "There is no report yet: no spans."}), status=404)

    app.register_blueprint(routes)


def _json(text: str, *, status: int = 200) -> Response:
    return Response(text, status=status, content_type="application/json; charset=utf-8")


def _known(run_dir: Path) -> dict[str, Any]:
    """The live ranking; before there is one, the same without rows."""
    try:
        live = json.loads((run_dir / RANKING).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        live = {}
    if live.get("schema") != SCHEMA:
        return {"schema": SCHEMA, "message": "No spans have arrived yet.", "rows": []}
    known: dict[str, Any] = live
    return known


def _with_tab(arguments: dict[str, Any], live: dict[str, Any]) -> dict[str, Any]:
    """What the page is told of the tab, beside tabs that a locustfile may have added."""
    seen = {name for row in _rows(live) for name in row}
    columns = [
        {"key": key, "title": title}
        for key, title in COLUMNS.items()
        if key in seen or key not in _ONLY_WHERE_KNOWN
    ]
    added = {
        "extended_tabs": {"key": KEY, "title": TITLE},
        "extended_tables": {"key": KEY, "structure": columns},
        "extended_csv_files": {
            "key": KEY,
            "href": "./slowhop/report.json",
            "title": "Download bottleneck report so far (JSON)",
        },
    }
    return {name: [*_others(arguments.get(name)), entry] for name, entry in added.items()}


def _others(entries: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    return [entry for entry in entries or () if entry.get("key") != KEY]


def _rows(live: dict[str, Any]) -> list[Row]:
    """The table: the ranking and what else was found; without a ranking, why and what to do."""
    rows = [_ranked(row) for row in live["rows"]]
    rows += [{"part": text} for text in live.get("findings", ())]
    if live.get("message"):
        rows += [{"part": text} for text in (live["message"], *live.get("advice", ()))]
    return rows


def _ranked(row: dict[str, Any]) -> Row:
    names = row["service"] if row["kind"] == "service" else f"{row['caller']} → {row['callee']}"
    marks = {"(hop)": row["kind"] == "hop", "(inferred)": row["inferred"]}
    marks["(few requests)"] = not row["enough_data"]
    cells: Row = {
        "rank": row["rank"],
        "part": " ".join([names, *(mark for mark, is_so in marks.items() if is_so)]),
        "share": round(row["share"] * 100, 1),
        "mean": round(row["mean_ms"], 2),
        "p95": round(row["p95_ms"], 2),
    }
    if "gain" in row:
        cells["gain"] = round(row["gain"]["mean_ms"], 2)
    if row["findings"]:
        cells["findings"] = " ".join(row["findings"])
    return cells


def _cells(row: Row) -> Row:
    """A row with a cell for every column: the page would take what is missing for a number."""
    return {key: row.get(key, "") for key in COLUMNS}
