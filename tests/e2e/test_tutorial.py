"""The tutorial's pair, traced in three ways: the same system, and the same answer."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from services.launcher import VARIANTS, up
from tests.cli.command import Ended, as_process
from tests.e2e.live_runs import LiveRun, only_run, share_of
from tests.ports import free_ports

pytestmark = pytest.mark.live

LOCUSTFILE = """
from locust import FastHttpUser, constant, task

class Visitor(FastHttpUser):
    wait_time = constant(0.05)

    @task
    def front_page(self):
        self.client.get("/")
"""


def run_variant(variant: str, place: Path) -> LiveRun:
    """`slowhop live` on the pair, as a person runs it: the services first."""
    place.mkdir()
    (place / "visit.py").write_text(LOCUSTFILE, encoding="utf-8")
    grpc, http = free_ports(2)
    endpoint = f"http://127.0.0.1:{http}"
    with up("tutorial", variant=variant, log_dir=place / "logs", otlp_endpoint=endpoint) as pair:
        ended = as_process(
            "live", "-f", "visit.py", "--host", pair.entry_url, "-u", "2", "-r", "2", "-t", "10s",
            "--grpc-port", str(grpc), "--http-port", str(http), "--json", "report.json",
            cwd=place,
        )  # fmt: skip
    return LiveRun(
        ended=Ended(
            code=ended.code,
            out=(place / "report.json").read_text(encoding="utf-8"),
            err=f"{ended.out}\n{ended.err}\n{endpoint}",
        ),
        directory=only_run(place / "runs"),
    )


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, LiveRun]]:
    """A run of each variant, at the same time: what else the machine does meets all of them."""
    place = tmp_path_factory.mktemp("tutorial")
    with ThreadPoolExecutor(len(VARIANTS)) as pool:
        done = pool.map(lambda variant: run_variant(variant, place / variant), VARIANTS)
        yield dict(zip(VARIANTS, done, strict=True))


@pytest.mark.parametrize("variant", ["manual", "automatic"])
def test_the_slow_service_is_named_first(variant: str, runs: dict[str, LiveRun]) -> None:
    run = runs[variant]
    assert run.ended.code == 0, run.ended.err
    assert run.report.load.requests > 50
    assert run.report.services[0].service == "service2"
    assert share_of(run.report, "service2") > 0.5


def test_spans_made_by_hand_give_the_same_share(runs: dict[str, LiveRun]) -> None:
    manual, automatic = (share_of(runs[v].report, "service2") for v in ("manual", "automatic"))
    assert manual == pytest.approx(automatic, rel=0.10)
    assert runs["manual"].report.completeness.adopted_spans > 0
    assert runs["automatic"].report.completeness.adopted_spans == 0


def test_without_tracing_it_is_said_what_to_set_for_the_addresses_in_use(
    runs: dict[str, LiveRun],
) -> None:
    run = runs["without"]
    assert run.ended.code == 4
    assert run.report.completeness.client_spans_only
    shown, _, endpoint = run.ended.err.rpartition("\n")
    assert "the services send no spans" in shown
    assert f"OTEL_EXPORTER_OTLP_ENDPOINT={endpoint}" in shown
    assert "opentelemetry-instrument" in shown
