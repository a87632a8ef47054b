"""What the apps of all services of the shop share."""

from collections.abc import Callable
from dataclasses import dataclass, field

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

from services.latency import Latencies
from services.process import HEALTH_PATH
from services.shop.calls import CallError, Calls, JsonObject
from services.shop.faults import Knobs
from services.shop.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a service is built from.

    Attributes:
        settings: what the environment said.
        latencies: how long work takes.
        calls: the other services.
        on_stop: what to finish before the process ends; services add to it.
    """

    settings: Settings
    latencies: Latencies
    calls: Calls
    on_stop: list[Callable[[], None]] = field(default_factory=list)

    @property
    def knobs(self) -> Knobs:
        """How long things take, and what is wrong."""
        return self.settings.knobs


def parts(settings: Settings) -> Parts:
    """Make what a service is built from."""
    return Parts(
        settings=settings,
        latencies=Latencies(seed=settings.seed, service=settings.service),
        calls=Calls(settings.urls),
    )


def new_app(service: str) -> Flask:
    """An app that answers health checks, and passes on the errors of services it calls."""
    app = Flask(f"shop.{service}")

    @app.get(HEALTH_PATH)
    def healthz() -> ResponseReturnValue:
        return "ok\n"

    @app.errorhandler(CallError)
    def failed(error: CallError) -> ResponseReturnValue:
        status = error.status if error.status < 500 else 502
        return jsonify({"error": str(error), "cause": error.body}), status

    return app


def body() -> JsonObject:
    """The JSON object that the current request carries; empty where it carries none."""
    sent = request.get_json(silent=True)
    return sent if isinstance(sent, dict) else {}


def whole_number(value: object, *, otherwise: int) -> int:
    """A number that a request gave, or the other one where it gave none."""
    return value if isinstance(value, int) else otherwise
