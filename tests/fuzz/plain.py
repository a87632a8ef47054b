"""Fuzzing without coverage: damaged inputs in batches, as fast as the decoder is."""

import hashlib
import random
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.fuzz.damage import Damage
from tests.fuzz.limits import (
    LONGEST_S,
    MOST_GROWTH_BYTES,
    no_hang,
    peak_bytes,
    resident_bytes,
)
from tests.fuzz.target import Budget, Target

WARM_BATCHES: Final = 20
"""What is compiled, imported or cached once is there after so many."""

MOST_FINDINGS: Final = 20
"""A decoder with more is broken, and one defect is often found many times."""


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What came of fuzzing one target."""

    target: str
    inputs: int = 0
    seconds: float = 0.0
    resident_before: int = 0
    resident_after: int = 0
    peak: int = 0
    findings: list[str] = field(default_factory=list)

    def line(self) -> str:
        """All of it in a line."""
        return (
            f"{self.target:20} {self.inputs:>12,} inputs {self.seconds:8.1f} s "
            f"{len(self.findings)} findings, RSS {self.resident_before >> 20} to "
            f"{self.resident_after >> 20} MiB, peak {self.peak >> 20} MiB"
        )


class Fuzzing:
    """One target under fire.

    Args:
        target: what to fuzz.
        place: a directory for what is found; inputs in its `corpus` are seeds too.
        seed: where all chance comes from.
    """

    def __init__(self, target: Target, *, place: Path, seed: int) -> None:
        self._target = target
        self._found = place / "findings"
        self._found.mkdir(parents=True, exist_ok=True)
        corpus = place / "corpus" / target.name
        more = [path.read_bytes() for path in sorted(corpus.iterdir())] if corpus.is_dir() else []
        self._seeds = [*target.seeds(), *more]
        self._damage = Damage(
            self._seeds, shape=target.shape, largest=target.largest, chance=random.Random(seed)
        )
        self._under_way = self._found / f"{target.name}.under-way"
        self._outcome = Outcome(target=target.name)

    def run(self, budget: Budget) -> Outcome:
        """Fuzz until the budget is used up, or there are too many findings."""
        seen = self._outcome
        begun = time.monotonic()
        self._try(self._seeds)
        batches = 0
        while (
            seen.inputs < budget.runs
            and time.monotonic() - begun < budget.seconds
            and len(seen.findings) < MOST_FINDINGS
        ):
            size = min(self._target.batch, budget.runs - seen.inputs)
            self._try(self._damage.inputs(size))
            batches += 1
            if batches == WARM_BATCHES:
                seen.resident_before = resident_bytes()
        seen.resident_after, seen.peak = resident_bytes(), peak_bytes()
        seen.resident_before = seen.resident_before or seen.resident_after
        if seen.resident_after - seen.resident_before > MOST_GROWTH_BYTES:
            seen.findings.append("memory grows with the number of inputs")
        seen.seconds = time.monotonic() - begun
        self._under_way.unlink(missing_ok=True)
        return seen

    def _try(self, inputs: Sequence[bytes]) -> None:
        # what ends the process, or never ends, is to be found on disk
        self._under_way.write_bytes(b"".join(len(i).to_bytes(4, "big") + i for i in inputs))
        begun = time.monotonic()
        try:
            with no_hang():
                self._target.check(inputs)
        except Exception:  # noqa: BLE001  whatever it is, it is what is looked for
            self._look_at_each(inputs)
        else:
            if time.monotonic() - begun > LONGEST_S:
                self._look_at_each(inputs)
        self._outcome.inputs += len(inputs)

    def _look_at_each(self, inputs: Sequence[bytes]) -> None:
        before = len(self._outcome.findings)
        failed = False
        for data in inputs:
            begun = time.monotonic()
            try:
                with no_hang():
                    self._target.check([data])
            except Exception:  # noqa: BLE001  as above
                failed = True
                self._keep(data, traceback.format_exc())
            if time.monotonic() - begun > LONGEST_S:
                self._keep(data, f"it takes {time.monotonic() - begun:.1f} s")
        if not failed and before == len(self._outcome.findings):
            self._try_together(inputs)

    def _try_together(self, inputs: Sequence[bytes]) -> None:
        """Each was fine by itself: then it is the batch, or the machine was busy."""
        try:
            self._target.check(inputs)
        except Exception:  # noqa: BLE001  as above
            self._keep(self._under_way.read_bytes(), f"only together:\n{traceback.format_exc()}")

    def _keep(self, data: bytes, why: str) -> None:
        reason = why.strip().splitlines()[-1]
        if any(reason in known for known in self._outcome.findings):
            return
        name = f"{self._target.name}-{hashlib.sha256(data).hexdigest()[:12]}"
        (self._found / name).write_bytes(data)
        (self._found / f"{name}.txt").write_text(why, errors="backslashreplace")
        self._outcome.findings.append(f"{name}: {reason}")
