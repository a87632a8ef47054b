"""What services use of the machine arrives, and says whether they compute or wait."""

from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer.report.model import Report
from analyzer.report.resources import Resources
from services.launcher import up
from services.shop.topology import SERVICES
from tests.cli.command import as_process, slowhop
from tests.e2e.live_runs import LiveRun, only_run
from tests.e2e.test_tutorial import LOCUSTFILE
from tests.ports import free_ports

pytestmark = pytest.mark.live

STARVED = 30.0
"""Percent: where threads wait so long for a processor, the machine is too busy to tell for sure."""


def used(report: Report, service: str) -> Resources:
    (row,) = [row for row in report.kpis.resources if row.service == service]
    return row


def bound(report: Report, service: str) -> str | None:
    (row,) = [row for row in report.services if row.service == service]
    return row.bound


def is_starved(report: Report, service: str) -> bool:
    return (used(report, service).cpu_delay_percent or 0.0) > STARVED


def test_all_services_of_the_shop_tell_what_they_use(fault_run: Callable[[str], LiveRun]) -> None:
    report = fault_run("lock").report
    assert {row.service for row in report.kpis.resources} == set(SERVICES)
    gateway = used(report, "gateway")
    assert gateway.cpu_percent is not None
    assert gateway.cpu_max_percent is not None
    assert gateway.memory_mb is not None
    assert gateway.network_in_mb_s is not None
    assert gateway.network_out_mb_s is not None
    assert 0 < gateway.cpu_percent <= gateway.cpu_max_percent
    assert gateway.memory_mb > 10
    assert gateway.network_in_mb_s > 0
    assert gateway.network_out_mb_s > 0
    assert report.completeness.issues == ()


def test_the_load_generator_s_own_processor_is_told(fault_run: Callable[[str], LiveRun]) -> None:
    load = fault_run("lock").report.load
    assert load.generator_cpu_percent is not None
    assert load.generator_cpu_max_percent is not None
    assert 0 < load.generator_cpu_percent <= load.generator_cpu_max_percent


@pytest.mark.parametrize(("fault", "service"), [("lock", "cart"), ("slow_service", "pricing")])
def test_a_service_that_sleeps_waits(
    fault: str, service: str, fault_run: Callable[[str], LiveRun]
) -> None:
    report = fault_run(fault).report
    assert bound(report, service) != "cpu"
    assert bound(report, service) == "waiting" or is_starved(report, service)


def test_a_service_that_burns_processor_is_bound_by_it(
    fault_run: Callable[[str], LiveRun],
) -> None:
    report = fault_run("cpu_burn").report
    assert bound(report, "search") != "waiting"
    assert bound(report, "search") == "cpu" or is_starved(report, "search")


def test_a_watched_process_is_in_the_report_and_in_its_replay(tmp_path: Path) -> None:
    (tmp_path / "visit.py").write_text(LOCUSTFILE, encoding="utf-8")
    grpc, http = free_ports(2)
    with up("tutorial", variant="without", log_dir=tmp_path / "logs") as pair:
        port = pair.entry_url.rpartition(":")[2]
        ended = as_process(
            "live", "-f", "visit.py", "--host", pair.entry_url, "-u", "2", "-t", "5s",
            "--grpc-port", str(grpc), "--http-port", str(http), "--late-spans", "0",
            "--watch", f"service1=:{port}", "--watch", f"service2={pair.services['service2'].pid}",
            "--format", "json", cwd=tmp_path,
        )  # fmt: skip
    report = Report.from_json(ended.out)
    assert [row.service for row in report.kpis.resources] == ["service1", "service2"]
    memory = used(report, "service1").memory_mb
    assert memory is not None
    assert memory > 10
    assert slowhop("replay", only_run(tmp_path / "runs"), "--format", "json").out == ended.out


def test_a_process_that_nobody_knows_is_refused_before_the_run(tmp_path: Path) -> None:
    ended = slowhop("record", "--watch", "search=4194999", "--runs-dir", tmp_path / "runs")
    assert ended.code == 2
    assert "no process 4194999" in ended.err
    assert not (tmp_path / "runs").exists()
