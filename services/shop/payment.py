"""Takes payments."""

import itertools

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

from services.shop.app import Parts, body, new_app, whole_number


def create(parts: Parts) -> Flask:
    """Payment's app."""
    numbers = itertools.count(1)
    app = new_app("payment")

    @app.post("/payments")
    def pay() -> ResponseReturnValue:
        amount = whole_number(body().get("amount_cents"), otherwise=0)
        parts.latencies.work("pay", parts.knobs.payment_ms)
        return jsonify({"id": f"payment-{next(numbers)}", "amount_cents": amount}), 201

    return app
