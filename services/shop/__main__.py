"""One service of the shop: `SLOWHOP_SERVICE=gateway python -m services.shop`."""

import os
import sys
from types import MappingProxyType
from typing import TYPE_CHECKING

from services import process
from services.errors import ServiceError
from services.shop.topology import SERVICES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flask import Flask

    from services.shop.app import Parts
    from services.shop.faults import Knobs


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
    from services.shop import tracing
    from services.shop.app import parts
    from services.shop.settings import settings
    from services.telemetry import start_tracing, stop_exporting
    from services.usage import start_usage

    told = settings(os.environ, tuple(SERVICES))
    provider = start_tracing(told.service)
    usage = start_usage(told.service)
    tracing.instrument_libraries(provider, database_url=told.database_url)
    made = parts(told)
    app = _apps()[told.service](made)
    tracing.instrument_app(app, provider)
    process.serve(
        app,
        threads=threads(told.service, told.knobs),
        on_stop=(*made.on_stop, lambda: stop_exporting(provider, usage)),
    )


def threads(service: str, knobs: "Knobs") -> int:
    """How many requests a service works on at once."""
    return knobs.pricing_threads if service == "pricing" else SERVICES[service].threads


def _apps() -> "Mapping[str, Callable[[Parts], Flask]]":
    from services.shop import (
        cart,
        catalog,
        gateway,
        inventory,
        mailer,
        payment,
        pricing,
        search,
    )

    return MappingProxyType(
        {
            "gateway": gateway.create,
            "catalog": catalog.create,
            "search": search.create,
            "cart": cart.create,
            "pricing": pricing.create,
            "payment": payment.create,
            "inventory": inventory.create,
            "mailer": mailer.create,
        }
    )


if __name__ == "__main__":
    sys.exit(main())
