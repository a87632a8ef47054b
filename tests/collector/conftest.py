"""A collector of its own for every test that asks for one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.launcher import RunningCollector, start
from collector.options import FREE_PORTS


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    return tmp_path / "run"


@pytest.fixture
def collector(run_dir: Path) -> Iterator[RunningCollector]:
    with start(run_dir, receiving=FREE_PORTS) as running:
        yield running
        assert running.poll() in (None, 0), running.log_path.read_text()
