"""Whose a longer gap is, by what the other hops did."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.comparison.splitting import GapChange, callers_parts, lower_median
from analyzer.ranking.owners import HopOwner


def parts(**changes: float) -> dict[str, float]:
    """The caller's part by hop; `c_s=40` is a gap from c to s that became 40 ms longer."""
    gaps = [
        GapChange(hop=HopOwner(caller=name[0], callee=name[-1]), change_ms=change)
        for name, change in changes.items()
    ]
    return {f"{hop.caller}_{hop.callee}": part for hop, part in callers_parts(gaps).items()}


def test_lower_median_is_the_smaller_of_two_middle_values() -> None:
    assert lower_median([3, 1, 2]) == 2
    assert lower_median([4, 1, 3, 2]) == 2
    assert lower_median([5, 1]) == 1


def test_both_ends_known() -> None:
    # c's gaps: 40 and 10, so alpha = 10; s's gaps: 40 and 30, so beta = 30
    assert parts(c_s=40, c_t=10, d_s=30)["c_s"] == pytest.approx(10 / (10 + 30))


def test_the_callers_other_calls_alone() -> None:
    assert parts(c_s=40, c_t=10)["c_s"] == pytest.approx(10 / 40)


def test_the_callees_other_callers_alone() -> None:
    assert parts(c_s=40, d_s=30)["c_s"] == pytest.approx(1 - 30 / 40)


def test_a_single_hop_is_half_of_either_end() -> None:
    assert parts(c_s=40)["c_s"] == 0.5


def test_network_delay_on_a_callee_is_the_callees() -> None:
    found = parts(c_s=40, c_t=1, d_s=41, d_u=0)
    assert found["c_s"] == pytest.approx(1 / 41)
    assert found["d_s"] == 0


def test_a_busy_caller_owns_all_its_gaps() -> None:
    found = parts(c_s=20, c_t=22, c_u=21, d_s=0)
    assert found["c_s"] == 1
    assert found["c_t"] == pytest.approx(21 / 22)


def test_where_neither_end_moved_in_common_nobody_is_blamed_alone() -> None:
    assert parts(c_s=40, c_t=0, d_s=0)["c_s"] == 0.5


def test_what_went_the_other_way_says_nothing_about_an_end() -> None:
    assert parts(c_s=40, c_t=-30)["c_s"] == 0


@given(
    st.dictionaries(
        st.sampled_from([f"{c}_{s}" for c in "abc" for s in "xyz"]),
        st.floats(-100, 100),
        min_size=1,
    )
)
def test_parts_lie_between_nothing_and_all_and_do_not_depend_on_the_sign(
    changes: dict[str, float],
) -> None:
    found = parts(**changes)
    assert all(0 <= part <= 1 for part in found.values())
    assert found == parts(**{name: -change for name, change in changes.items()})
