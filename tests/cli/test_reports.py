"""Reports on saved spans: in the terminal, as JSON, to a file, into a pipe."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import jsonschema
import pytest

from analyzer.report.model import Report
from tests.cli.command import SLOWHOP, TUTORIAL, as_process, environment, slowhop


def test_replay_of_the_sample_names_its_slow_service_first() -> None:
    ended = slowhop("replay", TUTORIAL)
    assert ended.code == 0
    assert ended.err == ""
    lines = ended.out.splitlines()
    first = lines[next(i for i, line in enumerate(lines) if "service or hop" in line) + 1]
    assert first.split()[:2] == ["1", "service2"]
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in ended.out  # no colours where nobody would see them


def test_exported_json_follows_the_schema_and_reads_back() -> None:
    ended = slowhop("export", TUTORIAL, "--format", "json")
    assert ended.code == 0
    jsonschema.validate(json.loads(ended.out), Report.json_schema())
    assert Report.from_json(ended.out).to_json() == ended.out


def test_every_way_to_the_json_gives_the_same_bytes(tmp_path: Path) -> None:
    printed = slowhop("replay", TUTORIAL, "--format", "json")
    exported = slowhop("export", TUTORIAL)
    beside = slowhop("replay", TUTORIAL, "--json", tmp_path / "a.json")
    to_file = slowhop("export", TUTORIAL, "-o", tmp_path / "b.json")
    assert [e.code for e in (printed, exported, beside, to_file)] == [0, 0, 0, 0]
    assert printed.out == exported.out
    assert (tmp_path / "a.json").read_text(encoding="utf-8") == printed.out
    assert (tmp_path / "b.json").read_text(encoding="utf-8") == printed.out
    assert beside.out.startswith(" slowhop live")
    assert to_file.out == ""
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.json", "b.json"]


def test_where_the_run_directory_lies_changes_nothing(tmp_path: Path) -> None:
    shutil.copytree(TUTORIAL, tmp_path / "elsewhere")
    moved = slowhop("export", "elsewhere", cwd=tmp_path)
    assert moved.out == slowhop("export", TUTORIAL).out


def test_standard_input_is_read_like_a_file(tmp_path: Path) -> None:
    spans = (TUTORIAL / "spans.otlp").read_bytes()
    ended = slowhop("replay", "-", "--format", "json", stdin=spans)
    assert ended.code == 0
    assert Report.from_json(ended.out).run.id == "standard input"
    assert Report.from_json(ended.out).load.requests == 60


def test_a_cut_dump_is_analysed_and_called_partial(tmp_path: Path) -> None:
    cut = tmp_path / "cut.otlp"
    cut.write_bytes((TUTORIAL / "spans.otlp").read_bytes()[:-10])
    ended = slowhop("replay", cut)
    assert ended.code == 5
    assert "service2" in ended.out
    assert "cut" in ended.out


def test_nothing_to_analyse_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    shutil.copy(TUTORIAL / "run.json", tmp_path / "empty")
    ended = slowhop("replay", "empty", cwd=tmp_path)
    assert ended.code == 4
    assert "No spans arrived" in ended.out
    assert "slowhop live" in ended.out


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    for arguments in (["replay", str(TUTORIAL)], ["schema"], ["trace", str(TUTORIAL)]):
        done = subprocess.run(
            [*SLOWHOP, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=writing,
            stderr=subprocess.PIPE,
            env=environment(),
        )
        assert (done.returncode, done.stderr) == (0, b"")
    os.close(writing)


def test_a_terminal_that_cannot_show_arrows_gets_something_instead() -> None:
    narrow = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"}
    ended = as_process("replay", TUTORIAL, env=narrow)
    assert ended.code == 0
    assert "service2" in ended.out
    as_json = as_process("replay", TUTORIAL, "--format", "json", env=narrow)
    assert json.loads(as_json.out)["services"][0]["service"] == "service2"


def test_a_file_that_cannot_be_written_is_said_before_the_work(tmp_path: Path) -> None:
    ended = slowhop("replay", TUTORIAL, "--json", tmp_path)
    assert ended.code == 2
    assert "directory" in ended.complaint[0]
    assert ended.out == ""


@pytest.mark.parametrize("width", [40, 80, 200])
def test_reports_fit_the_terminal(width: int) -> None:
    ended = slowhop("replay", TUTORIAL, env={"COLUMNS": str(width)})
    assert ended.code == 0
    assert max(map(len, ended.out.splitlines())) <= width


def test_rows_can_be_ranked_by_what_halving_them_would_bring() -> None:
    report = Report.from_json(slowhop("export", TUTORIAL, "--sort", "gain").out)
    assert report.ranked_by == "gain"
    halves = [row.gain.if_50_percent_faster for row in report.services]
    brings = [half.mean_ms for half in halves if half is not None]
    assert len(brings) == len(report.services)
    assert brings == sorted(brings, reverse=True)
    assert brings[0] > 0
