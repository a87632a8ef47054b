"""Cases that Jaeger's trace adjusters and its critical path are tested with."""

import json
from pathlib import Path
from typing import Any

import pytest

from analyzer.repair.steps import RepairOptions
from tests.builders import MS, US, trace
from tests.repair.mending import mend

CASES = Path(__file__).parent / "cases"


def cases(name: str) -> list[Any]:
    found = json.loads((CASES / f"{name}.json").read_text("utf-8"))
    return [pytest.param(case, id=case["name"]) for case in found]


def line(span: dict[str, Any], unit: str, service: str) -> str:
    start = span[f"start_{unit}"]
    parent = f"S{span['parent']}/" if span["parent"] is not None else ""
    host = f"@{span['host']}" if span.get("host") else ""
    return f"{parent}S{span['id']} {start}-{start + span[f'duration_{unit}']} in {service}{host}"


@pytest.mark.parametrize("case", cases("clock_skew"))
def test_clocks_of_other_hosts_are_aligned(case: dict[str, Any]) -> None:
    lines = [line(span, "ms", "app") for span in case["spans"]]
    done = mend(
        trace(*lines, unit_ns=MS),
        options=RepairOptions(max_clock_shift_ns=case["max_adjust_ms"] * MS),
    )
    starts_ns = done.batch.start_ns + done.nested.shift_ns
    assert starts_ns.tolist() == [span["expected_start_ms"] * MS for span in case["spans"]]


ANOTHER_ANSWER = {
    # all that is there of the trace is a request whose caller sent nothing (rule 7)
    "parent absent: dropped": {"C": [100, 50]},
}
"""Cases in which another outcome is right here than in Jaeger, and why."""


@pytest.mark.parametrize("case", cases("clipping"))
def test_spans_of_other_processes_are_clipped_to_their_parents(case: dict[str, Any]) -> None:
    lines = [line(span, "us", f"of-{span['id']}") for span in case["spans"]]
    done = mend(trace(*lines), options=RepairOptions(max_clock_shift_ns=0))
    expected = ANOTHER_ANSWER.get(case["name"], case["expected"])
    assert done.waited() == {
        f"S{span}": f"{start}-{start + duration}" for span, (start, duration) in expected.items()
    }
    assert done.batch.start_ns.min() == min(span["start_us"] for span in case["spans"]) * US
