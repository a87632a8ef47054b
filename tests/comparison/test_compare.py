"""What a comparison says of runs whose difference is known."""

from dataclasses import replace

import numpy as np
import pytest

from analyzer.errors import InputError, TooLittleData
from analyzer.model.spans import Int64Array, Spans
from analyzer.pipeline.compare import compare_runs
from analyzer.report.compare import Comparison
from tests.builders import trace
from tests.comparison.runs import BASE, compare, recorded, spans


def first_service(c: Comparison) -> tuple[str, str]:
    return c.services[0].service, c.services[0].verdict


def first_hop(c: Comparison) -> tuple[str, str, str]:
    return c.hops[0].caller, c.hops[0].callee, c.hops[0].verdict


def verdicts(c: Comparison) -> set[str]:
    return {
        c.overall.verdict,
        *(row.verdict for row in c.services),
        *(row.verdict for row in c.hops),
        *(row.verdict for row in c.operations),
        *(row.verdict for row in c.endpoints),
        *(row.verdict for row in c.background),
    }


def test_two_runs_without_a_fault_differ_by_noise_alone() -> None:
    for seed in range(5):
        assert verdicts(compare(BASE, replace(BASE, seed=seed))) == {"noise"}


def test_a_slow_service_is_named_first() -> None:
    found = compare(BASE, BASE.with_own(cart=30_000))
    assert first_service(found) == ("cart", "slower")
    # 22 ms more for each of the two in three requests that go there
    assert found.services[0].delta_mean_ms == pytest.approx(22 * 2 / 3, abs=0.5)
    assert found.overall.verdict == "slower"
    assert [row.service for row in found.services if row.verdict != "noise"] == ["cart"]
    assert found.endpoints[0].endpoint == "gateway"
    assert found.endpoints[0].verdict == "slower"
    assert found.endpoints[0].parts[0].service == "cart"
    assert found.endpoints[1].verdict == "noise"


def test_network_delay_on_a_callee_is_named_by_hop_and_callee() -> None:
    delayed = {("gateway", "search"): 31_500, ("mobile", "search"): 31_800}
    found = compare(BASE, BASE.with_gaps(delayed))
    assert first_service(found) == ("search", "slower")
    assert first_hop(found) == ("gateway", "search", "slower")
    assert found.hops[0].caller_part < 0.1
    assert found.services[0].own_delta_ms == pytest.approx(0, abs=0.5)


def test_a_busy_caller_owns_all_its_outgoing_gaps() -> None:
    busy = {("gateway", "search"): 21_500, ("gateway", "cart"): 21_200}
    found = compare(BASE, BASE.with_gaps(busy))
    assert first_service(found) == ("gateway", "slower")
    assert {(row.caller, row.verdict) for row in found.hops[:2]} == {("gateway", "slower")}
    assert found.hops[0].caller_part > 0.9


def test_what_got_faster_comes_first_where_the_whole_did() -> None:
    slow = BASE.with_own(cart=30_000)
    assert first_service(compare(slow, BASE)) == ("cart", "faster")


def test_comparing_the_other_way_round_says_the_opposite() -> None:
    base, candidate = spans(BASE), spans(BASE.with_own(search=25_000))
    there = compare_runs(recorded("a", base), recorded("b", candidate))
    back = compare_runs(recorded("b", candidate), recorded("a", base))
    opposite = {"slower": "faster", "faster": "slower", "noise": "noise"}
    assert [(row.service, -row.delta_mean_ms, opposite[row.verdict]) for row in back.services] == [
        (row.service, row.delta_mean_ms, row.verdict) for row in there.services
    ]


def test_more_calls_are_called_more_calls() -> None:
    found = compare(BASE, replace(BASE, calls={("gateway", "cart"): 4}))
    assert first_service(found) == ("cart", "slower")
    added = {(row.service, row.operation): row.kind for row in found.calls}
    assert added["cart", "serve-cart-1"] == "added"
    back = compare(replace(BASE, calls={("gateway", "cart"): 4}), BASE)
    assert {row.kind for row in back.calls} == {"gone"}


def test_another_mix_of_requests_moves_the_exact_change_alone() -> None:
    found = compare(BASE, replace(BASE, app_share=0.7))
    assert verdicts(found) == {"noise"}
    assert abs(found.overall.exact_delta_mean_ms) > 2
    assert abs(found.overall.delta_mean_ms) < 0.5
    assert all(abs(row.delta_mean_ms) < 0.5 for row in found.services)
    assert any("mix of requests" in warning for warning in found.warnings)


