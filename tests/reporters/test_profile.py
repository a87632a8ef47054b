"""Profiles in a terminal: planned, observed, derived."""

import json

import pytest
from jsonschema import Draft202012Validator

from analyzer.report.profile import Profile
from analyzer.report.profile_document import ProfileDocument
from analyzer.reporters.terminal.profile import profile
from analyzer.reporters.terminal.profile_document import render_profile
from analyzer.reporters.terminal.report import render_report
from analyzer.reporters.terminal.view import View
from tests.reporters.profiles import (
    HOSTILE,
    cut_short,
    derived,
    planned,
    report_with,
    shop_profile,
)
from tests.reporters.screen import assert_golden, assert_harmless, shown

SECTIONS = {"profile": shop_profile(), "profile_cut_short": cut_short()}
DOCUMENTS = {
    "profile_planned": planned(),
    "profile_derived": derived(),
    "profile_open": derived(sessions=False),
}
WIDTHS = [20, 33, 40, 60, 80, 120, 200]


def section(of: Profile, width: int = 80) -> str:
    return shown(View(lambda room: profile(of, room.width)), width=width)


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", SECTIONS)
def test_section_looks_as_it_should(name: str, width: int) -> None:
    assert_golden(f"{name}_{width}", section(SECTIONS[name], width))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_document_looks_as_it_should(name: str) -> None:
    assert_golden(f"{name}_80", shown(render_profile(DOCUMENTS[name])))


@pytest.mark.parametrize("width", WIDTHS)
def test_hostile_names_do_no_harm_at_any_width(width: int) -> None:
    assert_harmless(section(shop_profile(HOSTILE), width), width)
    for document in (planned(HOSTILE), derived(HOSTILE)):
        assert_harmless(shown(render_profile(document), width=width), width)


def test_the_report_shows_its_profile_once() -> None:
    text = shown(render_report(report_with(shop_profile())))
    assert text.count("What users did, and were to do") == 1
    assert "What users did" not in shown(
        render_report(report_with(shop_profile()).model_copy(update={"profile": None}))
    )


def test_many_tasks_are_folded() -> None:
    text = section(shop_profile(*(f"task{i}" for i in range(30))))
    assert "14 more tasks" in text


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_are_read_back_and_follow_their_schema(name: str) -> None:
    document = DOCUMENTS[name]
    assert ProfileDocument.from_json(document.to_json()) == document
    schema = ProfileDocument.json_schema()
    assert schema["properties"]["schema"]["const"] == "slowhop.profile/1"
    Draft202012Validator(schema).validate(json.loads(document.to_json()))


def test_without_spans_that_name_their_task_no_requests_are_claimed() -> None:
    text = section(shop_profile().model_copy(update={"requests": 0, "endpoints": ()}))
    assert "requests" not in text
    assert "760" in text
