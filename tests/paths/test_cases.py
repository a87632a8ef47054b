"""Cases that Jaeger's critical path is tested with."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.builders import trace
from tests.paths.walking import path

CASES = json.loads((Path(__file__).parent / "cases" / "critical_path.json").read_text("utf-8"))

ANOTHER_ANSWER = {
    # B outlives A in the same process: A did not wait for it (rule 4)
    "test6": ["span-A 1-30"],
    "test7": ["span-A 1-30"],
    "test8": ["span-A 10-30"],
}
"""Cases in which another path is right here than in Jaeger, and why."""


def line(span: dict[str, Any]) -> str:
    start, end = span["start_us"], span["start_us"] + span["duration_us"]
    parent = f"{span['parent']}/" if span["parent"] else ""
    return f"{parent}{span['id']} {start}-{end} {span.get('kind', 'internal')} in {span['service']}"


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CASES])
def test_the_path_is_the_expected_one(case: dict[str, Any]) -> None:
    expected = [f"{p['span']} {p['start_us']}-{p['end_us']}" for p in reversed(case["expected"])]
    name, _, _ = case["name"].partition(":")
    t = trace(*(line(span) for span in case["spans"]))
    assert path(t) == ANOTHER_ANSWER.get(name, expected)
