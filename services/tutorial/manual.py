"""The tutorial's services traced by hand, as people do it who have read the API's first page.

Two habits are kept on purpose, because traces like these are what an analysis gets to see: spans
have no kind, so all are internal; and the context is injected before the span around the call is
begun, so that service2's span is the child of service1's request and not of its call.
"""

import requests
from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue
from opentelemetry import propagate, trace

from services.tutorial.without import TIMEOUT_S, new_app
from services.tutorial.work import Work


def service1(work: Work, service2_url: str) -> Flask:
    """Greets whom service2 names."""
    app = new_app("service1")
    tracer = trace.get_tracer(__name__)

    @app.get("/")
    def home() -> ResponseReturnValue:
        with tracer.start_as_current_span("home", context=propagate.extract(request.headers)):
            with tracer.start_as_current_span("greet"):
                greeting = work.greet()
            headers: dict[str, str] = {}
            propagate.inject(headers)
            with tracer.start_as_current_span("ask service2"):
                named = requests.get(f"{service2_url}/", headers=headers, timeout=TIMEOUT_S)
            named.raise_for_status()
            return f"{greeting} {named.text}"

    return app


def service2(work: Work) -> Flask:
    """Names someone."""
    app = new_app("service2")
    tracer = trace.get_tracer(__name__)

    @app.get("/")
    def home() -> ResponseReturnValue:
        with tracer.start_as_current_span("name", context=propagate.extract(request.headers)):
            return work.name_someone()

    return app


def users(work: Work) -> Flask:
    """Lists users, slowly."""
    app = new_app("users")
    tracer = trace.get_tracer(__name__)

    @app.get("/")
    def home() -> ResponseReturnValue:
        with tracer.start_as_current_span("home", context=propagate.extract(request.headers)):
            return "Hello"

    @app.get("/users")
    def list_users() -> ResponseReturnValue:
        with tracer.start_as_current_span("users", context=propagate.extract(request.headers)):
            return jsonify(work.list_users())

    return app
