"""What users are about to buy, in memory."""

import threading
from collections import defaultdict

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

from services.shop.app import Parts, body, new_app, whole_number

GUEST = "guest"
MAX_ITEMS = 20
"""A cart drops its oldest items beyond these, so that a long run does not grow."""


def create(parts: Parts) -> Flask:
    """The cart's app."""
    calls, knobs, latencies = parts.calls, parts.knobs, parts.latencies
    carts: defaultdict[str, list[dict[str, int]]] = defaultdict(list)
    lock = threading.Lock()
    app = new_app("cart")

    @app.post("/items")
    def add() -> ResponseReturnValue:
        sent = body()
        user = str(sent.get("user", GUEST))
        product_id = whole_number(sent.get("product_id"), otherwise=1)
        quantity = whole_number(sent.get("quantity"), otherwise=1)
        calls.get_insistently("inventory", f"/stock/{product_id}", attempts=knobs.stock_attempts)
        price = calls.get("pricing", f"/prices/{product_id}")
        latencies.work("add", knobs.cart_ms)
        with lock:
            latencies.work("locked", knobs.cart_lock_ms)
            carts[user].append({"product_id": product_id, "quantity": quantity})
            del carts[user][:-MAX_ITEMS]
            items = len(carts[user])
        return jsonify({"user": user, "items": items, "price": price}), 201

    @app.post("/checkout")
    def checkout() -> ResponseReturnValue:
        user = str(body().get("user", GUEST))
        latencies.work("checkout", knobs.cart_ms)
        with lock:
            items = carts.pop(user, [])
        if not items:
            return jsonify({"error": f"the cart of {user} is empty"}), 409
        return jsonify({"user": user, "items": items})

    return app
