"""A power cut at any byte of a write: earlier frames are read, and writing goes on after them."""

import shutil
from pathlib import Path

import pytest

from analyzer.readers.follow import Follower
from analyzer.readers.read import read
from collector.exports import TRACES
from collector.intake import Intake
from collector.launcher import start
from collector.options import FREE_PORTS
from tests.collector.otlp import batch, export, stored_numbers

EARLIER = list(range(1, 6))
LAST = batch(6, 2)
NEXT = batch(8, 1)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A file of three frames of two, three and two spans, as the collector writes it."""
    run_dir = tmp_path_factory.mktemp("whole")
    intake = Intake(run_dir)
    for body in (batch(1, 2), batch(3, 3), LAST):
        intake.take(TRACES, body)
    intake.close()
    return (run_dir / "spans.otlp").read_bytes()


def numbers_read(run_dir: Path) -> list[int]:
    return sorted(read([run_dir]).spans.span_id.tolist())


def test_every_place_of_the_last_frame(whole: bytes, tmp_path: Path) -> None:
    frame = 4 + len(LAST)
    for missing in range(1, frame + 1):
        run_dir = tmp_path / str(missing)
        run_dir.mkdir()
        spans = run_dir / "spans.otlp"
        spans.write_bytes(whole[: len(whole) - missing])
        follower = Follower(spans)
        assert sorted(follower.poll().span_id.tolist()) == EARLIER, missing
        assert numbers_read(run_dir) == EARLIER, missing
        intake = Intake(run_dir)  # a collector that is started on the same directory
        intake.take(TRACES, NEXT)
        intake.close()
        assert numbers_read(run_dir) == [*EARLIER, 8], missing
        assert stored_numbers(run_dir) == [*EARLIER, 8], missing
        shutil.rmtree(run_dir)


def test_the_last_frame_may_be_of_zeros(whole: bytes, tmp_path: Path) -> None:
    # after a power cut some file systems have the length of a write, but not its bytes
    (tmp_path / "spans.otlp").write_bytes(whole[: -len(LAST)] + bytes(len(LAST)))
    capture = read([tmp_path])
    assert sorted(capture.spans.span_id.tolist()) == EARLIER
    intake = Intake(tmp_path)
    intake.take(TRACES, NEXT)
    intake.close()
    assert numbers_read(tmp_path) == [*EARLIER, 8]


def test_a_collector_goes_on_where_the_power_went(whole: bytes, tmp_path: Path) -> None:
    (tmp_path / "spans.otlp").write_bytes(whole[:-7])
    with start(tmp_path, receiving=FREE_PORTS) as collector:
        export(collector.grpc_address, LAST)
        export(collector.grpc_address, NEXT)
        assert "dropped a cut last frame" in collector.log_path.read_text(encoding="utf-8")
    assert numbers_read(tmp_path) == [*EARLIER, 6, 7, 8]
