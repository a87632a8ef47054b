"""Settings from `slowhop.toml`, or the `[tool.slowhop]` table of `pyproject.toml`.

```toml
runs-dir = "runs"          # for every command that has the option

[live]
users = 50                 # for `slowhop live` alone

[services.up]
seed = 7                   # for `slowhop services up`
```
"""

import difflib
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from analyzer.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What settings can be for.

    Attributes:
        options: the parameter behind each option, by the option's name as settings have it.
        commands: the commands below it.
    """

    options: Mapping[str, str] = field(default_factory=dict)
    commands: Mapping[str, Self] = field(default_factory=dict)

    def all_options(self) -> frozenset[str]:
        """The options of the commands below it, or its own if there are none."""
        if not self.commands:
            return frozenset(self.options)
        return frozenset().union(*(below.all_options() for below in self.commands.values()))


def settings_file(named: Path | None, directory: Path, root: Command) -> dict[str, Any]:
    """The defaults by command and parameter, from the named file or the nearest one upwards.

    Empty where there is no file.

    Raises:
        InputError: the file is missing, no TOML, or holds something that is no setting.
    """
    if named is not None:
        table = _table(named)
        if named.name == "pyproject.toml":
            table = table.get("tool", {}).get("slowhop", {})
        return _defaults(table, root, named)
    for place in (directory, *directory.parents):
        if (file := place / "slowhop.toml").is_file():
            return _defaults(_table(file), root, file)
        if (file := place / "pyproject.toml").is_file():
            table = _table(file).get("tool", {}).get("slowhop")
            if table is not None:
                return _defaults(table, root, file)
    return {}


def _table(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(
            f"cannot read settings: {error.strerror}: {file}", hint="check the path of --config"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{file} is no TOML: {error}", hint="mend the file") from error


def _defaults(table: dict[str, Any], root: Command, file: Path) -> dict[str, Any]:
    for_all, _ = _split(table)
    for name in for_all:
        _need(name, root.all_options(), what="setting of any command", file=file)
    return _below(table, root, for_all, file)


def _below(
    table: dict[str, Any], command: Command, for_all: dict[str, Any], file: Path
) -> dict[str, Any]:
    """The defaults of the commands below one; `for_all`: what holds for every command."""
    _, tables = _split(table)
    for name in tables:
        _need(name, command.commands, what="command", file=file)
    found: dict[str, Any] = {}
    for name, inner in command.commands.items():
        own_table = tables.get(name, {})
        own, _ = _split(own_table)
        for option in own:
            _need(option, inner.options, what=f"setting of {name}", file=file)
        values = for_all | own
        found[name] = {
            parameter: values[option]
            for option, parameter in inner.options.items()
            if option in values
        } | _below(own_table, inner, for_all, file)
    return found


def _split(table: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values of a table, and the tables in it."""
    tables = {name: value for name, value in table.items() if isinstance(value, dict)}
    return {name: value for name, value in table.items() if name not in tables}, tables


def _need(name: str, known: Collection[str], *, what: str, file: Path) -> None:
    """Refuse a name that means nothing: a setting that is misspelt must not be passed over."""
    if name in known:
        return
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        hint = f"did you mean {near[0]}?"
    elif known:
        hint = f"there are: {', '.join(sorted(known))}"
    else:
        hint = "settings are for a command, such as [live] or [services.up]"
    raise InputError(f"{file}: {name} is no {what}", hint=hint)
