"""A collector of its own for every test that asks for one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.launcher import RunningCollector, start


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    return tmp_path / "run"


@pytest.fixture
def collector(run_dir: Path) -> Iterator[RunningCollector]:
    with start(run_dir, grpc_port=0, http_port=0) as running:
        yield running
        assert running.poll() in (None, 0), running.log_path.read_text()
