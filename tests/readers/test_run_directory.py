"""Run directories: whole, cut at any moment, or from another version."""

import json
from pathlib import Path

import pytest

from analyzer.model.issue import IssueKind
from analyzer.model.load_test import Required, TestRecord
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


TEST = {
    "kind": "stress",
    "unit": "users",
    "phases": [
        {
            "name": "step 1",
            "role": "step",
            "level": 10,
            "begin_s": 0,
            "approach_s": 1,
            "seconds": 5,
        },
        {"name": "step 2", "role": "step", "level": 20, "begin_s": 5, "seconds": None},
    ],
    "requirements": [{"figure": "p95", "below": 300.0}],
}
PHASES = [
    {"time_ns": 10, "event": "began", "name": "step 1", "role": "step", "level": 10},
    {"time_ns": 20, "event": "judged", "held": False, "why": ["p95 < 300ms: 400ms", 7]},
    {"time_ns": 21, "event": "began", "name": "step 2", "role": "step", "level": 20},
    {"time_ns": 30, "event": "ended", "result": 10.0},
]
TIMES = {"mean_ms": 1, "p50_ms": 1, "p95_ms": 2, "p99_ms": 3, "max_ms": 4}
ARRIVALS = {
    "due": 9,
    "begun": 7,
    "late": 2,
    "dropped": 1,
    "late_after_ms": 50,
    "delay": TIMES,
    "from_begin": TIMES,
    "from_due": TIMES,
}


def plan_and_course(path: Path, *lines: object, **files: object) -> TestRecord:
    run = RUN | {"load": {"tool": "locust", "test": TEST}}
    more = {name: json.dumps(content) for name, content in files.items()}
    directory = run_directory(
        path,
        run_json=json.dumps(run),
        spans_otlp=FRAME,
        phases_jsonl="".join(json.dumps(line) + "\n" for line in lines),
        **more,
    )
    found = read([directory]).test
    assert found is not None
    return found


def test_test_is_read_as_planned_and_as_it_went(tmp_path: Path) -> None:
    tasks = {"tasks": [{"name": "A.b", "runs": 3}, {"runs": 1}]}
    found = plan_and_course(tmp_path, *PHASES, arrivals_json=ARRIVALS, tasks_json=tasks)
    assert (found.planned.kind, found.planned.required) == (
        "stress",
        (Required(figure="p95", below=300.0),),
    )
    assert [(p.level, p.begin_s, p.approach_s, p.seconds) for p in found.planned.phases] == [
        (10, 0, 1, 5),
        (20, 5, 0, None),
    ]
    assert [(p.name, p.began_ns, p.ended_ns, p.held, p.why) for p in found.phases] == [
        ("step 1", 10, 20, False, ("p95 < 300ms: 400ms",)),
        ("step 2", 21, 30, None, ()),
    ]
    assert (found.search_ended, found.result) == (True, 10.0)
    assert found.arrivals is not None
    assert (found.arrivals.due, found.arrivals.from_due.p99_ms) == (9, 3)
    assert [(t.name, t.runs) for t in found.tasks] == [("A.b", 3)]


def test_test_cut_short_has_a_phase_without_end_and_no_result(tmp_path: Path) -> None:
    found = plan_and_course(tmp_path, *PHASES[:1])
    assert [(p.name, p.ended_ns) for p in found.phases] == [("step 1", None)]
    assert not found.search_ended
    assert found.arrivals is None
    assert found.tasks == ()


@pytest.mark.parametrize("line", [{}, {"time_ns": "x"}, {"event": "began"}, []])
def test_odd_lines_of_a_test_cost_nothing_else(line: object, tmp_path: Path) -> None:
    found = plan_and_course(tmp_path, line, *PHASES)
    assert len(found.phases) == 2


def test_run_without_a_test_has_none(tmp_path: Path) -> None:
    directory = run_directory(tmp_path, run_json=json.dumps(RUN), spans_otlp=FRAME)
    assert read([directory]).test is None
