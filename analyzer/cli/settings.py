"""Settings from `slowhop.toml`, or the `[tool.slowhop]` table of `pyproject.toml`.

```toml
runs-dir = "runs"          # for every command that has the option

[live]
users = 50                 # for `slowhop live` alone
```
"""

import tomllib
from pathlib import Path
from typing import Any

from analyzer.errors import InputError

COMMANDS = (
    "live", "record", "replay", "export", "traces", "trace", "demo", "schema", "services",
)  # fmt: skip
"""The commands that settings can be for."""


def settings_file(named: Path | None, directory: Path) -> dict[str, Any]:
    """The defaults by command, from the named file or the nearest one upwards; empty without one.

    Raises:
        InputError: the file is missing, no TOML, or holds something that is no setting.
    """
    if named is not None:
        return _by_command(_table(named), named)
    for place in (directory, *directory.parents):
        if (file := place / "slowhop.toml").is_file():
            return _by_command(_table(file), file)
        if (file := place / "pyproject.toml").is_file():
            table = _table(file).get("tool", {}).get("slowhop")
            if table is not None:
                return _by_command(table, file)
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


def _by_command(table: dict[str, Any], file: Path) -> dict[str, Any]:
    for_all = {k: v for k, v in table.items() if not isinstance(v, dict)}
    defaults: dict[str, Any] = {}
    for name, value in table.items():
        if isinstance(value, dict) and name not in COMMANDS:
            raise InputError(
                f"{file}: [{name}] is no command", hint=f"commands are {', '.join(COMMANDS)}"
            )
    for command in COMMANDS:
        defaults[command] = {
            _parameter(k): v for k, v in (for_all | table.get(command, {})).items()
        }
    return defaults


def _parameter(option: str) -> str:
    return option.replace("-", "_")
