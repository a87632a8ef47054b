from services.latency import Latencies


def draws(latencies: Latencies, operation: str) -> list[float]:
    return [latencies.around(operation, 100) for _ in range(50)]


def test_the_same_seed_draws_the_same() -> None:
    assert draws(Latencies(seed=7, service="cart"), "add") == draws(
        Latencies(seed=7, service="cart"), "add"
    )


def test_seeds_services_and_operations_draw_differently() -> None:
    base = draws(Latencies(seed=7, service="cart"), "add")
    assert base != draws(Latencies(seed=8, service="cart"), "add")
    assert base != draws(Latencies(seed=7, service="search"), "add")
    assert base != draws(Latencies(seed=7, service="cart"), "checkout")


def test_what_happens_beside_an_operation_does_not_change_its_draws() -> None:
    alone, beside = Latencies(seed=1, service="cart"), Latencies(seed=1, service="cart")
    draws(beside, "checkout")
    assert draws(alone, "add") == draws(beside, "add")


def test_draws_stay_within_a_quarter_of_the_mean() -> None:
    drawn = draws(Latencies(seed=3, service="cart"), "add")
    assert min(drawn) >= 75
    assert max(drawn) <= 125
    assert max(drawn) - min(drawn) > 25


def test_what_has_a_rate_happens_that_often() -> None:
    latencies = Latencies(seed=3, service="inventory")
    assert not any(latencies.happens("never", rate=0) for _ in range(100))
    assert all(latencies.happens("always", rate=1) for _ in range(100))
    assert 550 < sum(latencies.happens("often", rate=0.6) for _ in range(1000)) < 650
