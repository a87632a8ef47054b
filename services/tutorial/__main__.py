"""One service of the tutorial: `SLOWHOP_SERVICE=service2 python -m services.tutorial`.

SLOWHOP_VARIANT says how it is traced: `without`, `manual` or `automatic`, which is the default.
"""

import os
import sys
from typing import TYPE_CHECKING, Protocol

from services import process
from services.errors import ServiceError
from services.tutorial.plan import SERVICES, VARIANT, check_variant

if TYPE_CHECKING:
    from flask import Flask

    from services.tutorial.work import Work

THREADS = 16


class Variant(Protocol):
    """What the modules of all variants offer."""

    def service1(self, work: "Work", service2_url: str) -> "Flask":
        """Greets whom service2 names."""

    def service2(self, work: "Work") -> "Flask":
        """Names someone."""

    def users(self, work: "Work") -> "Flask":
        """Lists users, slowly."""


def main() -> int:
    """Run the service until SIGTERM; 2 where its environment makes no sense."""
    # Before the imports that take long: the launcher may end while they run.
    process.end_with_launcher(os.environ)
    try:
        _run()
    except ServiceError as error:
        sys.stderr.write(f"{error.message}\n{error.hint}\n")
        return 2
    return 0


def _run() -> None:
    service = process.required(os.environ, process.SERVICE)
    variant = os.environ.get(VARIANT, "automatic")
    check_variant(variant)
    if variant == "without":
        process.serve(_app(service, variant), threads=THREADS)
        return
    from services.telemetry import start_tracing, stop_exporting
    from services.usage import start_usage

    provider = start_tracing(service)
    usage = start_usage(service)
    process.serve(
        _app(service, variant),
        threads=THREADS,
        on_stop=(lambda: stop_exporting(provider, usage),),
    )


def _app(service: str, variant: str) -> "Flask":
    from services.tutorial.work import Work

    chosen = _variant(variant)
    work = Work(seed=process.seed(os.environ), service=service)
    if service == "service1":
        return chosen.service1(work, process.required(os.environ, process.url_variable("service2")))
    if service == "service2":
        return chosen.service2(work)
    if service == "users":
        return chosen.users(work)
    raise ServiceError(
        f"the tutorial has no service {service!r}",
        hint=f"set {process.SERVICE} to one of: {', '.join(SERVICES)}",
    )


def _variant(variant: str) -> Variant:
    if variant == "without":
        from services.tutorial import without

        return without
    if variant == "manual":
        from services.tutorial import manual

        return manual
    from services.tutorial import automatic

    return automatic


if __name__ == "__main__":
    sys.exit(main())
