"""What commands print where names, files and arguments are hostile: results and complaints."""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from analyzer.report.model import Report
from tests.cli.command import TUTORIAL, Ended, slowhop
from tests.hostile.harmless import (
    assert_few_plain_lines,
    assert_fit_for_a_terminal,
    assert_fit_for_markdown,
)
from tests.hostile.names import MEGABYTE, NAMES
from tests.hostile.traces import lines, together

WIDTH = 100
COLOURED = {"FORCE_COLOR": "1", "TERM": "xterm-256color", "COLUMNS": str(WIDTH)}
PLAIN = {"COLUMNS": str(WIDTH)}

LONGEST_COMPLAINT = 1_200
"""Cells of a line on the error stream: what is longer is shortened in its middle."""

SHORT = {kind: name for kind, name in NAMES.items() if len(name) < MEGABYTE}


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One run with all names in it."""
    path = tmp_path_factory.mktemp("hostile") / "all.jsonl"
    path.write_bytes(b"".join(lines(together(list(SHORT.values())))))
    return path


Command = Callable[[Path], tuple[str | Path, ...]]

COMMANDS: Mapping[str, Command] = {
    "replay": lambda dump: ("replay", dump),
    "replay by gain": lambda dump: ("replay", dump, "--sort", "gain"),
    "trace": lambda dump: ("trace", dump),
    "traces": lambda dump: ("traces", dump, "--limit", "60"),
    "compare": lambda dump: ("compare", dump, dump),
    "whatif": lambda dump: ("whatif", dump, "--faster", "ledger=50%"),
}


@pytest.mark.parametrize("command", sorted(COMMANDS))
@pytest.mark.parametrize("coloured", [False, True], ids=["plain", "coloured"])
def test_what_commands_print(command: str, coloured: bool, dump: Path) -> None:  # noqa: FBT001  a parameter of the test
    ended = slowhop(*COMMANDS[command](dump), env=COLOURED if coloured else PLAIN)
    assert ended.code == 0, ended.err
    assert ("\x1b[" in ended.out) == coloured
    assert_fit_for_a_terminal(ended.out, width=WIDTH, colours=coloured)


def test_all_names_are_in_the_json(dump: Path) -> None:
    found = Report.from_json(slowhop("export", dump).out)
    assert len(found.services) > len(SHORT)
    assert_fit_for_markdown(slowhop("compare", dump, dump, "--format", "markdown").out)


ASKED: Mapping[str, Callable[[str, Path], tuple[str | Path, ...]]] = {
    "path": lambda name, _: ("replay", name),
    "two paths": lambda name, dump: ("replay", name, dump),
    "format": lambda name, dump: ("replay", dump, "--input-format", name),
    "shift": lambda name, dump: ("replay", dump, "--max-clock-shift", name),
    "sort": lambda name, dump: ("replay", dump, "--sort", name),
    "trace": lambda name, dump: ("trace", dump, name),
    "service": lambda name, dump: ("traces", dump, "--service", name),
    "time": lambda name, dump: ("traces", dump, "--slower-than", name),
    "wish": lambda name, dump: ("whatif", dump, "--faster", name),
    "target": lambda name, dump: ("whatif", dump, "--faster", f"{name}=50%"),
    "known target": lambda name, dump: ("whatif", dump, "--slower", f"{name} 2=50%"),
    "calls": lambda name, dump: ("whatif", dump, "--parallel", f"{name}: {name}"),
    "form": lambda name, dump: ("convert", dump, "-", "--to", name),
    "out": lambda name, _: ("convert", TUTORIAL, name, "--to", "otlp-json"),
    "json": lambda name, _: ("replay", TUTORIAL, "--json", f"no/{name}"),
    "option": lambda name, _: ("replay", f"--{name}"),
    "command": lambda name, _: (name,),
    "settings": lambda name, _: ("--config", name, "schema"),
}


@pytest.mark.parametrize("asked", sorted(ASKED))
def test_hostile_arguments(asked: str, dump: Path, tmp_path: Path) -> None:
    """Found or not, right or wrong: neither the answer nor the complaint does harm."""
    for kind, name in SHORT.items():
        if kind in ("nul", "dashes", "path"):
            continue  # no process can be given a NUL; the others are options and another's file
        ended = slowhop(*ASKED[asked](name, TUTORIAL), env=PLAIN, cwd=tmp_path)
        assert ended.code in (0, 2, 4, 5), (kind, ended.err)
        assert_few_plain_lines(ended.err, lines=3, longest=LONGEST_COMPLAINT)
        if asked not in ("command", "out"):
            assert_fit_for_a_terminal(ended.out, width=WIDTH)


@pytest.mark.parametrize("kind", sorted(SHORT))
def test_hostile_file_names(kind: str, tmp_path: Path) -> None:
    name = SHORT[kind].replace("/", "_").replace("\0", "_") or "_"
    file = tmp_path / os.fsdecode(os.fsencode(name.encode("utf-8", "replace")))[:60]
    content = (TUTORIAL / "spans.otlp").read_bytes()
    for damaged in (content, content[:-9], b"{no traces"):
        file.write_bytes(damaged)
        for command in ("replay", "trace", "traces"):
            ended: Ended = slowhop(command, file, env=PLAIN)
            assert ended.code in (0, 2, 5), ended.err
            assert_fit_for_a_terminal(ended.out, width=WIDTH)
            assert_few_plain_lines(ended.err, lines=2, longest=LONGEST_COMPLAINT)
        if damaged != b"{no traces":
            Report.from_json(slowhop("export", file).out)


def test_a_file_name_that_is_no_utf8(tmp_path: Path) -> None:
    file = tmp_path / os.fsdecode(b"caf\xe9\x1b[31m.otlp")
    file.write_bytes((TUTORIAL / "spans.otlp").read_bytes())
    assert_fit_for_a_terminal(slowhop("replay", file, env=PLAIN).out, width=WIDTH)
    json.loads(slowhop("export", file).out)
