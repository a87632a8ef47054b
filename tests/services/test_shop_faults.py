"""Faults leave marks in the traces that do not depend on how fast the machine is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import requests

from services.launcher import up
from services.running import RunningServices
from services.shop.cart import MAX_NOTES, Notes
from services.shop.faults import knobs
from tests.services.otlp_sink import CLIENT, SERVER, SentSpan, otlp_sink
from tests.services.running_system import children, get, of_service, overlap, post

MS = 1_000_000
LEAST_OF_MEAN = 0.75
"""The shortest draw of a latency, as a part of its mean."""

Ask = Callable[[RunningServices], requests.Response]


@contextmanager
def shop_with(fault: str, log_dir: Path, *asks: Ask) -> Iterator[list[SentSpan]]:
    """The spans that requests leave while a fault is on."""
    with otlp_sink() as sink:
        with up("shop", fault=fault, log_dir=log_dir, otlp_endpoint=sink.endpoint) as shop:
            for ask in asks:
                assert ask(shop).ok
        yield sink.spans()


def search(shop: RunningServices) -> requests.Response:
    return get(shop, "/search?q=lamp")


def product(shop: RunningServices) -> requests.Response:
    return get(shop, "/products/7")


def add_to_cart(shop: RunningServices) -> requests.Response:
    return post(shop, "/cart", {"user": "ada", "product_id": 7})


def checkout(shop: RunningServices) -> requests.Response:
    return post(shop, "/checkout", {"user": "ada"})


def served(spans: list[SentSpan], service: str) -> list[SentSpan]:
    """The requests that a service answered, in order of time."""
    return sorted(
        (span for span in of_service(spans, service) if span.kind == SERVER),
        key=lambda span: (span.start_ns, span.span_id),
    )


def shortest(spans: list[SentSpan]) -> float:
    """The duration of the shortest span, in ms."""
    return min(span.end_ns - span.start_ns for span in spans) / MS


def test_slow_service(tmp_path: Path) -> None:
    with shop_with("slow_service", tmp_path, product) as spans:
        least = LEAST_OF_MEAN * knobs("slow_service").pricing_ms
        assert shortest(served(spans, "pricing")) >= least


def test_slow_checkout(tmp_path: Path) -> None:
    with shop_with("slow_checkout", tmp_path, add_to_cart, checkout) as spans:
        least = LEAST_OF_MEAN * knobs("slow_checkout").payment_ms
        assert shortest(served(spans, "payment")) >= least


def test_slow_hop_is_time_of_the_call_that_the_callee_does_not_see(tmp_path: Path) -> None:
    with shop_with("slow_hop", tmp_path, search) as spans:
        (answer,) = served(spans, "search")
        call = next(span for span in spans if span.span_id == answer.parent_id)
    delay_ns = knobs("slow_hop").search_hop_delay_ms * MS
    assert answer.start_ns - call.start_ns >= delay_ns
    assert call.end_ns - answer.end_ns >= delay_ns


def test_n_plus_one_repeats_a_query(tmp_path: Path) -> None:
    with shop_with("n_plus_one", tmp_path, search) as spans:
        (answer,) = served(spans, "catalog")
        queries = [s for s in children(spans, answer) if s.attributes.get("db.system")]
    assert len(queries) == knobs("n_plus_one").catalog_queries
    assert not any(overlap(one, other) for one, other in pairwise(queries))


def test_retry_storm_asks_inventory_again_and_again(tmp_path: Path) -> None:
    with shop_with("retry_storm", tmp_path, *[add_to_cart] * 5) as spans:
        assert len(served(spans, "inventory")) > len(served(spans, "cart"))


def test_serial_calls_wait_for_each_other(tmp_path: Path) -> None:
    with shop_with("serial_calls", tmp_path, search) as spans:
        asked = served(spans, "pricing")
    assert len(asked) == knobs("serial_calls").prices_per_search
    assert not any(overlap(one, other) for one, other in pairwise(asked))


def test_slow_query(tmp_path: Path) -> None:
    with shop_with("slow_query", tmp_path, product) as spans:
        queries = [s for s in of_service(spans, "inventory") if s.kind == CLIENT]
        assert shortest(queries) >= LEAST_OF_MEAN * knobs("slow_query").stock_query_ms


def test_lock(tmp_path: Path) -> None:
    with shop_with("lock", tmp_path, add_to_cart) as spans:
        assert shortest(served(spans, "cart")) >= LEAST_OF_MEAN * knobs("lock").cart_lock_ms


def test_cpu_burn(tmp_path: Path) -> None:
    with shop_with("cpu_burn", tmp_path, search) as spans:
        assert shortest(served(spans, "search")) >= knobs("cpu_burn").search_cpu_ms


def test_small_pool(tmp_path: Path) -> None:
    with shop_with("small_pool", tmp_path, product) as spans:
        assert shortest(served(spans, "inventory")) >= (
            LEAST_OF_MEAN * knobs("small_pool").inventory_ms
        )


def test_slow_mail_is_not_waited_for(tmp_path: Path) -> None:
    with shop_with("slow_mail", tmp_path, add_to_cart, checkout) as spans:
        (mail,) = of_service(spans, "mailer")
        root = next(s for s in spans if s.trace_id == mail.trace_id and not s.parent_id)
    assert mail.end_ns - mail.start_ns >= LEAST_OF_MEAN * knobs("slow_mail").mail_ms * MS
    assert mail.end_ns > root.end_ns


def test_few_workers_take_one_price_after_another(tmp_path: Path) -> None:
    with shop_with("few_workers", tmp_path, search) as spans:
        asked = served(spans, "pricing")
    assert len(asked) == knobs("few_workers").prices_per_search
    assert not any(overlap(one, other) for one, other in pairwise(asked))


def test_notes_of_a_leak_grow_with_every_item() -> None:
    notes = Notes()
    for number in range(3):
        notes.keep("ada", product_id=number % 2, count=knobs("leak").cart_remembers)
    assert notes.count(0) == 2 * knobs("leak").cart_remembers
    assert notes.count(1) == knobs("leak").cart_remembers


def test_notes_end_before_the_machine_does() -> None:
    notes = Notes()
    for _ in range(3):
        notes.keep("ada", product_id=1, count=MAX_NOTES)
    assert notes.count(1) == MAX_NOTES


def test_without_the_leak_nothing_is_kept() -> None:
    notes = Notes()
    notes.keep("ada", product_id=1, count=knobs("none").cart_remembers)
    assert notes.count(1) == 0
