"""Writes mails about orders: work that begins after the reply, and that nobody waits for."""

import queue
import threading
from typing import Any

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue
from opentelemetry import propagate, trace
from opentelemetry.trace import SpanKind

from services.shop.app import Parts, body, new_app
from services.shop.outbox import MESSAGES_PATH, attributes

DRAIN_TIMEOUT_S = 2.0


def create(parts: Parts) -> Flask:
    """The mailer's app."""
    inbox = Inbox(parts)
    parts.on_stop.append(inbox.close)
    app = new_app("mailer")

    @app.post(MESSAGES_PATH)
    def receive() -> ResponseReturnValue:
        inbox.put(body())
        return jsonify({"accepted": True}), 202

    return app


class Inbox:
    """Messages that wait for the one thread that works on them.

    Args:
        parts: says how long a mail takes.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._waiting: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._thread = threading.Thread(target=self._work, name="inbox", daemon=True)
        self._thread.start()

    def put(self, message: dict[str, Any]) -> None:
        """Take a message for later."""
        self._waiting.put(message)

    def close(self) -> None:
        """Work on what is waiting, but not for longer than a few seconds."""
        self._waiting.put(None)
        self._thread.join(DRAIN_TIMEOUT_S)

    def _work(self) -> None:
        tracer = trace.get_tracer(__name__)
        while (message := self._waiting.get()) is not None:
            destination = str(message.get("destination", "unknown"))
            with tracer.start_as_current_span(
                f"process {destination}",
                context=propagate.extract(message.get("headers") or {}),
                kind=SpanKind.CONSUMER,
                attributes=attributes(destination),
            ):
                self._parts.latencies.work("mail", self._parts.knobs.mail_ms)