def test_a_few_odd_calls_show_in_the_tail_and_not_in_the_medians() -> None:
    found = compare(BASE, replace(BASE, odd="cart", odd_share=0.2, odd_us=200_000))
    cart = next(row for row in found.services if row.service == "cart")
    assert abs(cart.delta_mean_ms) < 1
    assert cart.verdict == "noise"
    assert cart.exact_delta_mean_ms > 15
    assert cart.p95_delta_ms > 100


def test_everything_a_bit_slower_at_once_is_the_machine() -> None:
    # the same fault-free system on a machine that gives every call a fifth less
    slower = replace(
        BASE,
        own_us={name: time * 6 // 5 for name, time in BASE.own_us.items()},
        gap_us={hop: time * 6 // 5 for hop, time in BASE.gap_us.items()},
    )
    assert verdicts(compare(BASE, slower)) == {"noise"}


def test_everything_twice_as_slow_is_not() -> None:
    slower = replace(
        BASE,
        own_us={name: 2 * time for name, time in BASE.own_us.items()},
        gap_us={hop: 2 * time for hop, time in BASE.gap_us.items()},
    )
    assert compare(BASE, slower).overall.verdict == "slower"


def test_the_order_of_arrival_changes_nothing() -> None:
    base, candidate = spans(BASE), spans(BASE.with_own(cart=15_000))
    there = compare_runs(recorded("a", base), recorded("b", candidate))
    turned = [part.take(_backwards(part)) for part in (base, candidate)]
    again = compare_runs(recorded("a", turned[0]), recorded("b", turned[1]))
    assert again == there


def _backwards(of: Spans) -> Int64Array:
    return np.arange(len(of))[::-1].copy()


def test_work_that_no_request_waits_for_is_listed_by_itself() -> None:
    def run(mail_us: int, first: int) -> Spans:
        return Spans.concat(
            [
                trace(
                    f"GET {at}-{at + 1000}",
                    f"GET/mail {at + 900}-{at + 2000 + mail_us}",
                    trace_id=first + n,
                )
                for n in range(40)
                for at in (n * 10_000,)
            ]
        )

    found = compare_runs(recorded("a", run(0, 1)), recorded("b", run(5_000, 101)))
    assert found.overall.verdict == "noise"
    assert {row.verdict for row in found.services} == {"noise"}
    assert [(row.operation, row.verdict) for row in found.background] == [("mail", "slower")]


def test_few_traces_are_warned_of() -> None:
    found = compare(replace(BASE, requests=12), replace(BASE, requests=12))
    assert sum("only 12 requests" in warning for warning in found.warnings) == 2
    assert not any(row.enough_data for row in found.services)


def test_a_fault_that_shows_in_few_traces_is_found_all_the_same() -> None:
    few = replace(BASE, requests=24)
    assert first_service(compare(few, few.with_own(cart=60_000))) == ("cart", "slower")


def test_of_two_or_three_requests_nothing_is_judged() -> None:
    few = replace(BASE, requests=3)
    assert verdicts(compare(few, few.with_own(search=900_000))) == {"noise"}


def test_runs_without_a_common_endpoint_are_refused() -> None:
    one = Spans.concat([trace("GET 0-10", trace_id=n) for n in range(1, 40)])
    other = Spans.concat([trace("PUT 0-10", trace_id=n) for n in range(41, 80)])
    with pytest.raises(InputError, match="no endpoint in common") as refused:
        compare_runs(recorded("a", one), recorded("b", other))
    assert "GET" in refused.value.hint
    assert "PUT" in refused.value.hint


def test_an_endpoint_of_one_run_only_is_left_out_and_said() -> None:
    more = Spans.concat([spans(BASE), *(trace("PUT 0-90000", trace_id=n) for n in range(1, 90))])
    found = compare_runs(recorded("a", spans(BASE)), recorded("b", more))
    assert [(e.endpoint, e.requests) for e in found.only_in_candidate] == [("PUT", 89)]
    assert found.overall.delta_mean_ms == 0
    assert found.overall.exact_delta_mean_ms > 10
    assert any("only in the candidate" in warning for warning in found.warnings)


def test_a_run_without_requests_is_too_little() -> None:
    with pytest.raises(TooLittleData, match="b holds no request"):
        compare_runs(recorded("a", spans(BASE)), recorded("b", Spans.empty()))
