"""What one process of the shop is told by its environment.

    SLOWHOP_FAULT            the fault that is on (none)
    SLOWHOP_FAULT_STRENGTH   how much of it (1)
    SLOWHOP_DATABASE_URL     sqlite:///PATH or postgresql://... (a temporary SQLite file)

and what `services.process` lists.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from services import process
from services.errors import ServiceError
from services.shop.faults import NO_FAULT, Knobs, knobs

FAULT = "SLOWHOP_FAULT"
STRENGTH = "SLOWHOP_FAULT_STRENGTH"
DATABASE_URL = "SLOWHOP_DATABASE_URL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One process's settings.

    Attributes:
        service: which service it is.
        urls: where the other services are, by name.
        knobs: how long things take, and what is wrong.
        seed: chooses all random draws.
        database_url: where its tables are; '' for a temporary SQLite file.
    """

    service: str
    urls: Mapping[str, str]
    knobs: Knobs
    seed: int
    database_url: str


def settings(environment: Mapping[str, str], services: tuple[str, ...]) -> Settings:
    """Read a process's settings.

    Args:
        environment: its environment variables.
        services: the names of all services.

    Raises:
        ServiceError: something is missing or has no meaning.
    """
    service = process.required(environment, process.SERVICE)
    if service not in services:
        raise ServiceError(
            f"the shop has no service {service!r}",
            hint=f"set {process.SERVICE} to one of: {', '.join(services)}",
        )
    urls = {name: url for name in services if (url := environment.get(process.url_variable(name)))}
    return Settings(
        service=service,
        urls=urls,
        knobs=active_knobs(environment),
        seed=process.seed(environment),
        database_url=environment.get(DATABASE_URL, ""),
    )


def active_knobs(environment: Mapping[str, str]) -> Knobs:
    """The settings that the environment's fault gives the shop.

    Raises:
        ServiceError: no such fault, or no such strength.
    """
    text = environment.get(STRENGTH, "1")
    try:
        strength = float(text)
    except ValueError as error:
        raise ServiceError(f"{STRENGTH} is {text!r}, not a number", hint="use 0 to 1") from error
    return knobs(environment.get(FAULT, NO_FAULT), strength=strength)
