"""Run directories: whole, cut at any moment, or from another version."""

import json
from pathlib import Path

import pytest

from analyzer.model.issue import IssueKind
from analyzer.model.run import CollectorRecord, ForwardRecord, LoadPoint
from analyzer.readers.read import read
from tests.readers import wire
from tests.readers.wire import WireSpan

FRAME = wire.frames(wire.request([WireSpan().encoded()]))
RUN = {
    "schema": "slowhop.run/1",
    "id": "shop-1",
    "command": "slowhop live",
    "started_at_ns": 5,
    "ended_at_ns": None,
    "load": {
        "tool": "locust",
        "version": "2.43",
        "users": 50,
        "spawn_rate": 10,
        "host": "http://h",
    },
}
LATENCY = {"mean_ms": 1.5, "p50_ms": 1, "p95_ms": 2, "p99_ms": 3, "max_ms": 4}
LOAD = {
    "schema": "slowhop.load/1",
    "tool": "locust",
    "requests": 100,
    "failures": 2,
    "throughput_rps": 10.5,
    "users_max": 50,
    "latency": LATENCY,
    "endpoints": [
        {"method": "GET", "name": "/", "requests": 90, "failures": 2, "latency": LATENCY},
        {"method": "GET", "name": "/slow", "requests": 0, "failures": 0, "latency": None},
    ],
    "spans": {"created": 100, "exported": 98, "failed": 2},
}
POINTS = [
    {"time_ns": 10**9 * i, "users": i, "requests": 10 * i, "failures": 0, "throughput_rps": 10.0}
    for i in range(3)
]


def run_directory(path: Path, **files: str | bytes) -> Path:
    """A run directory; a file's name is written with `_` for its dot."""
    path.mkdir(exist_ok=True)
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        (path / name.replace("_", ".")).write_bytes(data)
    return path


def test_everything_is_read(tmp_path: Path) -> None:
    collector = {"state": "stopped", "traces": {"requests": 3, "received": 9, "accepted": 8}}
    capture = read(
        [
            run_directory(
                tmp_path / "run",
                spans_otlp=FRAME,
                run_json=json.dumps(RUN),
                load_json=json.dumps(LOAD),
                load_jsonl="".join(json.dumps(point) + "\n" for point in POINTS),
                collector_json=json.dumps(collector),
            )
        ]
    )
    assert len(capture.spans) == 1
    assert capture.issues == ()
    assert capture.run is not None
    assert capture.run.load is not None
    assert (capture.run.id, capture.run.load.users, capture.run.load.shape) == ("shop-1", 50, None)
    assert capture.load is not None
    assert capture.load.latency is not None
    assert (capture.load.requests, capture.load.latency.mean_ms) == (100, 1.5)
    assert [endpoint.name for endpoint in capture.load.endpoints] == ["/"]
    assert capture.load.points[1] == LoadPoint(
        time_ns=10**9, users=1, requests=10, failures=0, throughput_rps=10.0
    )
    assert (capture.load.spans_created, capture.load.spans_exported) == (100, 98)
    assert capture.collector == CollectorRecord(requests=3, received=9, accepted=8, refused=0)


def test_what_was_passed_on_and_to_where_is_read(tmp_path: Path) -> None:
    well = {"to": "other:4317", "traces": {"sent": 9, "refused": 0, "waiting": 0}}
    lost = {"refused": 2, "refusal": "too old", "waiting": 7, "trouble": "connection refused"}
    gone = {"to": "jaeger:4317", "traces": lost}
    collector = {"traces": {"accepted": 9}, "forward": [well, gone, {"to": "odd"}, 5]}
    run_json = json.dumps(RUN | {"jaeger_ui": "http://me:secret@127.0.0.1:16686/"})
    capture = read(
        [run_directory(tmp_path / "run", run_json=run_json, collector_json=json.dumps(collector))]
    )
    assert capture.collector is not None
    assert capture.collector.forwards == (
        ForwardRecord(to="other:4317"),
        ForwardRecord(
            to="jaeger:4317",
            refused=2,
            refusal="too old",
            waiting=7,
            trouble="connection refused",
        ),
    )
    assert capture.jaeger_ui == "http://127.0.0.1:16686"


