"""Every fault of the shop is found by the checks that are made for it, and by no other."""

import pytest

from services.shop.faults import faults
from tests.findings.looking import alarms, findings, sample

CART_ADD, STOCK = "cart POST /items", "inventory GET /stock/<int:product_id>"

EXPECTED: dict[str, set[tuple[str, str]]] = {
    "none": set(),
    # what is slow here is told by the ranking: nothing about it is wrong in itself
    "slow_service": set(),
    "slow_checkout": set(),
    "slow_hop": set(),
    "n_plus_one": {("repeated_calls", "catalog → sqlite"), ("slow_dependency", "sqlite")},
    "lock": {("shared_resource", CART_ADD), ("unexplained_gap", CART_ADD)},
    "cpu_burn": {
        ("shared_resource", "search GET /search"),
        ("unexplained_gap", "search GET /search"),
    },
    "small_pool": {("shared_resource", STOCK), ("unexplained_gap", STOCK)},
    "retry_storm": {
        ("retries", "cart → inventory"),
        ("retries", "gateway → inventory"),
        ("costly_errors", "cart → inventory"),
        ("costly_errors", "gateway → inventory"),
    },
    "slow_query": {("slow_dependency", "sqlite")},
    "serial_calls": {("repeated_calls", "search → pricing")},
    "slow_mail": set(),
    # with 20 users: what its one worker cannot do waits
    "few_workers": {("first_to_saturate", "pricing")},
    # slow_service with 60 users instead of 10
    "saturated": {("first_to_saturate", "pricing")},
}
"""By sample: kind and subject of every finding that is more than information."""


IN_LOAD_TESTS = {"leak"}
"""What shows only as time goes on has no sample of a hundred requests: endurance tests find it, in
`tests/e2e/test_load_tests.py`."""


@pytest.mark.parametrize("name", EXPECTED)
def test_the_checks_made_for_a_fault_find_it_and_no_other_does(name: str) -> None:
    assert alarms(findings(sample(name))) == EXPECTED[name]


def test_every_fault_of_the_shop_has_its_sample() -> None:
    assert set(faults()) - IN_LOAD_TESTS <= set(EXPECTED)


def test_repeated_calls_say_how_many_and_what_one_would_bring() -> None:
    found = findings(sample("n_plus_one"), "repeated_calls")
    lists = next(f for f in found if f.message.startswith("GET /products makes"))
    assert "(SELECT) 30 times one after another" in lists.message
    assert lists.gain_mean_ms is not None
    assert lists.gain_mean_ms > 10
    assert lists.exemplars


def test_calls_in_parallel_are_not_repeated_calls() -> None:
    # search asks for four prices at once, in every sample but that of serial calls
    assert not findings(sample("none"), "repeated_calls")


def test_mail_that_nobody_waits_for_is_told_with_how_long_it_takes() -> None:
    (mail,) = findings(sample("slow_mail"), "work_after_reply")
    assert (mail.subject, mail.severity) == ("mailer process orders", "info")
    assert "for gateway" in mail.message


def test_a_retry_storm_is_graver_than_its_slow_errors() -> None:
    kinds = [(f.severity, f.kind) for f in findings(sample("retry_storm"))]
    assert kinds[:2] == [("error", "retries"), ("error", "retries")]


def test_a_service_with_one_worker_is_named_with_who_waits() -> None:
    (full,) = findings(sample("few_workers"), "first_to_saturate")
    assert "never on more than 1" in full.message


def test_a_lock_is_told_from_a_busy_processor() -> None:
    (lock,) = findings(sample("lock"), "shared_resource")
    (pool,) = findings(sample("small_pool"), "shared_resource")
    (processor,) = findings(sample("cpu_burn"), "shared_resource")
    assert "one by one" in lock.message
    assert "one by one" in pool.message
    assert "processor" in processor.message


def test_a_gap_says_where_it_is() -> None:
    (lock,) = findings(sample("lock"), "unexplained_gap")
    assert "after its last call (GET /prices/<id>)" in lock.message
    pool = " ".join(f.message for f in findings(sample("small_pool"), "unexplained_gap"))
    assert "before its first call (SELECT)" in pool
    assert "after its last call (SELECT)" in pool


def test_hops_queue_where_workers_are_few_and_not_where_the_network_is_slow() -> None:
    full = findings(sample("saturated"), "queueing_hop")
    assert {"search → pricing", "cart → pricing"} <= {f.subject for f in full}
    assert not findings(sample("slow_hop"), "queueing_hop")


def test_different_calls_in_a_row_could_run_in_parallel() -> None:
    (cart,) = [f for f in findings(sample("none"), "serial_calls") if f.subject == CART_ADD]
    assert "inventory (GET /stock/<id>), then pricing (GET /prices/<id>)" in cart.message
    assert cart.gain_mean_ms is not None
    assert cart.gain_mean_ms > 0
