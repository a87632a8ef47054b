"""The shop's front door: shows products, takes orders."""

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

from services.shop.app import Parts, body, new_app, whole_number
from services.shop.calls import CallError, JsonObject, Parallel
from services.shop.outbox import Outbox

PARALLEL_CALLS = 48
"""Three for each request that the gateway works on: its fan-out never waits for a thread."""


def create(parts: Parts) -> Flask:
    """The gateway's app."""
    calls, knobs = parts.calls, parts.knobs
    parallel = Parallel(threads=PARALLEL_CALLS)
    outbox = Outbox(parts.settings.urls.get("mailer", ""))
    parts.on_stop.extend((parallel.close, outbox.close))
    app = new_app("gateway")

    @app.before_request
    def work() -> None:
        if request.endpoint != "healthz":
            parts.latencies.work(str(request.endpoint), knobs.gateway_ms)

    @app.get("/")
    def home() -> ResponseReturnValue:
        return jsonify({"featured": calls.get("catalog", "/featured")["products"]})

    @app.get("/search")
    def search() -> ResponseReturnValue:
        return jsonify(calls.get("search", "/search", q=request.args.get("q", "")))

    @app.get("/products")
    def products() -> ResponseReturnValue:
        return jsonify(calls.get("catalog", "/products"))

    @app.get("/products/<int:product_id>")
    def product(product_id: int) -> ResponseReturnValue:
        described = parallel.start(calls.get, "catalog", f"/products/{product_id}")
        price = parallel.start(calls.get, "pricing", f"/prices/{product_id}")
        stock = parallel.start(
            calls.get_insistently,
            "inventory",
            f"/stock/{product_id}",
            attempts=knobs.stock_attempts,
        )
        return jsonify(
            {"product": described.result(), "price": price.result(), "stock": stock.result()}
        )

    @app.post("/cart")
    def add_to_cart() -> ResponseReturnValue:
        return jsonify(calls.post("cart", "/items", body())), 201

    @app.post("/checkout")
    def checkout() -> ResponseReturnValue:
        return jsonify(_checkout(parts, outbox, user=body().get("user")))

    return app


def _checkout(parts: Parts, outbox: Outbox, *, user: object) -> JsonObject:
    calls = parts.calls
    items = calls.post("cart", "/checkout", {"user": user})["items"]
    total = calls.post("pricing", "/quotes", {"items": items})["total_cents"]
    reserved = calls.post("inventory", "/reservations", {"items": items})
    if not reserved["reserved"]:
        raise CallError("inventory", 409, reserved)
    payment = calls.post(
        "payment", "/payments", {"user": user, "amount_cents": whole_number(total, otherwise=0)}
    )
    order = {"user": user, "items": items, "total_cents": total, "payment": payment["id"]}
    outbox.send("orders", order)
    return order
