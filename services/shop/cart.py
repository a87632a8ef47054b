"""What users are about to buy, in memory."""

import threading
from collections import defaultdict

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

from services.shop.app import Parts, body, new_app, whole_number

MAX_NOTES = 2_000_000
"""Some 250 MB: a leak would go on until the process dies; a sample must not take the machine."""

GUEST = "guest"
MAX_ITEMS = 20
"""A cart drops its oldest items beyond these, so that a long run does not grow."""


def create(parts: Parts) -> Flask:
    """The cart's app."""
    calls, knobs, latencies = parts.calls, parts.knobs, parts.latencies
    carts: defaultdict[str, list[dict[str, int]]] = defaultdict(list)
    notes = Notes()
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
        notes.keep(user, product_id, count=knobs.cart_remembers)
        looked_at = notes.count(product_id)
        with lock:
            latencies.work("locked", knobs.cart_lock_ms)
            carts[user].append({"product_id": product_id, "quantity": quantity})
            del carts[user][:-MAX_ITEMS]
            items = len(carts[user])
        return jsonify({"user": user, "items": items, "price": price, "known": looked_at}), 201

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


class Notes:
    """What the cart remembers of every item put into it: it grows, and so does every look at it."""

    def __init__(self) -> None:
        self._kept: list[tuple[str, int]] = []

    def keep(self, user: str, product_id: int, *, count: int) -> None:
        """Keep so many notes of an item."""
        if len(self._kept) < MAX_NOTES:
            self._kept.extend((f"{user}/{number}", product_id) for number in range(count))

    def count(self, product_id: int) -> int:
        """How many notes there are of a product: all are looked at."""
        return sum(1 for _, noted in self._kept if noted == product_id)
