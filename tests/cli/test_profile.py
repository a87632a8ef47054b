"""slowhop profile: of a locustfile, and from traces."""

import ast
import json
from pathlib import Path

from analyzer.report.profile_document import ProfileDocument
from loadgen.locustfiles import SINGLE
from tests.cli.command import TUTORIAL, slowhop
from tests.profiles.dumps import Asked, asked, dump


def test_a_locustfile_is_described(tmp_path: Path) -> None:
    ended = slowhop("profile", SINGLE, "--json", tmp_path / "profile.json")
    assert ended.code == 0, ended.err
    assert "front_page" in ended.out
    document = ProfileDocument.from_json((tmp_path / "profile.json").read_bytes())
    assert document.planned is not None
    [visitor] = document.planned.users
    assert {task.task: task.share for task in visitor.tasks} == {"front_page": 0.75, "users": 0.25}
    assert document.traffic is None


def test_what_locust_refuses_is_two_lines(tmp_path: Path) -> None:
    file = tmp_path / "broken.py"
    file.write_text("from locust import task, HttpUser\nclass U(HttpUser):\n  x = y\n")
    ended = slowhop("profile", file)
    assert ended.code == 2
    assert "name 'y' is not defined" in ended.complaint[0]
    assert "broken.py, line 3" in ended.complaint[0]


def test_tutorial_traces_give_a_profile(tmp_path: Path) -> None:
    ended = slowhop("profile", "--from", TUTORIAL, "--format", "json", "-o", tmp_path / "l.py")
    assert ended.code == 0, ended.err
    traffic = json.loads(ended.out)["traffic"]
    assert [row["endpoint"] for row in traffic["endpoints"]] == ["GET /"]
    ast.parse((tmp_path / "l.py").read_text())
    assert "locustfile written to" in ended.err


def test_a_locustfile_can_go_to_standard_output(tmp_path: Path) -> None:
    requests = [asked(0, "/", "ann"), asked(1, "/cart", "ann")]
    ended = slowhop("profile", "--from", dump(tmp_path, requests), "-o", "-")
    assert ended.code == 0
    ast.parse(ended.out)
    assert ended.err == ""


def test_bodies_that_are_missing_are_said_on_the_error_stream(tmp_path: Path) -> None:
    file = dump(tmp_path, [Asked(at=0, path="/cart", method="POST")])
    ended = slowhop("profile", "--from", file, "-o", tmp_path / "l.py")
    assert "1 request sends an empty JSON body" in ended.err


def test_traces_without_http_say_too_little(tmp_path: Path) -> None:
    file = dump(tmp_path, [Asked(at=0, method="", name="cart.Add", path="")])
    ended = slowhop("profile", "--from", file)
    assert ended.code == 4
    assert ended.complaint[0] == "no HTTP request came in from outside"


def test_options_that_do_not_go_together_and_files_that_cannot_be_written(tmp_path: Path) -> None:
    file = dump(tmp_path, [asked(0)])
    before = file.read_bytes()
    for arguments, words in (
        ((SINGLE, "-o", tmp_path / "l.py"), "from traces only"),
        ((SINGLE, SINGLE), "one locustfile at a time"),
        (("--from", file, "-o", file), "both read and written"),
        (("--from", file, "-o", tmp_path / "no" / "l.py"), "there is no directory"),
        (("--from", tmp_path / "nothing"), "nothing"),
    ):
        ended = slowhop("profile", *arguments)
        assert ended.code == 2, arguments
        assert words in ended.complaint[0]
    assert file.read_bytes() == before


def test_the_schema_is_published() -> None:
    ended = slowhop("schema", "profile")
    assert json.loads(ended.out)["properties"]["schema"]["const"] == "slowhop.profile/1"
