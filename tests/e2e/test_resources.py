"""What services use of the machine arrives, and says whether they compute or wait."""

from collections.abc import Callable

import pytest

from analyzer.report.model import Report
from analyzer.report.resources import Resources
from services.shop.topology import SERVICES
from tests.e2e.live_runs import LiveRun

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
