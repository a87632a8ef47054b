"""What is in stock, in a database."""

from typing import Any

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

from services.shop.app import Parts, body, new_app, whole_number
from services.shop.catalog import all_ids
from services.shop.database import Database

PLENTY = 1_000_000
"""No load test sells out, which would change what later requests do."""

TABLE = """CREATE TABLE IF NOT EXISTS inventory_stock (
    product_id INTEGER PRIMARY KEY, quantity INTEGER NOT NULL)"""
SELECT = "SELECT quantity FROM inventory_stock WHERE {wait} AND product_id = ?"
RESERVE = """UPDATE inventory_stock SET quantity = quantity - ?
    WHERE product_id = ? AND quantity >= ?"""


def create(parts: Parts) -> Flask:
    """Inventory's app."""
    knobs, latencies = parts.knobs, parts.latencies
    database = Database(parts.settings.database_url, connections=knobs.inventory_connections)
    database.create([TABLE], "inventory_stock", [(number, PLENTY) for number in all_ids()])
    parts.on_stop.append(database.close)
    app = new_app("inventory")

    def quantity(product_id: int) -> int | None:
        with database.connection() as connection:
            takes_ms = latencies.around("query", knobs.stock_query_ms)
            rows = database.rows(connection, SELECT, (product_id,), takes_ms=takes_ms)
            latencies.work("stock", knobs.inventory_ms)
        return rows[0][0] if rows else None

    @app.get("/stock/<int:product_id>")
    def stock(product_id: int) -> ResponseReturnValue:
        if latencies.happens("refusal", rate=knobs.inventory_refusals):
            latencies.work("refuse", knobs.inventory_refusal_ms)
            return jsonify({"error": "overloaded"}), 503
        found = quantity(product_id)
        if found is None:
            return jsonify({"error": "no such product"}), 404
        return jsonify({"product_id": product_id, "quantity": found})

    @app.post("/reservations")
    def reserve() -> ResponseReturnValue:
        with database.connection() as connection:
            reserved = [
                database.change(connection, RESERVE, _reservation(item)) == 1
                for item in _items(body().get("items"))
            ]
        return jsonify({"reserved": all(reserved)})

    return app


def _items(sent: object) -> list[dict[str, Any]]:
    return [item for item in sent if isinstance(item, dict)] if isinstance(sent, list) else []


def _reservation(item: dict[str, Any]) -> tuple[int, int, int]:
    count = whole_number(item.get("quantity"), otherwise=1)
    return count, whole_number(item.get("product_id"), otherwise=1), count
