"""What products cost."""

from typing import Any

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

from services.shop.app import Parts, body, new_app, whole_number


def create(parts: Parts) -> Flask:
    """Pricing's app."""
    app = new_app("pricing")

    @app.get("/prices/<int:product_id>")
    def price(product_id: int) -> ResponseReturnValue:
        parts.latencies.work("price", parts.knobs.pricing_ms)
        return jsonify({"product_id": product_id, "price_cents": price_cents(product_id)})

    @app.post("/quotes")
    def quote() -> ResponseReturnValue:
        parts.latencies.work("quote", parts.knobs.pricing_ms)
        items = body().get("items")
        return jsonify({"total_cents": total_cents(items if isinstance(items, list) else [])})

    return app


def price_cents(product_id: int) -> int:
    """A product's price: from 5.00 to about 100.00, the same every time."""
    return 500 + product_id * 7919 % 9500


def total_cents(items: list[Any]) -> int:
    """What the items of a cart cost together."""
    return sum(
        price_cents(whole_number(item.get("product_id"), otherwise=1))
        * whole_number(item.get("quantity"), otherwise=1)
        for item in items
        if isinstance(item, dict)
    )
