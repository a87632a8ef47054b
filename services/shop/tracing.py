"""How the shop is traced: by the instrumentations of the libraries that it uses."""

from typing import TYPE_CHECKING

from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.instrumentation.sqlite3 import SQLite3Instrumentor
from opentelemetry.instrumentation.urllib3 import URLLib3Instrumentor

from services.process import HEALTH_PATH
from services.shop.database import POSTGRES_PREFIXES
from services.shop.outbox import MESSAGES_PATH

if TYPE_CHECKING:
    from flask import Flask
    from opentelemetry.sdk.trace import TracerProvider

UNTRACED = f"{HEALTH_PATH}$,{MESSAGES_PATH}$"
"""Health checks, and the broker's way to the mailer."""


def instrument_libraries(provider: "TracerProvider", *, database_url: str) -> None:
    """Trace outgoing calls and queries; to be called before connections are made."""
    URLLib3Instrumentor().instrument(tracer_provider=provider)
    SQLite3Instrumentor().instrument(tracer_provider=provider)
    if database_url.startswith(POSTGRES_PREFIXES):
        # Only then: it loads the driver, a tenth of what the start of a service takes.
        from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor

        PsycopgInstrumentor().instrument(tracer_provider=provider)


def instrument_app(app: "Flask", provider: "TracerProvider") -> None:
    """Trace the requests that an app answers."""
    FlaskInstrumentor().instrument_app(  # type: ignore[no-untyped-call]  # the library left it untyped
        app, tracer_provider=provider, excluded_urls=UNTRACED
    )
