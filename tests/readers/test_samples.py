"""The samples: each trap reads as the file beside it says."""

import json
from pathlib import Path

import pytest

from analyzer.errors import UnreadableTraces
from analyzer.model.spans import span_id_hex, trace_id_hex
from analyzer.readers.read import read
from samples.make_samples import KEPT, SHOP, write_samples
from tests.readers.decoding import by_walk, rows

SAMPLES = Path(__file__).parents[2] / "samples"
TRAPS = sorted(
    path.with_name(path.name.removesuffix(".expected.json"))
    for path in (SAMPLES / "traps").glob("*.expected.json")
)


def as_written(values: dict[str, object]) -> dict[str, object]:
    """A row with its ids as the files beside the traps have them."""
    number = {name: value for name, value in values.items() if isinstance(value, int)}
    parent = number["parent_id"]
    ids = {
        "trace_id": trace_id_hex(number["trace_hi"], number["trace_lo"]),
        "span_id": span_id_hex(number["span_id"]),
        "parent_id": span_id_hex(parent) if parent else "",
    }
    others = ("trace_hi", "trace_lo", "instance", "run", *ids)
    return ids | {name: value for name, value in values.items() if name not in others}


def test_compiled_walk_reads_the_shop_alike() -> None:
    walked = by_walk((SAMPLES / SHOP["otlp-proto"]).read_bytes())
    assert walked.rows == rows(read([SAMPLES / SHOP["otlp-jsonl"]]).spans)


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name)
def test_trap_reads_as_the_file_beside_it_says(trap: Path) -> None:
    expected = json.loads(trap.with_name(f"{trap.name}.expected.json").read_text())
    if "refused" in expected:
        with pytest.raises(UnreadableTraces, match=expected["refused"]):
            read([trap])
        return
    capture = read([trap])
    assert capture.inputs[0].format == expected["format"]
    assert {count.kind.value: count.count for count in capture.issues} == expected["issues"]
    assert [as_written(row) for row in rows(capture.spans)] == expected["spans"]


def test_samples_are_what_their_script_makes(tmp_path: Path) -> None:
    write_samples(tmp_path)
    made = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()}
    assert len(made) == len(KEPT) + 2 * len(TRAPS)
    for name in made:
        assert (SAMPLES / name).read_bytes() == (tmp_path / name).read_bytes(), name
