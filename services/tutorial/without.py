"""The tutorial's services without tracing."""

import requests
from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

from services.process import HEALTH_PATH
from services.tutorial.work import Work

TIMEOUT_S = 5.0


def service1(work: Work, service2_url: str) -> Flask:
    """Greets whom service2 names."""
    app = new_app("service1")

    @app.get("/")
    def home() -> ResponseReturnValue:
        greeting = work.greet()
        named = requests.get(f"{service2_url}/", timeout=TIMEOUT_S)
        named.raise_for_status()
        return f"{greeting} {named.text}"

    return app


def service2(work: Work) -> Flask:
    """Names someone."""
    app = new_app("service2")

    @app.get("/")
    def home() -> ResponseReturnValue:
        return work.name_someone()

    return app


def users(work: Work) -> Flask:
    """Lists users, slowly."""
    app = new_app("users")

    @app.get("/")
    def home() -> ResponseReturnValue:
        return "Hello"

    @app.get("/users")
    def list_users() -> ResponseReturnValue:
        return jsonify(work.list_users())

    return app


def new_app(service: str) -> Flask:
    """An app that answers health checks."""
    app = Flask(f"tutorial.{service}")

    @app.get(HEALTH_PATH)
    def healthz() -> ResponseReturnValue:
        return "ok\n"

    return app
