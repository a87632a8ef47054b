"""`load.json` and `load.jsonl`: what is written, and what can be read while it grows."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from loadgen.load_files import (
    LoadPoint,
    RunFacts,
    Throughput,
    append_point,
    follow_load,
    load_record,
    write_record,
)
from loadgen.recording import Recording
from loadgen.span_export import SpanCounts

SECOND = 1_000_000_000


@dataclass
class Entry:
    name: str
    method: str
    num_requests: int = 10
    num_failures: int = 1
    max_response_time: float = 99.5678
    avg_response_time: float = 12.34567
    total_rps: float = 4.56789

    def get_response_time_percentile(self, percent: float) -> float:
        return percent * 100


def point(time_ns: int = SECOND, requests: int = 7) -> LoadPoint:
    return LoadPoint(time_ns=time_ns, users=2, requests=requests, failures=1, throughput_rps=3.5)


def test_a_record_holds_the_load_tools_own_numbers() -> None:
    rows = [Entry("/b", "GET"), Entry("/a", "POST"), Entry("/a", "GET")]
    facts = RunFacts(
        version="2.47.0",
        started_at_ns=1,
        ended_at_ns=2,
        users_max=3,
        spans=SpanCounts(created=10, exported=9, failed=1),
    )
    record = load_record(Entry("Aggregated", ""), rows, facts)

    assert record["schema"] == "slowhop.load/1"
    assert record["requests"] == 10
    assert record["latency"] == {
        "mean_ms": 12.346,
        "p50_ms": 50.0,
        "p95_ms": 95.0,
        "p99_ms": 99.0,
        "max_ms": 99.568,
    }
    assert [(row["name"], row["method"]) for row in record["endpoints"]] == [
        ("/a", "GET"),
        ("/a", "POST"),
        ("/b", "GET"),
    ]
    assert record["spans"] == {"created": 10, "exported": 9, "failed": 1}


def test_a_record_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    write_record(tmp_path, {"a": 1})
    write_record(tmp_path, {"a": 2})
    assert [path.name for path in tmp_path.iterdir()] == ["load.json"]
    assert json.loads((tmp_path / "load.json").read_text()) == {"a": 2}


def test_the_latest_whole_line_is_the_latest_point(tmp_path: Path) -> None:
    path = tmp_path / "load.jsonl"
    assert follow_load(path) is None
    path.write_text("")
    assert follow_load(path) is None
    for number in range(200):
        append_point(tmp_path, point(requests=number))
    assert follow_load(path) == point(requests=199)
    with path.open("a") as file:
        file.write('{"time_ns": 5, "us')
    assert follow_load(path) == point(requests=199)


@pytest.mark.parametrize("line", ["garbage", "{}", "[1]", "3", '{"time_ns": 1}'])
def test_a_line_that_is_no_point_is_passed_over(line: str, tmp_path: Path) -> None:
    append_point(tmp_path, point())
    path = tmp_path / "load.jsonl"
    with path.open("a") as file:
        file.write(line + "\n")
    assert follow_load(path) == point()


def test_a_rate_looks_back_over_its_window() -> None:
    throughput = Throughput(window_s=1)
    assert throughput.rate(0, 0) == 0.0
    assert throughput.rate(SECOND, 20) == 20.0
    assert throughput.rate(2 * SECOND, 30) == 10.0
    assert throughput.rate(4 * SECOND, 30) == 0.0


def test_a_longer_window_smooths_reports_that_come_in_lumps() -> None:
    throughput = Throughput(window_s=3)
    counts = [0, 0, 0, 30, 30, 30, 60, 60, 60, 90]
    rates = [throughput.rate(n * SECOND, count) for n, count in enumerate(counts)]
    assert rates[3:] == [10.0] * 7


def test_a_rate_begins_anew_when_the_statistics_do() -> None:
    throughput = Throughput(window_s=1)
    throughput.rate(0, 100)
    assert throughput.rate(SECOND, 5) == 0.0
    assert throughput.rate(2 * SECOND, 15) == 10.0


@dataclass
class Stats:
    total: Entry
    entries: dict[tuple[str, str], Entry]


def test_the_most_users_are_those_of_the_last_test(tmp_path: Path) -> None:
    users = 0
    entry = Entry("/a", "GET")
    recording = Recording(
        stats=lambda: Stats(entry, {("/a", "GET"): entry}),
        users=lambda: users,
        cpu_percent=lambda: 12.5,
        run_dir=tmp_path,
        tool_version="2",
        window_s=1,
    )
    for most in (9, 4):
        recording.test_started()
        users = most
        recording.note_users()
        users = 0
        recording.test_stopped()
    recording.finish(None)

    record = json.loads((tmp_path / "load.json").read_text())
    assert record["users_max"] == 4
    assert record["spans"] is None
    assert follow_load(tmp_path / "load.jsonl") == LoadPoint(
        time_ns=record["ended_at_ns"],
        users=0,
        requests=10,
        failures=1,
        throughput_rps=0.0,
        cpu_percent=12.5,
    )


def test_points_of_earlier_versions_do_not_say_how_busy_the_load_tool_was(tmp_path: Path) -> None:
    line = json.loads(point().line())
    del line["cpu_percent"]
    (tmp_path / "load.jsonl").write_text(json.dumps(line) + "\n")
    assert follow_load(tmp_path / "load.jsonl") == point()
