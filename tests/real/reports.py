"""What slowhop says of a dump, and where it says something else of another one."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.cli.command import slowhop


def report_of(*paths: Path) -> dict[str, Any]:
    """What `slowhop replay` says of dumps, but for where they are from."""
    ended = slowhop("replay", *paths, "--format", "json")
    assert ended.code == 0, ended.err
    report: dict[str, Any] = json.loads(ended.out)
    del report["run"]
    return report


def differences(one: object, other: object, *, rounding: float, at: str = "") -> Iterator[str]:
    """Where two JSON values differ; figures may do so by `rounding`."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        for key, value in one.items():
            yield from differences(value, other[key], rounding=rounding, at=f"{at}.{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for i, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from differences(left, right, rounding=rounding, at=f"{at}[{i}]")
    elif isinstance(one, float) and isinstance(other, float):
        if abs(one - other) > rounding:
            yield f"{at}: {one} and {other}"
    elif one != other:
        yield f"{at}: {one} and {other}"
