"""The compiled walk never reads or writes beyond its arrays, whatever the bytes."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_walk_stays_within_bounds_on_damaged_requests(tmp_path: Path) -> None:
    """Compiled once more with every index checked, in a process that may die."""
    checked = {"NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "tests.readers.fuzz_walk"],
        env=os.environ | checked,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
