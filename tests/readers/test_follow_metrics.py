"""The metrics of a growing run: what services use now."""

from pathlib import Path

import pytest

from analyzer.model.resources import CPU, MEMORY, ResourceSeries
from analyzer.readers.follow_metrics import MetricsFollower
from analyzer.readers.namer import Namer
from tests.readers.otlp_metrics import (
    BEGIN,
    SECOND,
    counter,
    frames,
    level,
    point,
    request,
)

WINDOW_S = 10


def append(directory: Path, at_s: float, cpu_s: float, memory: int = 0) -> None:
    """What `search` sends at a moment, into the file that the collector writes."""
    metrics = [counter("process.cpu.time", "s", [point(at_s, cpu_s, start_s=0)])]
    if memory:
        metrics.append(level("process.memory.usage", "By", [point(at_s, memory)]))
    with (directory / "metrics.otlp").open("ab") as file:
        file.write(frames(request(*metrics)))


def follower(directory: Path) -> MetricsFollower:
    return MetricsFollower(directory, window_ns=WINDOW_S * SECOND)


def values(found: tuple[ResourceSeries, ...], name: str) -> list[float]:
    return [round(v, 3) for s in found if s.name == name for v in s.values.tolist()]


def test_nothing_is_told_before_anything_is_there(tmp_path: Path) -> None:
    assert follower(tmp_path).poll(Namer()) == ()


def test_what_a_service_uses_is_told_as_it_comes(tmp_path: Path) -> None:
    following = follower(tmp_path)
    append(tmp_path, 1, 0.5, memory=5_000_000)
    found = following.poll(Namer())
    assert values(found, MEMORY) == [5.0]
    append(tmp_path, 2, 1.25)
    found = following.poll(Namer())
    assert values(found, CPU) == [75.0]
    assert {series.service for series in found} == {"search"}


def test_only_the_last_seconds_count_and_a_counter_rises_from_before_them(tmp_path: Path) -> None:
    following = follower(tmp_path)
    found: tuple[ResourceSeries, ...] = ()
    for second in range(1, 41):
        append(tmp_path, second, second * (0.25 if second <= 20 else 0.5) + 0.001)
        found = following.poll(Namer())
    (cpu,) = (series for series in found if series.name == CPU)
    assert cpu.times_ns.min() >= BEGIN + (40 - WINDOW_S) * SECOND
    assert values(found, CPU) == pytest.approx([50.0] * len(cpu), abs=0.1)
    assert len(cpu) in (WINDOW_S, WINDOW_S + 1)


def test_who_sends_no_more_is_forgotten(tmp_path: Path) -> None:
    following = follower(tmp_path)
    append(tmp_path, 1, 0.5)
    append(tmp_path, 2, 1.0)
    assert values(following.poll(Namer()), CPU) == [50.0]
    with (tmp_path / "metrics.otlp").open("ab") as file:
        for second in (50, 51):
            cart = {"service.name": "cart"}
            cpu = counter("process.cpu.time", "s", [point(second, second * 0.1, start_s=0)])
            file.write(frames(request(cpu, resource=cart)))
    assert {series.service for series in following.poll(Namer())} == {"cart"}


def test_a_file_that_cannot_be_read_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "metrics.otlp").mkdir()
    assert follower(tmp_path).poll(Namer()) == ()


def test_a_frame_that_is_no_request_costs_only_itself(tmp_path: Path) -> None:
    following = follower(tmp_path)
    append(tmp_path, 1, 0.5)
    with (tmp_path / "metrics.otlp").open("ab") as file:
        file.write(b"\0\0\0\3\xff\xff\xff")
    append(tmp_path, 2, 1.0)
    assert values(following.poll(Namer()), CPU) == [50.0]
