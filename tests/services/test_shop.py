from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.launcher import up
from services.running import RunningServices
from services.shop.topology import SERVICES
from tests.services.otlp_sink import CLIENT, CONSUMER, PRODUCER, SERVER, SentSpan, otlp_sink
from tests.services.running_system import children, get, named, of_service, post


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What one visit to the shop answered, and the spans it left."""

    statuses: dict[str, int]
    bodies: dict[str, dict[str, object]]
    spans: list[SentSpan]

    def trace_of(self, root: str) -> list[SentSpan]:
        """All spans of the first request that began with a span of that name at the gateway."""
        roots = [each for each in of_service(self.spans, "gateway") if each.name == root]
        first = min(roots, key=lambda each: each.start_ns)
        return [span for span in self.spans if span.trace_id == first.trace_id]


def visit(shop: RunningServices) -> dict[str, tuple[int, dict[str, object]]]:
    """Ask for everything that the gateway offers."""
    asked = {
        "checkout of nothing": post(shop, "/checkout", {"user": "ada"}),
        "home": get(shop, "/"),
        "search": get(shop, "/search?q=lamp"),
        "products": get(shop, "/products"),
        "product": get(shop, "/products/7"),
        "no product": get(shop, "/products/999"),
        "cart": post(shop, "/cart", {"user": "ada", "product_id": 7, "quantity": 2}),
        "checkout": post(shop, "/checkout", {"user": "ada"}),
    }
    return {name: (answer.status_code, answer.json()) for name, answer in asked.items()}


@pytest.fixture(scope="module")
def visited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    with otlp_sink() as sink:
        with up(
            "shop", log_dir=tmp_path_factory.mktemp("logs"), otlp_endpoint=sink.endpoint
        ) as shop:
            answers = visit(shop)
        yield Visit(
            statuses={name: status for name, (status, _) in answers.items()},
            bodies={name: body for name, (_, body) in answers.items()},
            spans=sink.spans(),
        )


def test_everything_is_answered(visited: Visit) -> None:
    assert visited.statuses == {
        "checkout of nothing": 409,
        "home": 200,
        "search": 200,
        "products": 200,
        "product": 200,
        "no product": 404,
        "cart": 201,
        "checkout": 200,
    }


def test_what_is_bought_is_what_was_in_the_cart(visited: Visit) -> None:
    order = visited.bodies["checkout"]
    price = visited.bodies["product"]["price"]
    assert order["items"] == [{"product_id": 7, "quantity": 2}]
    assert isinstance(price, dict)
    assert order["total_cents"] == 2 * price["price_cents"]


def test_every_service_sends_spans_as_one_instance(visited: Visit) -> None:
    assert len(SERVICES) >= 7
    for service in SERVICES:
        assert len({span.instance for span in of_service(visited.spans, service)}) == 1, service


def test_every_request_is_one_trace_whose_parents_are_all_there(visited: Visit) -> None:
    roots = [span for span in visited.spans if not span.parent_id]
    assert {span.service for span in roots} == {"gateway"}
    assert len(roots) == len(visited.statuses)
    known = {(span.trace_id, span.span_id) for span in visited.spans}
    assert all((span.trace_id, span.parent_id) in known for span in visited.spans if span.parent_id)


def test_health_checks_are_not_traced(visited: Visit) -> None:
    assert not [span for span in visited.spans if "healthz" in span.name]


def test_server_spans_are_named_by_route(visited: Visit) -> None:
    names = {s.name for s in of_service(visited.spans, "gateway") if s.kind == SERVER}
    assert names == {
        "GET /",
        "GET /search",
        "GET /products",
        "GET /products/<int:product_id>",
        "POST /cart",
        "POST /checkout",
    }


def test_a_product_page_asks_three_services_from_one_span(visited: Visit) -> None:
    trace = visited.trace_of("GET /products/<int:product_id>")
    root = next(span for span in trace if not span.parent_id)
    called = [callee.service for call in children(trace, root) for callee in children(trace, call)]
    assert sorted(called) == ["catalog", "inventory", "pricing"]


def test_a_checkout_is_mailed_after_the_reply(visited: Visit) -> None:
    trace = next(
        spans
        for root in visited.spans
        if root.kind == PRODUCER
        for spans in [[s for s in visited.spans if s.trace_id == root.trace_id]]
    )
    send, process = named(trace, "send orders"), named(trace, "process orders")
    assert (send.service, send.kind) == ("gateway", PRODUCER)
    assert (process.service, process.kind) == ("mailer", CONSUMER)
    assert children(trace, send) == [process]
    root = next(span for span in trace if not span.parent_id)
    assert process.end_ns > root.end_ns


def test_queries_are_client_spans_of_the_database(visited: Visit) -> None:
    queries = [s for s in visited.spans if s.attributes.get("db.system") == "sqlite"]
    assert {span.service for span in queries} == {"catalog", "inventory"}
    assert {span.kind for span in queries} == {CLIENT}
    assert {span.name for span in queries} == {"SELECT", "UPDATE"}


def test_spans_go_by_grpc_where_that_is_asked_for(tmp_path: Path) -> None:
    # Nobody answers gRPC here: what counts is that the services run and end all the same.
    with up(
        "shop",
        log_dir=tmp_path,
        otlp_endpoint="http://127.0.0.1:1",
        otlp_protocol="grpc",
    ) as shop:
        assert get(shop, "/").status_code == 200
    assert {each.child.returncode for each in shop.services.values()} == {0}
