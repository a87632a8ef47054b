"""What the command says of itself, and how little it loads for that."""

import json
import subprocess
import sys

import pytest

from analyzer import __version__
from analyzer.cli.main import app
from tests.cli.command import SLOWHOP, environment, slowhop

COMMANDS = sorted(
    filter(
        None, [c.name for c in app.registered_commands] + [g.name for g in app.registered_groups]
    )
)

HEAVY = ("numba", "numpy", "pandas", "grpc", "pyarrow", "locust", "networkx", "rich")


def test_help_names_every_command_in_lines_that_fit() -> None:
    ended = slowhop("--help")
    assert ended.code == 0
    listed = [line.split()[0] for line in ended.out.splitlines() if line.startswith("  ")]
    assert set(COMMANDS) <= set(listed)
    assert max(map(len, ended.out.splitlines())) <= 80
    assert "..." not in ended.out.partition("Commands:")[2]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_without_loading_anything_heavy(command: str) -> None:
    program = (
        "import sys, runpy, atexit\n"
        f"atexit.register(lambda: print('LOADED', [m for m in {HEAVY!r} if m in sys.modules]))\n"
        f"sys.argv = ['slowhop', '{command}', '--help']\n"
        "runpy.run_module('analyzer.cli', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment()
    )
    assert done.returncode == 0, done.stderr
    assert f"Usage: slowhop {command}" in done.stdout
    assert done.stdout.endswith("LOADED []\n")


def test_version() -> None:
    ended = slowhop("--version")
    assert (ended.code, ended.out) == (0, f"slowhop {__version__}\n")


def test_without_a_command_the_help_is_shown_and_it_is_a_usage_error() -> None:
    ended = slowhop()
    assert ended.code == 2
    assert ended.out.startswith("Usage: slowhop")


def test_schema_is_a_json_schema_of_the_report() -> None:
    ended = slowhop("schema")
    assert ended.code == 0
    schema = json.loads(ended.out)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["properties"]["schema"]["const"] == "slowhop.report/1"


def test_faults_are_listed_with_what_is_to_be_found() -> None:
    ended = slowhop("services", "faults")
    assert ended.code == 0
    rows = ended.out.splitlines()
    assert any(row.startswith("slow_hop") and "gateway → search" in row for row in rows)


def test_the_module_is_what_the_script_runs() -> None:
    assert SLOWHOP[1:] == ("-m", "analyzer.cli")
