"""Finds products for a query, and says what they cost."""

import hashlib
import time

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

from services.shop.app import Parts, new_app
from services.shop.calls import JsonObject, Parallel
from services.shop.catalog import PRODUCTS

PARALLEL_CALLS = 64
DESCRIBED = 4
"""How many of the products found are described; the others come with their price only."""


def create(parts: Parts) -> Flask:
    """Search's app."""
    calls, knobs = parts.calls, parts.knobs
    parallel = Parallel(threads=PARALLEL_CALLS)
    parts.on_stop.append(parallel.close)
    app = new_app("search")

    def price(product_id: int) -> JsonObject:
        return calls.get("pricing", f"/prices/{product_id}")

    def prices(wanted: list[int]) -> list[JsonObject]:
        if knobs.prices_at_once == 1:
            return [price(product_id) for product_id in wanted]
        found: list[JsonObject] = []
        for first in range(0, len(wanted), knobs.prices_at_once):
            batch = wanted[first : first + knobs.prices_at_once]
            asked = [parallel.start(price, product_id) for product_id in batch]
            found.extend(each.result() for each in asked)
        return found

    @app.get("/search")
    def search() -> ResponseReturnValue:
        query = request.args.get("q", "")
        parts.latencies.work("search", knobs.search_ms)
        burn_cpu(knobs.search_cpu_ms)
        found = matches(query, count=knobs.prices_per_search)
        ids = ",".join(str(product_id) for product_id in found[:DESCRIBED])
        described = calls.get("catalog", "/products", ids=ids)
        return jsonify({"query": query, "products": described["products"], "prices": prices(found)})

    return app


def matches(query: str, *, count: int) -> list[int]:
    """The products that a query finds: always the same ones, for each query others."""
    digest = hashlib.sha256(query.strip().lower().encode()).digest()
    first = int.from_bytes(digest[:4], "big")
    return [(first + 7 * number) % PRODUCTS + 1 for number in range(count)]


def burn_cpu(duration_ms: float) -> None:
    """Compute for so long, in CPU time of this thread: on a busy machine it takes longer."""
    until = time.thread_time_ns() + int(duration_ms * 1e6)
    data = b"slowhop"
    while time.thread_time_ns() < until:
        # Small enough that the hash keeps the interpreter lock, as computing in Python does.
        data = hashlib.sha256(data).digest()
