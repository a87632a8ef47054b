"""Planned beside observed, after a short run on the tutorial's single service."""

import json
from pathlib import Path

import pytest

from analyzer.report.model import Report
from loadgen.locustfiles import SINGLE
from services.launcher import up
from tests.cli.command import as_process, slowhop
from tests.e2e.live_runs import only_run
from tests.ports import free_ports


@pytest.mark.live
def test_a_run_says_whether_users_did_what_they_were_to_do(tmp_path: Path) -> None:
    grpc, http = free_ports(2)
    endpoint = f"http://127.0.0.1:{http}"
    with up("tutorial", log_dir=tmp_path / "logs", otlp_endpoint=endpoint) as tutorial:
        ended = as_process(
            "live", "-f", SINGLE, "--host", tutorial.services["users"].url, "-u", "20", "-r", "20",
            "-t", "6s", "--grpc-port", str(grpc), "--http-port", str(http), "--format", "json",
            cwd=tmp_path,
        )  # fmt: skip
    assert ended.code == 0, ended.err
    report = Report.from_json(ended.out)
    profile = report.profile
    assert profile is not None
    [visitor] = profile.users
    assert (visitor.users, visitor.planned_users, visitor.differs) == (20, 20, False)
    tasks = {task.task: task for task in visitor.tasks}
    assert {name: task.planned_share for name, task in tasks.items()} == {
        "front_page": 0.75,
        "users": 0.25,
    }
    assert [e.endpoint for e in tasks["users"].endpoints] == ["GET /users"]
    assert sum(task.requests for task in visitor.tasks) == report.load.requests
    assert visitor.observed_pause is not None
    assert visitor.observed_pause.p5_s is not None
    assert 0.48 < visitor.observed_pause.p5_s < 0.75

    directory = only_run(tmp_path / "runs")
    again = slowhop("replay", directory, "--format", "json")
    assert Report.from_json(again.out).profile == profile

    # a run that was killed has written its plan, and nothing of what users did
    file = directory / "profile.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "observed": None}))
    cut = Report.from_json(slowhop("replay", directory, "--format", "json").out).profile
    assert cut is not None
    assert [task.runs for user in cut.users for task in user.tasks] == [None, None]
    assert cut.requests == profile.requests
