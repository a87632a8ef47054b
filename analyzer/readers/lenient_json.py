"""JSON written by another program, perhaps of another version, perhaps while it was killed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from analyzer.model.issue import Issue, IssueKind, Issues


class LenientObject:
    """A JSON object of which every value may be missing or of another type: None then.

    Args:
        values: the object.
    """

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    def text(self, name: str) -> str | None:
        """A string."""
        value = self._values.get(name)
        return value if isinstance(value, str) else None

    def number(self, name: str) -> float | None:
        """A number."""
        value = self._values.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return float(value)

    def whole(self, name: str) -> int | None:
        """A number without its fraction."""
        value = self._values.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return int(value)

    def truth(self, name: str) -> bool | None:
        """True or false."""
        value = self._values.get(name)
        return value if isinstance(value, bool) else None

    def texts(self, name: str) -> tuple[str, ...]:
        """The strings of a list inside; none if there is no list."""
        values = self._values.get(name)
        return tuple(v for v in values if isinstance(v, str)) if isinstance(values, list) else ()

    def part(self, name: str) -> "LenientObject | None":
        """An object inside."""
        value = self._values.get(name)
        return LenientObject(value) if isinstance(value, dict) else None

    def parts(self, name: str) -> "Iterator[LenientObject]":
        """The objects of a list inside; nothing if there is no list."""
        values = self._values.get(name)
        for value in values if isinstance(values, list) else ():
            if isinstance(value, dict):
                yield LenientObject(value)


def read_object(path: Path, issues: Issues) -> LenientObject | None:
    """The object in a file: None if there is no file, None and an issue if it is damaged."""
    try:
        values = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, orjson.JSONDecodeError) as error:
        _count_damage(path.name, str(error), issues)
        return None
    if not isinstance(values, dict):
        _count_damage(path.name, "no object", issues)
        return None
    return LenientObject(values)


def read_objects(path: Path, issues: Issues) -> Iterator[LenientObject]:
    """The objects in a file of lines; a last line without its end was being written: no issue."""
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return
    except OSError as error:
        _count_damage(path.name, str(error), issues)
        return
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            values = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            if number < len(lines):
                _count_damage(f"{path.name}:{number}", str(error), issues)
            continue
        if isinstance(values, dict):
            yield LenientObject(values)


def _count_damage(where: str, problem: str, issues: Issues) -> None:
    detail = f"cannot be read: {problem}"
    issues.add(Issue(kind=IssueKind.UNDECODABLE_RECORD, where=where, detail=detail))
