"""Every target holds, for some inputs here and for millions in `make fuzz`; faults are found."""

import random
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.fuzz import plain
from tests.fuzz.damage import Damage
from tests.fuzz.plain import Fuzzing
from tests.fuzz.target import Budget, Shape, Target
from tests.fuzz.targets import TARGETS
from tests.readers.wire import part, request

FEW = Budget(runs=60, seconds=60.0)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_target_holds(target: Target, tmp_path: Path) -> None:
    outcome = Fuzzing(target, place=tmp_path, seed=5).run(FEW)
    assert outcome.findings == []
    assert outcome.inputs >= FEW.runs


def refuses_nested(inputs: Sequence[bytes]) -> None:
    for data in inputs:
        if data.startswith(b"{") and b"[[" in data:
            raise KeyError("nested")


def test_a_fault_is_found_and_kept_once(tmp_path: Path) -> None:
    faulty = Target(
        name="faulty", seeds=lambda: [b'{"a": [1, 2]}'], check=refuses_nested, shape=Shape.JSON
    )
    outcome = Fuzzing(faulty, place=tmp_path, seed=1).run(Budget(runs=2_000, seconds=60.0))
    assert len(outcome.findings) == 1
    (kept,) = (tmp_path / "findings").glob("faulty-????????????")
    with pytest.raises(KeyError):
        refuses_nested([kept.read_bytes()])
    assert "KeyError" in kept.with_name(f"{kept.name}.txt").read_text()


def test_an_input_that_takes_long_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "LONGEST_S", 0.01)

    def slow(inputs: Sequence[bytes]) -> None:
        time.sleep(0.02 * sum(b"slow" in data for data in inputs))

    target = Target(name="slow", seeds=lambda: [b"slow", b"quick"], check=slow)
    outcome = Fuzzing(target, place=tmp_path, seed=1).run(Budget(runs=0, seconds=1.0))
    assert any("it takes" in finding for finding in outcome.findings)


def test_memory_that_grows_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "MOST_GROWTH_BYTES", 8 << 20)
    kept: list[bytes] = []

    def hoards(inputs: Sequence[bytes]) -> None:
        kept.extend(random.Random(len(kept)).randbytes(1 << 16) for _ in inputs)

    target = Target(name="hoards", seeds=lambda: [b"x"], check=hoards, batch=10)
    outcome = Fuzzing(target, place=tmp_path, seed=1).run(Budget(runs=600, seconds=60.0))
    assert outcome.findings == ["memory grows with the number of inputs"]


def test_damage_in_a_message_leaves_the_lengths_around_it_right() -> None:
    """Else every second input would be refused at its first byte, and nothing behind it tried."""
    seed = request([part(5, b"GET /")])
    damage = Damage([seed], shape=Shape.MESSAGE, largest=4_096, chance=random.Random(2))
    inputs = damage.inputs(400)
    assert len(set(inputs)) > 200
    whole = [data for data in inputs if data[:1] == b"\x0a" and data[1:] == part(1, data[2:])[1:]]
    assert len(whole) > 100


def test_the_same_seed_makes_the_same_inputs() -> None:
    def made() -> list[bytes]:
        return Damage([b'{"a": 1}'], shape=Shape.JSON, largest=99, chance=random.Random(3)).inputs(
            50
        )

    assert made() == made()
