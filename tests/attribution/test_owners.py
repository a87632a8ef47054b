"""Who owns a nanosecond on the path, and what is counted beside it."""

from dataclasses import replace

import numpy as np

from analyzer.attribution.contributions import Contributions, Entity, EntityKind
from analyzer.model.spans import Spans
from analyzer.pipeline.contributions import contributions
from tests.builders import US, trace


def owned(*lines: str) -> dict[str, int]:
    """Own time on the path in us, by owner: `service`, `caller -> callee` or `caller -> (peer)`."""
    found = contributions(trace(*lines))
    times: dict[str, int] = {}
    for e, own_ns in zip(found.cells.entity.tolist(), found.cells.own_ns.tolist(), strict=True):
        name = label(found.entities[e])
        times[name] = times.get(name, 0) + own_ns // US
    return {name: time for name, time in times.items() if time}


def label(entity: Entity) -> str:
    if entity.kind is EntityKind.HOP:
        return f"{entity.service} -> {entity.callee}"
    if entity.kind is EntityKind.INFERRED:
        return f"{entity.service} -> ({entity.peer})"
    return entity.service


def counted(found: Contributions) -> dict[str, list[int]]:
    """By operation: spans, those that enter a service, failed ones, failed ones that enter one."""
    cells = found.cells
    columns = (cells.spans, cells.entries, cells.errors, cells.entry_errors)
    return {
        found.entities[e].operation: [int(column[q]) for column in columns]
        for q, e in enumerate(cells.entity.tolist())
    }


def test_a_spans_own_time_is_its_services() -> None:
    assert owned("A 0-100 server in a", "A/B 10-40 in a") == {"a": 100}


def test_a_calls_time_that_its_answer_does_not_cover_is_the_hop() -> None:
    assert owned("A 0-100 in a", "A/C 10-60 client in a", "C/S 20-50 server in b") == {
        "a": 50,
        "a -> b": 20,
        "b": 30,
    }


def test_the_load_generators_own_client_span_is_the_hop_to_the_entry_service() -> None:
    assert owned("L 0-100 client in locust", "L/S 20-90 server in gateway") == {
        "locust -> gateway": 30,
        "gateway": 70,
    }


def test_a_call_nobody_answered_is_that_of_an_inferred_callee() -> None:
    assert owned("A 0-100 in a", "A/Q 10-60 client in a to orders-db over postgresql") == {
        "a": 50,
        "a -> (orders-db)": 50,
    }


def test_what_an_answer_is_called_for_counts_not_what_the_call_says_of_its_peer() -> None:
    found = contributions(
        trace("C 0-100 client in a to b.local over http", "C/S 10-90 server in b")
    )
    assert found.entities == (
        Entity(kind=EntityKind.SELF, service="b", operation="S"),
        Entity(EntityKind.HOP, "a", "C", callee="b", peer="b.local", protocol="http"),
    )


def test_of_several_answers_the_last_one_counts() -> None:
    assert owned("C 0-100 client in a", "C/R 10-30 server in b", "C/S 40-90 server in c") == {
        "a -> c": 30,
        "b": 20,
        "c": 50,
    }


def test_a_call_around_another_one_has_the_inner_ones_callee() -> None:
    assert owned("C 0-100 client in a", "C/D 10-90 client in a", "D/S 20-80 server in b") == {
        "a -> b": 40,
        "b": 60,
    }


def test_a_call_between_instances_of_one_service_is_a_hop_to_itself() -> None:
    assert owned("C 0-100 client in a@1", "C/S 10-90 server in a@2") == {"a -> a": 20, "a": 80}


def test_a_message_goes_to_its_consumer_or_to_the_queue_that_its_producer_names() -> None:
    assert owned("P 0-100 producer in a", "P/C 200-300 consumer in b") == {"a -> b": 100}
    assert owned("P 0-100 producer in a to orders over kafka") == {"a -> (orders)": 100}
    assert owned("P 0-100 producer in a") == {"a": 100}


def test_an_internal_span_that_called_someone_is_the_hop_once_its_answer_was_adopted() -> None:
    lines = ("H 0-100 in a", "H/C 10-60 in a", "H/S 20-50 in b")
    assert owned(*lines) == {"a": 50, "a -> b": 20, "b": 30}


def test_calls_are_counted_where_they_enter_a_service_and_so_are_errors() -> None:
    found = contributions(
        trace(
            "A 0-100 in a error",
            "A/C 10-60 client in a error",
            "C/S 20-50 server in b error",
            "S/W 30-40 in b",
            "S/W 41-45 in b id 9 error",
        )
    )
    assert counted(found) == {
        "A": [1, 1, 1, 1],
        "C": [1, 0, 1, 0],
        "S": [1, 1, 1, 1],
        "W": [2, 0, 1, 0],
    }


def test_requests_say_what_they_are() -> None:
    whole = trace("A 5-100 in a error", "A/B 10-20 in a", trace_id=1)
    rootless = trace("?/S 0-50 server in b", trace_id=(1 << 64) + 2)
    requests = contributions(Spans.concat([whole, rootless])).requests
    assert requests.trace_hi.tolist() == [0, 1]
    assert requests.trace_lo.tolist() == [1, 2]
    assert requests.start_ns.tolist() == [5 * US, 0]
    assert requests.duration_ns.tolist() == [95 * US, 50 * US]
    assert requests.failed.tolist() == [True, False]
    assert requests.rootless.tolist() == [False, True]
    assert requests.spans.tolist() == [2, 1]


def test_taking_requests_keeps_their_cells() -> None:
    traces = [trace("A 0-100", f"A/B 0-{k}", trace_id=k) for k in range(1, 6)]
    found = contributions(Spans.concat(traces))
    taken = found.take(np.array([3, 1]))
    assert taken.requests.trace_lo.tolist() == [4, 2]
    assert taken.cells.own_ns.tolist() == [96 * US, 4 * US, 98 * US, 2 * US]
    assert taken.cells.request.tolist() == [0, 0, 1, 1]


def test_names_that_are_not_there_are_empty() -> None:
    spans = trace("A 0-100")
    nameless = replace(spans, service=np.full(1, -1, np.int32), operation=np.full(1, -1, np.int32))
    (entity,) = contributions(nameless).entities
    assert entity == Entity(EntityKind.SELF, "", "")
    assert contributions(nameless).endpoints[0].operation == ""


def test_thousands_of_operations_are_told_apart() -> None:
    traces = [trace(f"operation-{k} 0-{k + 1}", trace_id=k + 1) for k in range(3_000)]
    found = contributions(Spans.concat(traces))
    assert len(found.entities) == 3_000
    assert {
        found.entities[e].operation: own_ns // US
        for e, own_ns in zip(found.cells.entity.tolist(), found.cells.own_ns.tolist(), strict=True)
    } == {f"operation-{k}": k + 1 for k in range(3_000)}
