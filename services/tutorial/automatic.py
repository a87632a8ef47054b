"""The tutorial's services traced by the instrumentations of Flask and requests."""

from flask import Flask
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.instrumentation.requests import RequestsInstrumentor

from services.process import HEALTH_PATH
from services.tutorial import without
from services.tutorial.work import Work


def service1(work: Work, service2_url: str) -> Flask:
    """Greets whom service2 names."""
    RequestsInstrumentor().instrument()
    return _instrumented(without.service1(work, service2_url))


def service2(work: Work) -> Flask:
    """Names someone."""
    return _instrumented(without.service2(work))


def users(work: Work) -> Flask:
    """Lists users, slowly."""
    return _instrumented(without.users(work))


def _instrumented(app: Flask) -> Flask:
    FlaskInstrumentor().instrument_app(  # type: ignore[no-untyped-call]  # the library left it untyped
        app, excluded_urls=f"{HEALTH_PATH}$"
    )
    return app
