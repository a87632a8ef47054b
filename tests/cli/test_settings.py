"""Settings: the file, the environment, the command line, in rising order."""

from pathlib import Path

import pytest

from analyzer.cli.settings import Command, settings_file
from analyzer.errors import InputError
from tests.cli.command import TUTORIAL, slowhop

ROOT = Command(
    commands={
        "live": Command(options={"users": "users", "runs-dir": "runs_dir"}),
        "replay": Command(options={"format": "format"}),
        "services": Command(commands={"up": Command(options={"seed": "seed"})}),
    }
)


def write(file: Path, text: str) -> Path:
    file.write_text(text, encoding="utf-8")
    return file


def test_values_for_all_reach_the_commands_that_have_the_option(tmp_path: Path) -> None:
    write(tmp_path / "slowhop.toml", 'runs-dir = "r"\n[live]\nusers = 5\n[services.up]\nseed = 7')
    assert settings_file(None, tmp_path, ROOT) == {
        "live": {"users": 5, "runs_dir": "r"},
        "replay": {},
        "services": {"up": {"seed": 7}},
    }


def test_a_command_s_own_value_wins(tmp_path: Path) -> None:
    write(tmp_path / "slowhop.toml", "users = 1\n[live]\nusers = 5")
    assert settings_file(None, tmp_path, ROOT)["live"] == {"users": 5}


def test_the_nearest_file_upwards_counts(tmp_path: Path) -> None:
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    write(tmp_path / "slowhop.toml", "users = 1")
    write(tmp_path / "a" / "pyproject.toml", "[tool.slowhop]\nusers = 2")
    assert settings_file(None, below, ROOT)["live"] == {"users": 2}


def test_a_project_file_without_a_table_is_passed_over(tmp_path: Path) -> None:
    below = tmp_path / "a"
    below.mkdir()
    write(tmp_path / "slowhop.toml", "users = 1")
    write(below / "pyproject.toml", "[project]\nname = 'x'")
    assert settings_file(None, below, ROOT)["live"] == {"users": 1}


@pytest.mark.parametrize(
    ("text", "error", "hint"),
    [
        ("usres = 1", "usres is no setting", "did you mean users?"),
        ("[live]\nseed = 1", "seed is no setting of live", "runs-dir, users"),
        ("[liv]\nusers = 1", "liv is no command", "did you mean live?"),
        ("[services]\nseed = 1", "seed is no setting of services", "[services.up]"),
        ("users = = 1", "no TOML", "mend"),
    ],
)
def test_what_is_no_setting_is_refused(text: str, error: str, hint: str, tmp_path: Path) -> None:
    file = write(tmp_path / "slowhop.toml", text)
    with pytest.raises(InputError) as caught:
        settings_file(file, tmp_path, ROOT)
    assert error in caught.value.message
    assert str(file) in caught.value.message
    assert hint in caught.value.hint


def test_command_line_over_environment_over_file(tmp_path: Path) -> None:
    write(tmp_path / "slowhop.toml", '[traces]\nlimit = 1\n[replay]\nformat = "json"')
    by_file = slowhop("traces", TUTORIAL, cwd=tmp_path).out
    by_variable = slowhop("traces", TUTORIAL, cwd=tmp_path, env={"SLOWHOP_TRACES_LIMIT": "2"}).out
    by_option = slowhop(
        "traces", TUTORIAL, "-n", "3", cwd=tmp_path, env={"SLOWHOP_TRACES_LIMIT": "2"}
    ).out
    assert [len(out.splitlines()) for out in (by_variable, by_option)] == [
        len(by_file.splitlines()) + 1,
        len(by_file.splitlines()) + 2,
    ]
    assert slowhop("replay", TUTORIAL, cwd=tmp_path).out.startswith("{")


@pytest.mark.parametrize("text", ["[live]\nuserz = 5", "nonsense = 1"])
def test_a_misspelt_setting_ends_the_command(text: str, tmp_path: Path) -> None:
    file = write(tmp_path / "mine.toml", text)
    ended = slowhop("--config", file, "replay", TUTORIAL)
    assert ended.code == 2
    assert "is no setting" in ended.complaint[0]


def test_a_value_of_the_wrong_kind_is_a_usage_error(tmp_path: Path) -> None:
    file = write(tmp_path / "mine.toml", '[traces]\nlimit = "many"')
    ended = slowhop("--config", file, "traces", TUTORIAL)
    assert ended.code == 2
    assert "--limit" in ended.complaint[0]
