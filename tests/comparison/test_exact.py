"""The exact change of the mean is split to the nanosecond."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from analyzer.comparison.exact import exact_changes, in_whole_ns
from tests.comparison.runs import BASE, compare, pair, spans

NS = 1_000_000


@given(st.lists(st.fractions(-1_000, 1_000, max_denominator=97)))
def test_rounded_parts_sum_to_the_rounded_whole(changes: list[Fraction]) -> None:
    whole = in_whole_ns(changes)
    assert sum(whole) == round(sum(changes, Fraction()))
    assert all(abs(part - change) < 1 for part, change in zip(whole, changes, strict=True))


def test_operations_sum_to_the_change_of_the_mean() -> None:
    base, candidate = spans(BASE), spans(BASE.with_own(cart=31_007))
    found = pair(base, candidate)
    duration = found.found.requests.duration_ns
    split = found.base_requests
    change = Fraction(int(duration[split:].sum()), duration.size - split) - Fraction(
        int(duration[:split].sum()), split
    )
    assert sum(exact_changes(found)) == round(change)


def test_services_with_their_parts_of_the_hops_sum_to_the_whole_too() -> None:
    found = compare(BASE, BASE.with_gaps({("gateway", "search"): 33_333}).with_own(mobile=7_777))
    whole = round(found.overall.exact_delta_mean_ms * NS)
    for rows in (found.services, found.operations):
        assert sum(round(row.exact_delta_mean_ms * NS) for row in rows) == whole
