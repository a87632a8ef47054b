"""The report reads back as it was written, and its JSON is what the published schema says."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from analyzer.report.model import Input, Report, TimelinePoint
from tests.reporters.builders import empty_report, full_report, shop_report

EXAMPLE: dict[str, Any] = json.loads(Path(__file__).with_name("example.json").read_text("utf-8"))
"""A report with every section, as version 1 promises its names."""

REPORTS = {
    "shop": shop_report(),
    "full": full_report(),
    "empty": empty_report(),
    "example": Report.model_validate(EXAMPLE),
}


def names_of(value: object, place: str = "") -> set[str]:
    """Every name in a JSON document, with the path to it."""
    if isinstance(value, dict):
        inside = (names_of(inner, f"{place}.{name}") for name, inner in value.items())
        return {f"{place}.{name}" for name in value}.union(*inside)
    if isinstance(value, list):
        return set().union(*(names_of(inner, f"{place}[]") for inner in value))
    return set()


@pytest.mark.parametrize("name", REPORTS)
def test_report_reads_back_as_it_was_written(name: str) -> None:
    report = REPORTS[name]
    assert Report.from_json(report.to_json()) == report
    assert Report.from_json(report.to_json()).to_json() == report.to_json()


@pytest.mark.parametrize("name", REPORTS)
def test_schema_validates_what_a_report_writes(name: str) -> None:
    Draft202012Validator(Report.json_schema()).validate(json.loads(REPORTS[name].to_json()))


def test_schema_is_itself_valid_and_says_its_version() -> None:
    schema = Report.json_schema()
    Draft202012Validator.check_schema(schema)
    assert schema["properties"]["schema"]["const"] == "slowhop.report/1"


def test_promised_names_validate_against_the_schema() -> None:
    Draft202012Validator(Report.json_schema()).validate(EXAMPLE)


def test_promised_names_are_all_written() -> None:
    written = json.loads(Report.model_validate(EXAMPLE).to_json())
    assert names_of(EXAMPLE) <= names_of(written)


def test_what_is_not_known_is_null_and_what_is_not_there_is_left_out() -> None:
    written = json.loads(shop_report().to_json())
    assert "tail" not in written
    assert "scaling" not in written
    assert written["services"][0]["gain"] == {}
    callees = [row["callee"] for row in written["operations"]]
    assert None in callees


def test_schema_refuses_a_share_above_one_and_an_unknown_name() -> None:
    validator = Draft202012Validator(Report.json_schema())
    written = json.loads(shop_report().to_json())
    written["services"][0]["contribution"]["share"] = 1.5
    assert not validator.is_valid(written)
    written = json.loads(shop_report().to_json())
    written["surprise"] = 1
    assert not validator.is_valid(written)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_figure_that_is_no_number_is_refused_where_it_is_made(value: float) -> None:
    with pytest.raises(ValidationError):
        TimelinePoint(t_s=0.0, users=None, throughput_rps=value, p95_ms=None, in_flight=0.0)


def test_file_name_that_is_not_utf8_can_be_written() -> None:
    name = b"caf\xe9.otlp".decode("utf-8", "surrogateescape")
    file = Input(path=name, format="otlp-proto", bytes=0, spans=0)
    assert Input.model_validate_json(file.model_dump_json()) == file
    assert file.path == r"caf\udce9.otlp"


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"schema": "slowhop.report/2"}'])
def test_text_that_is_no_report_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        Report.from_json(text)
