"""The tutorial as processes."""

from collections.abc import Mapping
from typing import Final

from services import process
from services.errors import ServiceError
from services.plan import Plan

VARIANTS: Final = ("without", "manual", "automatic")
SERVICES: Final = ("service1", "service2", "users")
ENTRY: Final = "service1"
VARIANT: Final = "SLOWHOP_VARIANT"
MODULE: Final = "services.tutorial"


def check_variant(variant: str) -> None:
    """Make sure that there is such a variant.

    Raises:
        ServiceError: there is none.
    """
    if variant not in VARIANTS:
        raise ServiceError(
            f"the tutorial has no variant {variant!r}",
            hint=f"choose one of: {', '.join(VARIANTS)}",
        )


def plan(variant: str, *, seed: int) -> Plan:
    """The tutorial's processes, traced in one of the `VARIANTS`.

    Raises:
        ServiceError: no such variant.
    """
    check_variant(variant)

    def environment(name: str, urls: Mapping[str, str]) -> dict[str, str]:
        told = {VARIANT: variant, process.SEED: str(seed)}
        if name == "service1":
            told[process.url_variable("service2")] = urls["service2"]
        return told

    return Plan(
        system="tutorial",
        entry=ENTRY,
        modules=dict.fromkeys(SERVICES, MODULE),
        environment=environment,
    )
