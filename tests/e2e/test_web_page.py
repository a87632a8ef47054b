"""Locust's web page beside a running test, seen in a browser: it says where the time goes."""

import json
import os
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from analyzer.report.live import Live
from analyzer.report.model import Report
from services.launcher import up
from tests.collector.otlp import trace_request
from tests.e2e.live_runs import UnderWay
from tests.ports import free_ports
from tests.real.tools import browser

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.needs("node")]

HOSTILE = """<img src=x onerror="document.title='taken over'">"""

LOCUSTFILE = """
from locust import FastHttpUser, constant, task

class Visitor(FastHttpUser):
    wait_time = constant(0.05)

    @task
    def front_page(self):
        self.client.get("/")
"""

WITHIN_MS = 60_000

HOUR_NS = 3_600_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Locust's page while the test runs, and where spans go."""

    url: str
    receiver: str
    run: UnderWay

    def look(self, words: list[str], picture: Path, *, renews: bool = True) -> dict[str, Any]:
        """What the tab shows once it shows these words and, while a test runs, new figures."""
        asked = {
            "url": f"{self.url}/",
            "tab": "Bottlenecks",
            "links": "Download Data",
            "words": words,
            "picture": str(picture),
            "within": WITHIN_MS,
            "renews": renews,
        }
        done = subprocess.run(
            ["node", browser() / "look.js", json.dumps(asked)],
            env=os.environ | {"CHROMIUM": shutil.which("chromium") or ""},
            capture_output=True,
            text=True,
            timeout=3 * WITHIN_MS / 1000,
        )
        assert done.returncode == 0, done.stderr
        seen: dict[str, Any] = json.loads(done.stdout)
        return seen

    def get(self, path: str) -> str:
        with urllib.request.urlopen(f"{self.url}{path}", timeout=30) as answer:
            text: str = answer.read().decode()
            return text

    def post(self, path: str) -> None:
        with urllib.request.urlopen(f"{self.url}{path}", data=b"", timeout=60) as answer:
            assert answer.status == 200

    def receive(self, span: Span, *, service: str) -> None:
        (directory,) = self.run.runs_dir.iterdir()
        span.attributes.add(key="slowhop.run.id").value.string_value = directory.name
        request = urllib.request.Request(
            f"{self.receiver}/v1/traces",
            data=trace_request(span, service=service).SerializeToString(),
            headers={"Content-Type": "application/x-protobuf"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.status == 200


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    (tmp_path / "visit.py").write_text(LOCUSTFILE, encoding="utf-8")
    grpc, http, web = free_ports(3)
    receiver = f"http://127.0.0.1:{http}"
    with up("tutorial", log_dir=tmp_path / "logs", otlp_endpoint=receiver) as pair:
        run = UnderWay.start(
            "live", "-f", "visit.py", "--host", pair.entry_url, "-u", "2", "-r", "2",
            "--grpc-port", str(grpc), "--http-port", str(http),
            "--web-ui", "--web-port", str(web), "--format", "json",
            runs_dir=tmp_path / "runs",
        )  # fmt: skip
        try:
            run.until(lambda: next(run.runs_dir.glob("*/live.json"), None))
            yield Page(url=f"http://127.0.0.1:{web}", receiver=receiver, run=run)
        finally:
            if run.process.poll() is None:
                run.process.kill()
                run.process.communicate()


def test_when_the_test_has_stopped_the_page_has_the_whole_report(
    page: Page, tmp_path: Path
) -> None:
    page.run.until(lambda: Live.from_json(page.get("/slowhop/bottlenecks")).rows or None)
    assert Report.from_json(page.get("/slowhop/report.json")).paths == ()
    page.post("/stop")

    whole = page.run.until(lambda: whole_report(page))
    assert whole.services[0].service == "service2"
    assert whole.services[0].gain.if_50_percent_faster is not None
    assert whole.completeness.whole == whole.completeness.traces > 0

    live = Live.from_json(page.get("/slowhop/bottlenecks"))
    assert live.rows[0].gain == whole.services[0].gain.if_50_percent_faster
    seen = page.look(["service2"], tmp_path / "page.png", renews=False)
    assert seen["columns"][5] == "Saved if 50 % faster, ms"
    assert float(seen["rows"][0][5]) > 0


def whole_report(page: Page) -> Report | None:
    """The report, once it is more than the live one."""
    report = Report.from_json(page.get("/slowhop/report.json"))
    return report if report.paths else None


def very_slow() -> Span:
    """A request that took longer than all others together."""
    now = time.time_ns()
    return Span(
        trace_id=bytes(15) + b"\x01",
        span_id=bytes(7) + b"\x01",
        name="GET /",
        kind=Span.SPAN_KIND_SERVER,
        start_time_unix_nano=now - HOUR_NS,
        end_time_unix_nano=now,
    )


def test_a_tab_ranks_services_and_hops_while_the_test_runs(page: Page, tmp_path: Path) -> None:
    seen = page.look(["service2"], tmp_path / "page.png")

    first = seen["rows"][0]
    assert first[:2] == ["1", "service2"]
    assert float(first[2]) > 50
    assert seen["columns"][:3] == ["#", "Service or hop", "Share, %"]
    assert any(row[1].startswith("service1 → service2 (hop)") for row in seen["rows"])

    live = Live.from_json(page.get("/slowhop/bottlenecks"))
    assert live.rows[0].service == "service2"
    link = seen["links"]["Download bottleneck report so far (JSON)"]
    assert link == f"{page.url}/slowhop/report.json"
    assert Report.from_json(page.get("/slowhop/report.json")).services[0].service == "service2"

    page.run.process.send_signal(signal.SIGINT)
    ended = page.run.end()
    assert ended.code == 0, ended.err
    assert Report.from_json(ended.out).services[0].service == "service2"
    assert not list(page.run.runs_dir.glob("*/live*.json"))


def test_a_hostile_name_is_shown_as_it_is(page: Page, tmp_path: Path) -> None:
    page.receive(very_slow(), service=HOSTILE)
    seen = page.look(["onerror"], tmp_path / "page.png")

    assert seen["rows"][0][1].startswith(HOSTILE)
    assert seen["elements"] == 0
    assert seen["title"] == "Locust"
