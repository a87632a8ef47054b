"""Each kind of test on the shop: it names what was made to break, recover, leak or fail."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from analyzer.report.load_test import LoadTest
from analyzer.report.model import Report
from loadgen.locustfiles import SHOP
from services.launcher import up
from tests.cli.command import Ended, as_process, slowhop
from tests.e2e.live_runs import only_run
from tests.ports import free_ports

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]


def section_of(ended: Ended) -> LoadTest:
    """The section of the test in the report that a command printed."""
    found = Report.from_json(ended.out).test
    assert found is not None
    return found


def demo(runs_dir: Path, *options: str) -> Ended:
    """A test on the shop with a fault."""
    return as_process("demo", *options, "--format", "json", "--runs-dir", runs_dir)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A shop that runs, and sends its spans to these ports."""

    url: str
    grpc: int
    http: int

    def run(self, command: str, locustfile: Path, runs_dir: Path, *options: str) -> Ended:
        """Run a command that puts load on it."""
        return as_process(
            command, "-f", locustfile, "--host", self.url, "--runs-dir", runs_dir,
            "--grpc-port", str(self.grpc), "--http-port", str(self.http), *options,
        )  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop whose pricing has one worker."""
    grpc, http = free_ports(2)
    logs = tmp_path_factory.mktemp("logs")
    endpoint = f"http://127.0.0.1:{http}"
    with up("shop", fault="few_workers", log_dir=logs, otlp_endpoint=endpoint) as running:
        yield Shop(url=running.entry_url, grpc=grpc, http=http)


def test_stress_names_the_service_with_few_workers(tmp_path: Path) -> None:
    ended = demo(
        tmp_path, "--test", "stress", "--fault", "few_workers",
        "--users", "5", "--peak", "50", "--steps", "4", "--run-time", "24s",
    )  # fmt: skip
    assert ended.code == 0, ended.err
    found = section_of(ended)
    assert [row.level for row in found.levels] == [5, 20, 35, 50]
    assert found.stress is not None
    assert found.stress.at_level is not None
    assert found.stress.limit is not None
    assert found.stress.limit.service == "pricing"
    assert found.stress.limit.workers_busy == 1
    directory = only_run(tmp_path)
    said = json.loads((directory / "run.json").read_text(encoding="utf-8"))["load"]
    assert said["shape"] == "stress"
    assert [phase["begin_s"] for phase in said["test"]["phases"]] == [0, 6, 12, 18]
    assert slowhop("replay", directory, "--format", "json").out == ended.out


def test_spike_is_seen_to_be_over(tmp_path: Path) -> None:
    ended = demo(
        tmp_path, "--test", "spike", "--fault", "few_workers",
        "--users", "3", "--peak", "24", "--run-time", "40s",
    )  # fmt: skip
    found = section_of(ended).spike
    assert found is not None
    assert found.peak_p95_ms > 1.5 * found.usual_p95_ms
    assert found.recovered_after_s is not None
    assert found.recovered_after_s < found.watched_s
    assert found.limit is not None
    assert found.limit.service == "pricing"
    assert any(row.callee == "pricing" for row in found.backlog)


def test_endurance_names_the_service_that_leaks(tmp_path: Path) -> None:
    ended = demo(
        tmp_path, "--test", "endurance", "--fault", "leak", "--strength", "2",
        "--users", "8", "--soak", "25s",
    )  # fmt: skip
    found = section_of(ended)
    assert found.endurance is not None
    assert found.endurance.leaks[:1] == ("cart",)
    assert found.passed is False


def test_capacity_names_the_service_with_few_workers(shop: Shop, tmp_path: Path) -> None:
    ended = shop.run(
        "capacity", SHOP, tmp_path, "--require", "p95 < 450ms", "--require", "errors < 1%",
        "--users", "2", "--peak", "64", "--level-time", "4s", "--within", "50", "--format", "json",
    )  # fmt: skip
    found = section_of(ended).capacity
    assert found is not None
    assert found.failed_level is not None
    assert found.why[0].startswith("p95 < 450ms: ")
    assert found.limit is not None
    assert found.limit.service == "pricing"
    assert (found.held_level is not None) == (ended.code == 0)


def test_smoke_passes_where_everything_answers(shop: Shop, tmp_path: Path) -> None:
    ended = shop.run("smoke", SHOP, tmp_path, "--run-time", "8s", "--format", "json")
    assert ended.code == 0, ended.err
    found = section_of(ended)
    assert found.passed
    assert found.smoke is not None
    assert {"POST /checkout", "GET /", "POST /cart"} <= {r.endpoint for r in found.smoke.endpoints}


BROKEN = """
from locust import FastHttpUser, constant, task

class Visitor(FastHttpUser):
    wait_time = constant(0.2)

    @task(100)
    def front_page(self):
        self.client.get("/")

    @task
    def gone(self):
        self.client.get("/gone")
"""


def test_smoke_fails_by_a_broken_endpoint(shop: Shop, tmp_path: Path) -> None:
    locustfile = tmp_path / "broken.py"
    locustfile.write_text(BROKEN, encoding="utf-8")
    ended = shop.run("smoke", locustfile, tmp_path / "runs", "--run-time", "4s", "--format", "json")
    assert ended.code == 3, ended.err
    found = section_of(ended)
    assert found.passed is False
    assert found.smoke is not None
    assert {r.endpoint: r.passed for r in found.smoke.endpoints} == {
        "GET /": True,
        "GET /gone": False,
    }
