"""The Universal Scalability Law: found again where it was put in, silent where it was not."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analyzer.ranking.scaling_capacity import ScalabilityLaw, fit, knee_of
from analyzer.ranking.scaling_load import Windows


def windows(n: np.ndarray, x: np.ndarray, users: np.ndarray | None = None) -> Windows:
    return Windows(
        edge_ns=np.arange(n.size + 1) * 1_000_000_000,
        in_flight=n,
        throughput_rps=x,
        users=np.full(n.size, -1) if users is None else users,
    )


def law(rate: float, contention: float, coherency: float) -> ScalabilityLaw:
    return ScalabilityLaw(rate=rate, contention=contention, coherency=coherency, r2=1.0)


@given(st.floats(1, 1_000), st.floats(0, 0.5), st.floats(0, 0.02))
def test_law_is_found_again(rate: float, contention: float, coherency: float) -> None:
    n = np.linspace(1, 40, 30)
    given_law = law(rate, contention, coherency)
    found = fit(n, given_law.throughput(n))
    assert found is not None
    assert found.throughput(n) == pytest.approx(given_law.throughput(n), rel=1e-6)
    assert found.r2 == pytest.approx(1.0, abs=1e-6)


@given(st.lists(st.tuples(st.floats(1, 100), st.just(0.0) | st.floats(0.01, 1_000)), max_size=30))
def test_no_data_give_a_negative_law(points: list[tuple[float, float]]) -> None:
    found = fit(np.array([n for n, _ in points]), np.array([x for _, x in points]))
    assume(found is not None)
    assert found is not None
    assert found.rate > 0
    assert found.contention >= 0
    assert found.coherency >= 0


def test_knee_is_where_the_law_peaks() -> None:
    n = np.linspace(1, 30, 60)
    knee = knee_of(windows(n, law(20, 0.1, 0.004).throughput(n)))
    assert knee is not None
    assert knee.in_flight == pytest.approx(np.sqrt(0.9 / 0.004), rel=0.01)
    assert knee.throughput_rps == pytest.approx(law(20, 0.1, 0.004).throughput(n).max(), rel=0.01)


def test_ceiling_without_a_peak_is_a_knee_too() -> None:
    n = np.geomspace(1, 100, 90)
    knee = knee_of(windows(n, law(20, 0.2, 0.0).throughput(n)))
    assert knee is not None
    # windows are averaged in groups, which flattens the bend a little
    assert knee.throughput_rps == pytest.approx(100, rel=0.1)
    assert knee.in_flight == pytest.approx(5, rel=0.2)


def test_data_that_end_far_before_the_knee_say_nothing() -> None:
    n = np.linspace(1, 8, 60)
    assert knee_of(windows(n, law(20, 0.01, 0.0004).throughput(n))) is None


def test_throughput_that_grows_with_load_for_ever_has_no_knee() -> None:
    n = np.linspace(1, 60, 60)
    assert knee_of(windows(n, 20 * n)) is None


@pytest.mark.parametrize("seed", range(20))
def test_noise_has_no_knee(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = np.linspace(1, 40, 60)
    assert knee_of(windows(n, rng.uniform(50, 150, 60))) is None


@pytest.mark.parametrize("seed", range(20))
def test_knee_is_found_through_the_noise_of_counting(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = np.linspace(1, 30, 90)
    x = rng.poisson(law(20, 0.1, 0.004).throughput(n)).astype(float)
    knee = knee_of(windows(n, x))
    assert knee is not None
    assert knee.throughput_rps == pytest.approx(law(20, 0.1, 0.004).throughput(n).max(), rel=0.1)


@pytest.mark.parametrize("windows_", [0, 1, 5])
def test_few_windows_say_nothing(windows_: int) -> None:
    n = np.linspace(1, 30, windows_)
    assert knee_of(windows(n, law(20, 0.1, 0.004).throughput(n))) is None


def test_users_are_the_fewest_that_reach_the_capacity() -> None:
    n = np.linspace(1, 15, 60)
    x = law(20, 0.1, 0.004).throughput(n)
    users = np.arange(60)
    knee = knee_of(windows(n, x, users))
    assert knee is not None
    assert knee.users == int(users[x >= 0.95 * x.max()].min())
