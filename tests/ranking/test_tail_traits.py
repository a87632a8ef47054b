"""Which attribute values are told, and that chance is not."""

from dataclasses import replace

import numpy as np
import pytest

from analyzer.model.run import Capture
from analyzer.pipeline.analyze import RunName, analyze
from analyzer.report.model import TailAttribute
from tests.ranking.described import Cause, Drawn, spans


def told(requests: int, seed: int, cause: Cause | None = None) -> tuple[TailAttribute, ...]:
    sent = spans(requests, seed, cause) if cause else spans(requests, seed)
    tail = analyze(Capture(spans=sent, inputs=()), name=RunName(id="r", command="c")).tail
    assert tail is not None
    assert tail.attributes_tested > 30
    return tail.attributes


def named(rows: tuple[TailAttribute, ...]) -> list[tuple[str, str, str]]:
    return [(row.service, row.attribute, row.value) for row in rows]


def slow_pod(d: Drawn) -> float:
    return 60.0 if d.pod == 2 else 0.0


def slow_product(d: Drawn) -> float:
    return 80.0 if d.endpoint.startswith("GET") and d.product == 7 else 0.0


def test_slow_instance_is_named_and_its_threads_are_not() -> None:
    rows = told(2_000, 1, slow_pod)
    assert named(rows) == [("payment", "instance", "pod-2")]
    assert rows[0].slow_share > 0.95
    assert rows[0].typical_share < 0.4
    assert rows[0].excess_share > 0.7
    assert rows[0].p_adjusted < 1e-6
    assert rows[0].odds_ratio > 10
    assert len(rows[0].exemplars) == 3


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (slow_product, ("gateway", "url.path", "/products/7")),
        (
            lambda d: 60.0 if d.statement == "SELECT price" else 0.0,
            ("payment", "db.query.text", "SELECT price"),
        ),
        (lambda d: 60.0 if d.thread == 1 and d.pod == 0 else 0.0,
            ("payment", "thread.name", "pod-0-thread-1")),
    ],
)  # fmt: skip
def test_value_that_makes_requests_slow_is_named_first(
    cause: Cause, expected: tuple[str, str, str]
) -> None:
    rows = told(4_000, 2, cause)
    assert named(rows)[0] == expected


def test_error_that_costs_time_is_named_once_with_all_its_names() -> None:
    rows = told(3_000, 3, lambda d: 60.0 if d.status == 500 else 0.0)
    assert len(rows) == 1
    assert (rows[0].service, rows[0].attribute, rows[0].value) == ("payment", "error", "true")
    assert rows[0].also == ("gateway http.response.status_code=500",)


def test_two_causes_are_both_named() -> None:
    def both(d: Drawn) -> float:
        return (60.0 if d.pod == 2 and d.thread < 2 else 0.0) + slow_product(d)

    rows = told(6_000, 4, both)
    assert ("gateway", "url.path", "/products/7") in named(rows)
    assert any(row.value.startswith("pod-2") for row in rows)


def test_what_is_there_only_under_load_is_not_blamed_for_it() -> None:
    def crowded(number: int) -> int:
        return number * 20 if number < 1_000 else 20_000 + (number - 1_000) * 4

    sent = spans(2_000, 4, lambda d: 8.0 if d.number >= 1_000 else 0.0, crowded)
    tail = analyze(Capture(spans=sent, inputs=()), name=RunName(id="r", command="c")).tail
    assert tail is not None
    assert tail.rows[0].service == "payment"
    assert named(tail.attributes) == []


def test_nothing_is_named_where_nothing_matters() -> None:
    # each run has some forty values to be wrong about; one run in a hundred may be
    runs = 60
    wrong = [seed for seed in range(runs) if told(600, 100 + seed)]
    assert len(wrong) <= 2


def test_secrets_and_what_is_different_in_every_request_are_no_attributes() -> None:
    sent = spans(1_500, 5)
    assert sent.attributes is not None
    keys = {key for key, _ in sent.attributes.pairs}
    assert "http.route" in keys
    assert "http.request.header.authorization" not in keys
    assert "client.port" not in keys
    assert sent.attributes.crowded == {"request.id"}


def test_without_attributes_instances_and_errors_are_told_still() -> None:
    sent = replace(spans(2_000, 6, slow_pod), attributes=None)
    report = analyze(Capture(spans=sent, inputs=()), name=RunName(id="r", command="c"))
    assert report.tail is not None
    assert named(report.tail.attributes) == [("payment", "instance", "pod-2")]


def test_order_of_arrival_changes_no_value() -> None:
    sent = spans(1_200, 7, slow_pod)
    mixed = sent.take(np.random.default_rng(8).permutation(len(sent)))
    name = RunName(id="r", command="c")
    one, other = (analyze(Capture(spans=s, inputs=()), name=name) for s in (sent, mixed))
    assert one.tail == other.tail
    assert one.tail is not None
    assert one.tail.attributes
