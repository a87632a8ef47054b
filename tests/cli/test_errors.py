"""Whatever a person gets wrong is two lines, what happened and what to do, and exit code 2."""

import socket
from pathlib import Path

import pytest

from tests.cli.command import TUTORIAL, as_process, slowhop


@pytest.mark.parametrize(
    ("arguments", "error", "hint"),
    [
        (["frob"], "frob", "slowhop --help"),
        (["replay"], "PATH", "slowhop replay --help"),
        (["replay", "--frob", "x"], "--frob", "slowhop replay --help"),
        (["replay", "nowhere"], "nowhere", "name a trace file"),
        (["replay", "x", "--format", "pdf"], "pdf", "slowhop replay --help"),
        (["export", "x", "--format", "pdf"], "pdf", "json"),
        (["export", "x", "-o", "no/such/place.json"], "no/such", "make it"),
        (["replay", "x", "--json", "-"], "--json", "--format json"),
        (["trace", "nowhere"], "nowhere", "name a trace file"),
        (["traces", "x", "--slower-than", "fast"], "'fast'", "300ms"),
        (["traces", "x", "--limit", "0"], "--limit", "slowhop traces --help"),
        (["live", "-t", "5x"], "5x", "1h30m"),
        (["live", "-t", "0s"], "0s", "1h30m"),
        (["live", "--grpc-port", "70000"], "--grpc-port", "slowhop live --help"),
        (["demo", "--fault", "nix"], "nix", "slow_service"),
        (["services", "up", "mall"], "mall", "tutorial, shop"),
        (["services", "up", "tutorial", "--variant", "odd"], "odd", "manual"),
        (["--config", "no.toml", "schema"], "no.toml", "--config"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_usage(arguments: list[str], error: str, hint: str, tmp_path: Path) -> None:
    ended = slowhop(*arguments, cwd=tmp_path)
    assert ended.code == 2
    said, to_do = ended.complaint
    assert error in said
    assert hint in to_do
    assert list(tmp_path.iterdir()) == []  # a mistake leaves nothing behind


def test_a_file_that_holds_no_traces(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing of the kind", encoding="utf-8")
    ended = slowhop("replay", "notes.txt", cwd=tmp_path)
    assert ended.code == 2
    assert "notes.txt" in ended.complaint[0]
    assert "--input-format" in ended.complaint[1]


def test_an_unknown_input_format_names_the_known_ones() -> None:
    ended = slowhop("replay", TUTORIAL, "--input-format", "xml")
    assert ended.code == 2
    assert "otlp-proto" in ended.complaint[1]


def test_a_port_in_use_is_said_at_once_and_leaves_no_run(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = slowhop(
            "record", "-t", "5s", "--grpc-port", "0", "--http-port", str(port), cwd=tmp_path
        )
    assert ended.code == 2
    said = ended.err.splitlines()[-2:]
    assert said[0] == f"error: port {port} of 127.0.0.1 is in use"
    assert "--http-port" in said[1]
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (None, "Could not find"),
        ("def broken(:\n", "SyntaxError"),
        ("import nowhere_at_all\n", "nowhere_at_all"),
        ("x = 1\n", "No User class"),
    ],
    ids=["missing", "syntax", "import", "no-user"],
)
def test_an_unusable_locustfile_is_said_with_its_reason(
    text: str | None, error: str, tmp_path: Path
) -> None:
    if text is not None:
        (tmp_path / "load.py").write_text(text, encoding="utf-8")
    ended = slowhop(
        "live", "-f", "load.py", "--host", "http://127.0.0.1:1", "-t", "5s",
        "--grpc-port", "0", "--http-port", "0", cwd=tmp_path,
    )  # fmt: skip
    assert ended.code == 2
    said = ended.err.splitlines()
    assert any(line.startswith("error: ") and error in line for line in said)
    assert said[-1].startswith("hint: ")


def test_a_runs_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file", encoding="utf-8")
    ended = slowhop("record", "-t", "5s", cwd=tmp_path)
    assert ended.code == 2
    assert "--runs-dir" in ended.complaint[1]


def test_debug_shows_where_an_error_comes_from(tmp_path: Path) -> None:
    ended = as_process("--debug", "replay", "nowhere", cwd=tmp_path)
    assert "Traceback" in ended.err
    assert "InputError" in ended.err
