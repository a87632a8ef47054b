"""The comparison reads back as it was written, and its JSON is what the published schema says."""

import json

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from analyzer.report.compare import Comparison
from tests.reporters.comparisons import all_noise, from_reports, slower_run

COMPARISONS = {"slower": slower_run(), "noise": all_noise(), "reports": from_reports()}


@pytest.mark.parametrize("name", COMPARISONS)
def test_comparison_reads_back_as_it_was_written(name: str) -> None:
    comparison = COMPARISONS[name]
    assert Comparison.from_json(comparison.to_json()) == comparison


@pytest.mark.parametrize("name", COMPARISONS)
def test_schema_validates_what_a_comparison_writes(name: str) -> None:
    Draft202012Validator(Comparison.json_schema()).validate(json.loads(COMPARISONS[name].to_json()))


def test_schema_is_itself_valid_and_says_its_version() -> None:
    schema = Comparison.json_schema()
    Draft202012Validator.check_schema(schema)
    assert schema["properties"]["schema"]["const"] == "slowhop.compare/1"


def test_promised_names_are_written() -> None:
    written = json.loads(slower_run().to_json())
    assert written["schema"] == "slowhop.compare/1"
    row = {"rank", "delta_mean_ms", "ci95_ms", "verdict"}
    assert row | {"service"} <= written["services"][0].keys()
    assert row | {"caller", "callee"} <= written["hops"][0].keys()
    assert row | {"service", "operation"} <= written["operations"][0].keys()
    assert row | {"endpoint"} <= written["endpoints"][0].keys()


def test_unknown_names_are_refused() -> None:
    with pytest.raises(ValidationError):
        Comparison.from_json(slower_run().to_json().replace('"verdict"', '"judgement"'))
