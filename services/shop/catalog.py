"""Products and what they are, in a database."""

from typing import TYPE_CHECKING, Any

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

from services.shop.app import Parts, new_app
from services.shop.calls import JsonObject
from services.shop.database import Database

if TYPE_CHECKING:
    from services.shop.database import Connection

PRODUCTS = 60
LISTED = 12
FEATURED = (3, 14, 15, 26)
CONNECTIONS = 8

TABLE = """CREATE TABLE IF NOT EXISTS catalog_product (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, detail TEXT NOT NULL)"""
SELECT_SOME = "SELECT id, name, detail FROM catalog_product WHERE {wait} AND id IN"
SELECT_ONE = "SELECT id, name, detail FROM catalog_product WHERE {wait} AND id = ?"

ADJECTIVES = ("small", "round", "quiet", "bright", "folding")
THINGS = ("lamp", "kettle", "chair", "radio", "clock", "tent")


def create(parts: Parts) -> Flask:
    """The catalog's app."""
    store = Products(parts)
    parts.on_stop.append(store.close)
    app = new_app("catalog")

    @app.get("/featured")
    def featured() -> ResponseReturnValue:
        return jsonify({"products": store.find(FEATURED)})

    @app.get("/products")
    def products() -> ResponseReturnValue:
        wanted = [int(text) for text in request.args.get("ids", "").split(",") if text.isdigit()]
        return jsonify({"products": store.find(wanted or range(1, LISTED + 1))})

    @app.get("/products/<int:product_id>")
    def product(product_id: int) -> ResponseReturnValue:
        found = store.find([product_id])
        return jsonify(found[0]) if found else (jsonify({"error": "no such product"}), 404)

    return app


class Products:
    """The table of products.

    Args:
        parts: says where it is, how long queries take and how many one request needs.
    """

    def __init__(self, parts: Parts) -> None:
        self._latencies = parts.latencies
        self._query_ms = parts.knobs.query_ms
        self._queries = parts.knobs.catalog_queries
        self._database = Database(parts.settings.database_url, connections=CONNECTIONS)
        rows = [(number, _name(number), f"It has {number % 7 + 1} parts.") for number in all_ids()]
        self._database.create([TABLE], "catalog_product", rows)

    def find(self, wanted: "range | list[int] | tuple[int, ...]") -> list[JsonObject]:
        """Those of the wanted products that there are."""
        with self._database.connection() as connection:
            if self._queries == 1:
                marks = ", ".join("?" * len(wanted))
                rows = self._rows(connection, f"{SELECT_SOME} ({marks})", tuple(wanted))
            else:
                rows = self._one_by_one(connection, tuple(wanted))
        return [{"id": row[0], "name": row[1], "detail": row[2]} for row in rows]

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def _one_by_one(
        self, connection: "Connection", wanted: tuple[int, ...]
    ) -> list[tuple[Any, ...]]:
        # The queries are a fixed number, however few products are wanted: the ones beyond the
        # products themselves stand for their pictures, reviews and so on.
        found: dict[int, tuple[Any, ...]] = {}
        for number in range(self._queries):
            for row in self._rows(connection, SELECT_ONE, (wanted[number % len(wanted)],)):
                found[row[0]] = row
        return list(found.values())

    def _rows(
        self, connection: "Connection", select: str, parameters: tuple[int, ...]
    ) -> list[tuple[Any, ...]]:
        takes_ms = self._latencies.around("query", self._query_ms)
        return self._database.rows(connection, select, parameters, takes_ms=takes_ms)


def all_ids() -> range:
    """The ids of all products."""
    return range(1, PRODUCTS + 1)


def _name(number: int) -> str:
    return f"{ADJECTIVES[number % len(ADJECTIVES)]} {THINGS[number % len(THINGS)]} {number}"