@pytest.mark.parametrize("odd", ["javascript:alert(1)", "http://x/\x1b]8;;", 5, None])
def test_a_page_that_is_none_is_not_taken_from_a_run(tmp_path: Path, odd: object) -> None:
    capture = read([run_directory(tmp_path / "run", run_json=json.dumps(RUN | {"jaeger_ui": odd}))])
    assert capture.jaeger_ui is None


def test_what_is_read_does_not_depend_on_where_the_directory_lies(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"spans_otlp": FRAME[:-1] + FRAME, "run_json": json.dumps(RUN)}
    here, there = (read([run_directory(tmp_path / name, **files)]) for name in ("here", "there"))
    assert here.inputs == there.inputs
    assert here.inputs[0].path == "spans.otlp"
    assert here.issues == there.issues


def test_run_without_spans_yet_is_empty_but_known(tmp_path: Path) -> None:
    for files in ({"run_json": json.dumps(RUN)}, {"run_json": json.dumps(RUN), "spans_otlp": ""}):
        capture = read([run_directory(tmp_path / "run", **files)])
        assert len(capture.spans) == 0
        assert capture.issues == ()
        assert capture.run is not None


def test_run_with_only_half_a_frame_is_not_refused(tmp_path: Path) -> None:
    capture = read([run_directory(tmp_path / "run", spans_otlp=FRAME[:-3])])
    assert len(capture.spans) == 0
    assert [count.kind for count in capture.issues] == [IssueKind.TRUNCATED_FILE]


def test_damaged_files_are_left_out_and_counted(tmp_path: Path) -> None:
    files = {"run_json": '{"id": "sh', "load_json": "[]", "collector_json": '{"traces": 5}'}
    capture = read([run_directory(tmp_path / "run", spans_otlp=FRAME, **files)])
    assert (capture.run, capture.load, capture.collector) == (None, None, None)
    (count,) = capture.issues
    assert (count.kind, count.count) == (IssueKind.UNDECODABLE_RECORD, 2)
    assert [issue.where for issue in count.examples] == ["run.json", "load.json"]


def test_values_of_another_type_are_not_known(tmp_path: Path) -> None:
    odd = {
        "id": 5,
        "started_at_ns": "noon",
        "load": {"users": "many", "host": 1, "spawn_rate": True},
    }
    capture = read([run_directory(tmp_path / "run", run_json=json.dumps(odd))])
    assert capture.run is not None
    assert (capture.run.id, capture.run.started_at_ns) == ("", None)
    assert capture.run.load is not None
    assert (capture.run.load.users, capture.run.load.spawn_rate) == (None, None)


def test_killed_load_tool_leaves_its_seconds(tmp_path: Path) -> None:
    text = "".join(json.dumps(point) + "\n" for point in POINTS) + '{"time_ns": 30'
    capture = read([run_directory(tmp_path / "run", run_json="{}", load_jsonl=text)])
    assert capture.load is not None
    assert (capture.load.tool, capture.load.requests, capture.load.users_max) == ("locust", 20, 2)
    assert capture.load.throughput_rps == 10.0
    assert capture.issues == ()


def test_directory_of_runs_is_all_their_spans_and_nobody_s_run(tmp_path: Path) -> None:
    for name in ("a", "b"):
        run_directory(tmp_path / name, spans_otlp=FRAME, run_json=json.dumps(RUN))
    capture = read([tmp_path])
    assert len(capture.spans) == 2
    assert [file.path for file in capture.inputs] == ["a/spans.otlp", "b/spans.otlp"]
    assert capture.run is None
