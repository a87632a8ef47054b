"""How many spans a sampled one stands for."""

import pytest

from analyzer.model.sampling import SENT, tells_sampling, weight_of


@pytest.mark.parametrize(
    ("trace_state", "weight"),
    [
        ("ot=th:0", 1.0),
        ("ot=th:8", 2.0),
        ("ot=th:c", 4.0),
        ("ot=th:f", 16.0),
        ("ot=th:fd70a3d70a3d71", 100.0),
        ("ot=rv:0123456789abcd;th:8", 2.0),
        ("vendor=x, ot=th:8 ,other=th:c", 2.0),
        ("", 0.0),
        ("ot=rv:0123456789abcd", 0.0),
        ("other=th:8", 0.0),
        ("ot=th:", 0.0),
        ("ot=th:G", 0.0),
        ("ot=th:fffffffffffffff", 0.0),  # 15 digits
    ],
)
def test_weights_are_those_of_the_rejection_threshold(trace_state: str, weight: float) -> None:
    assert weight_of(trace_state) == pytest.approx(weight, rel=1e-9)
    if weight:
        assert SENT.search(trace_state.encode())
        assert tells_sampling(b"\x1a\x07" + trace_state.encode() + b"=")


def test_spans_without_a_threshold_tell_nothing_of_sampling() -> None:
    for data in (b"", b"=", b"t=", b"GET /?root=1&q=th:8", b"ot=rv:1", b"robot=th"):
        assert not tells_sampling(data)


def test_the_rarest_that_can_be_said() -> None:
    assert weight_of("ot=th:ffffffffffffff") == 2.0**56
