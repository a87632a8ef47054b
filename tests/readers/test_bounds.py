"""The compiled walk never reads or writes beyond its arrays, whatever the bytes."""

import hashlib
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def machine_code(cache: pytest.Cache) -> Path:
    """Where these sources' machine code with checks is kept: compiling it takes half a minute."""
    digest = hashlib.sha256(version("numba").encode())
    for source in (ROOT / "analyzer" / "compiled.py", *sorted(ROOT.glob("analyzer/*/*kernel*.py"))):
        digest.update(source.read_bytes())
    return cache.mkdir(f"checked-{digest.hexdigest()[:16]}")


def test_walk_stays_within_bounds_on_damaged_requests(cache: pytest.Cache) -> None:
    """Compiled once more with every index checked, in a process that may die."""
    checked = {"NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(machine_code(cache))}
    done = subprocess.run(
        [sys.executable, "-m", "tests.readers.fuzz_walk"],
        env=os.environ | checked,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
