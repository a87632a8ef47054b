import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.comparison.medians import Groups, median_of, medians

unhurried = settings(deadline=None)  # the first call compiles

BLOCKS = 4
values = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 9), st.integers(0, BLOCKS - 1), st.integers(1, 3)),
    max_size=30,
)
weights = st.lists(st.lists(st.integers(0, 3), min_size=BLOCKS, max_size=BLOCKS), min_size=1)


@unhurried
@given(values, weights)
def test_kernel_and_plain_python_agree(
    calls: list[tuple[int, int, int, int]], weight: list[list[int]]
) -> None:
    group, value, block, times = (np.array([call[i] for call in calls], np.int64) for i in range(4))
    groups = Groups.of(group, value, block.astype(np.int32), 3, times)
    found = medians(groups, np.array(weight, np.int32))
    for b, of_block in enumerate(weight):
        for g in range(3):
            mine = [(v, of_block[k] * often) for h, v, k, often in calls if h == g]
            assert found.values[b, g] == sum(w for _, w in mine)
            assert found.median[b, g] == median_of([v for v, _ in mine], [w for _, w in mine])


def test_of_two_middle_values_it_is_half_way() -> None:
    assert median_of([1, 2, 9, 4], [1, 1, 1, 1]) == 3
    assert median_of([1, 2, 9, 4], [1, 3, 1, 1]) == 2
    assert median_of([], []) == 0
