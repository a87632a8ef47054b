"""A server under load, a receiver of spans, and a way to run locust between them."""

import json
import textwrap
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from loadgen.launcher import LoadEnd, RunningLoad, start
from loadgen.load_files import POINTS, RECORD
from loadgen.load_options import LoadOptions
from tests.loadgen.servers import ServerUnderLoad, SpanSink, serving


@pytest.fixture
def server() -> Iterator[ServerUnderLoad]:
    server = ServerUnderLoad()
    with serving(server):
        yield server
        server.hurry.set()


@pytest.fixture
def sink() -> Iterator[SpanSink]:
    sink = SpanSink()
    with serving(sink):
        yield sink


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A load that has ended, and what it left in the run directory."""

    end: LoadEnd
    record: dict[str, Any]
    points: list[dict[str, Any]]
    log: str


def eventually(true: Callable[[], bool], *, within_s: float = 20) -> None:
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


def finish(load: RunningLoad, run_dir: Path, *, within_s: float = 60) -> Finished:
    end = load.wait(within_s)
    assert end is not None, load.log_path.read_text()
    lines = (run_dir / POINTS).read_text().splitlines()
    return Finished(
        end=end,
        record=json.loads((run_dir / RECORD).read_text()),
        points=[json.loads(line) for line in lines],
        log=load.log_path.read_text(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Workbench:
    """A run directory and a place for a locustfile."""

    run_dir: Path
    host: str
    collector: str

    def options(self, text: str, **changes: Any) -> LoadOptions:  # noqa: ANN401  options by name
        path = self.run_dir.parent / "locustfile.py"
        path.write_text(textwrap.dedent(text))
        options = LoadOptions(
            locustfile=str(path),
            run_dir=self.run_dir,
            run_id="the-run",
            collector=self.collector,
            host=self.host,
        )
        return replace(options, **changes)

    def run(self, text: str, **changes: Any) -> Finished:  # noqa: ANN401  options by name
        with start(self.options(text, **changes)) as load:
            return finish(load, self.run_dir)


@pytest.fixture
def bench(tmp_path: Path, server: ServerUnderLoad, sink: SpanSink) -> Workbench:
    run_dir = tmp_path / "run"
    run_dir.mkdir()
    return Workbench(run_dir=run_dir, host=server.url, collector=sink.url)
