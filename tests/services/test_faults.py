import dataclasses

import pytest

from services.errors import ServiceError
from services.shop.faults import Fault, Knobs, fault, faults, knobs
from services.shop.topology import SERVICES

EXPECTED = {
    "none",
    "slow_service",
    "slow_hop",
    "n_plus_one",
    "lock",
    "cpu_burn",
    "small_pool",
    "retry_storm",
    "slow_query",
    "serial_calls",
}

every_fault = pytest.mark.parametrize("each", faults().values(), ids=lambda each: each.name)


def changed(name: str, *, strength: float = 1.0) -> dict[str, tuple[float, float]]:
    """The settings that a fault changes: normal and with it."""
    normal, faulty = (
        dataclasses.asdict(each) for each in (knobs("none"), knobs(name, strength=strength))
    )
    return {key: (normal[key], faulty[key]) for key in normal if normal[key] != faulty[key]}


def test_all_the_usual_faults_are_there() -> None:
    assert set(faults()) >= EXPECTED


@every_fault
def test_a_fault_that_slows_requests_has_an_answer_and_no_other(each: Fault) -> None:
    assert (each.answer is not None) == each.slows_requests


@every_fault
def test_an_answer_is_a_part_of_the_shop(each: Fault) -> None:
    answer = each.answer
    if answer is None:
        return
    if answer.kind == "hop":
        assert answer.caller is not None
        assert answer.callee in SERVICES[answer.caller].calls
        assert answer.label() == f"{answer.caller} → {answer.callee}"
    else:
        assert answer.service == "sqlite" if answer.inferred else answer.service in SERVICES
        assert answer.label() == answer.service


@every_fault
def test_every_fault_but_none_changes_a_setting(each: Fault) -> None:
    assert bool(changed(each.name)) == (each.name != "none")


@every_fault
def test_settings_keep_their_types(each: Fault) -> None:
    normal, faulty = knobs("none"), knobs(each.name)
    for knob in dataclasses.fields(Knobs):
        if isinstance(getattr(normal, knob.name), int):
            assert isinstance(getattr(faulty, knob.name), int), knob.name


def test_half_the_strength_is_half_way_from_normal() -> None:
    (normal, full) = changed("slow_service")["pricing_ms"]
    assert changed("slow_service", strength=0.5)["pricing_ms"] == (normal, (normal + full) / 2)


def test_without_strength_only_what_is_switched_remains() -> None:
    assert changed("small_pool", strength=0) == {"inventory_connections": (8, 1)}


def test_an_unknown_fault_is_an_error_that_lists_the_known_ones() -> None:
    with pytest.raises(ServiceError, match="no fault 'slow'") as caught:
        fault("slow")
    assert "slow_hop" in caught.value.hint


@pytest.mark.parametrize("strength", [-0.1, float("nan"), float("inf")])
def test_a_strength_that_means_nothing_is_an_error(strength: float) -> None:
    with pytest.raises(ServiceError, match="strength"):
        knobs("lock", strength=strength)
