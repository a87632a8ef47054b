"""Figures over requests of which most have no value equal those over the full columns."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from analyzer.attribution.contributions import Cells
from analyzer.model.spans import Int64Array
from analyzer.ranking.statistics import (
    NS_PER_MS,
    SparseColumns,
    percentile_ms,
    student_t_975,
)

OWNERS = 3

FRACTIONS = (0.0, 0.25, 0.5, 0.95, 0.99, 1.0)

dense_tables = npst.arrays(
    np.int64,
    st.tuples(st.integers(1, 30), st.just(OWNERS)),
    elements=st.one_of(st.just(0), st.integers(1, 10**12)),
)
"""int64[requests, owners], often 0."""


def columns(dense: Int64Array, *, split: bool = False) -> SparseColumns:
    """Cells of a table, those of 0 left out; with `split` each is in two parts."""
    offset, owner, own = [0], list[int](), list[int]()
    for row in dense.tolist():
        for number, value in enumerate(row):
            if value:
                parts = (value - value // 3, value // 3) if split else (value,)
                owner += [number] * len(parts)
                own += parts
        offset.append(len(own))
    none = np.zeros(len(own), np.int32)
    cells = Cells(
        offset=np.array(offset, np.int64),
        entity=none,
        own_ns=np.array(own, np.int64),
        spans=none,
        entries=none,
        errors=none,
        entry_errors=none,
    )
    return SparseColumns.from_cells(cells, np.array(owner, np.int64), OWNERS)


@given(dense_tables, st.booleans())
def test_percentiles_count_requests_without_a_value_as_zero(
    dense: Int64Array,
    split: bool,  # noqa: FBT001  a drawn value
) -> None:
    sparse = columns(dense, split=split)
    for fraction in FRACTIONS:
        expected = np.percentile(dense, fraction * 100, axis=0) / NS_PER_MS
        assert sparse.percentiles_ms(fraction) == pytest.approx(expected, rel=1e-12, abs=1e-9)


@given(dense_tables, st.booleans())
def test_totals_are_exact_and_presence_is_counted(
    dense: Int64Array,
    split: bool,  # noqa: FBT001  a drawn value
) -> None:
    sparse = columns(dense, split=split)
    assert sparse.totals().tolist() == dense.sum(axis=0).tolist()
    assert sparse.present.tolist() == (dense > 0).sum(axis=0).tolist()


@given(dense_tables)
def test_values_ascend_and_say_whose_they_are(dense: Int64Array) -> None:
    sparse = columns(dense)
    for owner in range(OWNERS):
        mine = slice(int(sparse.offset[owner]), int(sparse.offset[owner + 1]))
        assert (np.diff(sparse.value_ns[mine]) >= 0).all()
        assert dense[sparse.request[mine], owner].tolist() == sparse.value_ns[mine].tolist()


@given(dense_tables)
def test_the_interval_is_that_of_the_full_columns(dense: Int64Array) -> None:
    n = dense.shape[0]
    low, high = columns(dense).interval_ms()
    mean = dense.mean(axis=0) / NS_PER_MS
    if n < 2:
        assert low.tolist() == high.tolist() == pytest.approx(mean)
        return
    half = student_t_975(n - 1) * dense.std(axis=0, ddof=1) / NS_PER_MS / np.sqrt(n)
    assert high == pytest.approx(mean + half, rel=1e-9, abs=1e-9)
    assert low == pytest.approx(np.maximum(mean - half, 0), rel=1e-9, abs=1e-9)


def test_the_interval_covers_the_true_mean_in_95_of_100_samples() -> None:
    draws = np.random.default_rng(5).normal(50e6, 10e6, size=(400, 20)).astype(np.int64)
    hits = 0
    for sample in draws:
        dense = np.zeros((20, OWNERS), np.int64)
        dense[:, 1] = sample
        low, high = columns(dense).interval_ms()
        hits += low[1] <= 50.0 <= high[1]
    assert 0.92 <= hits / len(draws) <= 0.98


def test_no_requests_at_all() -> None:
    sparse = columns(np.zeros((0, OWNERS), np.int64))
    assert sparse.totals().tolist() == [0, 0, 0]
    assert sparse.percentiles_ms(0.5).tolist() == [0, 0, 0]
    assert [bound.tolist() for bound in sparse.interval_ms()] == [[0, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize(
    ("freedom", "exact"),
    [
        (1, 12.7062),
        (2, 4.3027),
        (3, 3.1824),
        (5, 2.5706),
        (10, 2.2281),
        (30, 2.0423),
        (10**6, 1.96),
    ],
)
def test_quantiles_of_student_s_t(freedom: int, exact: float) -> None:
    assert student_t_975(freedom) == pytest.approx(exact, rel=2e-3)


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=40), st.sampled_from(FRACTIONS))
def test_percentile_of_plain_values(values: list[int], fraction: float) -> None:
    ordered = np.sort(np.array(values, np.int64))
    expected = np.percentile(ordered, fraction * 100) / NS_PER_MS
    assert percentile_ms(ordered, fraction) == pytest.approx(expected, rel=1e-12, abs=1e-9)


def test_percentile_of_nothing_is_zero() -> None:
    assert percentile_ms(np.empty(0, np.int64), 0.5) == 0.0
