"""Which files the paths on a command line mean."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from analyzer.errors import InputError
from analyzer.readers.run_directory import is_run_directory
from analyzer.readers.source import STDIN

_GLOB_CHARACTERS = frozenset("*?[")


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One file to read, or a run directory.

    Attributes:
        path: where it is; `-` for standard input.
        label: what reports call it.
        is_run: whether it is a run directory.
        asked_for: whether a path names it, so that it must be traces.
    """

    path: Path
    label: str
    is_run: bool = False
    asked_for: bool = True


def find_inputs(paths: Sequence[Path | str]) -> tuple[Input, ...]:
    """Every file and run directory that the paths mean, each once, sorted by label.

    A directory stands for the files and run directories in it; a pattern for what it matches.

    Raises:
        InputError: a path leads nowhere, or there is none.
    """
    if not paths:
        raise InputError("no input", hint="name a trace file, a run directory, or - for stdin")
    found: dict[Path, Input] = {}
    for path in paths:
        for entry in _meant(Path(path)):
            found.setdefault(
                entry.path if str(entry.path) == STDIN else entry.path.resolve(), entry
            )
    return tuple(sorted(found.values(), key=lambda entry: (entry.label, str(entry.path))))


def _meant(path: Path) -> list[Input]:
    """What a path means; it may be one that no system takes: too long, a NUL or `a**` in it."""
    try:
        return list(_expand(path))
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        hint = "check that the path is right and that you may read it"
        raise InputError(f"{path}: {why}", hint=hint) from error


def _expand(path: Path) -> Iterator[Input]:
    if str(path) == STDIN:
        yield Input(path=path, label="stdin")
    elif path.is_dir():
        yield from _expand_directory(path)
    elif path.exists():
        yield Input(path=path, label=path.as_posix())
    elif _GLOB_CHARACTERS.intersection(str(path)):
        yield from _expand_pattern(path)
    else:
        hint = "name a trace file, a directory of them, or a run directory"
        raise InputError(f"{path}: no such file or directory", hint=hint)


def _expand_pattern(pattern: Path) -> Iterator[Input]:
    base = Path(pattern.anchor)
    matches = sorted(base.glob(str(pattern.relative_to(base))))
    if not matches:
        hint = "a pattern must match at least one file"
        raise InputError(f"{pattern}: nothing matches", hint=hint)
    for match in matches:
        yield from _expand(match)


def _expand_directory(directory: Path) -> Iterator[Input]:
    if is_run_directory(directory):
        yield Input(path=directory, label=directory.as_posix(), is_run=True)
        return
    entries = sorted(entry for entry in directory.iterdir() if not entry.name.startswith("."))
    inputs = [
        Input(
            path=entry,
            label=entry.as_posix(),
            is_run=entry.is_dir(),
            asked_for=False,
        )
        for entry in entries
        if entry.is_file() or is_run_directory(entry)
    ]
    if not inputs:
        hint = "a run directory has spans.otlp or run.json; any other needs trace files in it"
        raise InputError(f"{directory}: nothing to read in this directory", hint=hint)
    yield from inputs
