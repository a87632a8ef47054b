"""Fuzzing led by coverage: inputs that reach a new branch are kept, and damaged further.

Needs atheris (`pip install slowhop[fuzz]`), which exists for Linux on x86-64. It ends the process
when it is done, and keeps its corpus for the plain mode, whose damage goes on from there.
"""

import os
import random
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.fuzz.limits import HANGS_S

if TYPE_CHECKING:
    from tests.fuzz.target import Budget, Target

MOST_MEMORY_MIB = 2_048

KERNELS = (
    "analyzer.compiled",
    "analyzer.readers.attribute_kernel",
    "analyzer.readers.combination_kernel",
    "analyzer.readers.described_kernel",
    "analyzer.readers.otlp_walk_kernel",
    "analyzer.readers.span_tables_kernel",
    "analyzer.readers.texts_kernel",
    "analyzer.readers.wire_kernel",
    "collector.wire_walk",
)
"""Where kernels are compiled their code must be as it is written."""


def is_possible() -> bool:
    """Whether atheris is installed."""
    return find_spec("atheris") is not None


def targets() -> "tuple[Target, ...]":
    """All targets, imported so that coverage of the product is seen."""
    import atheris

    exclude = [] if os.environ.get("NUMBA_DISABLE_JIT") else list(KERNELS)
    with atheris.instrument_imports(include=["analyzer", "collector"], exclude=exclude):
        from tests.fuzz.targets import TARGETS
    return TARGETS


def fuzz(target: "Target", budget: "Budget", *, place: Path, seed: int) -> None:
    """Fuzz one target; never returns."""
    import atheris

    from tests.fuzz.damage import Damage

    corpus, found = place / "corpus" / target.name, place / "findings"
    for directory in (corpus, found):
        directory.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(target.seeds()):
        (corpus / f"seed-{number:03}").write_bytes(data[: target.largest])

    def one(data: bytes) -> None:
        target.check([data])

    def damaged(data: bytes, largest: int, chance: int) -> bytes:
        if chance % 2:
            return bytes(atheris.Mutate(data, largest))
        damage = Damage([data], shape=target.shape, largest=largest, chance=random.Random(chance))
        return damage.of(data)

    options: list[Any] = [
        sys.argv[0],
        f"-seed={seed}",
        f"-runs={budget.runs}",
        f"-max_total_time={int(budget.seconds)}",
        f"-max_len={target.largest}",
        f"-rss_limit_mb={MOST_MEMORY_MIB}",
        f"-timeout={int(HANGS_S)}",
        f"-artifact_prefix={found}/{target.name}-",
        "-print_final_stats=1",
        str(corpus),
    ]
    atheris.Setup(options, one, custom_mutator=damaged)
    atheris.Fuzz()
