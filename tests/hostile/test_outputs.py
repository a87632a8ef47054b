"""Hostile names do no harm in anything that is shown or written."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import jsonschema
import pytest
from rich.console import RenderableType

from analyzer.model.issue import Issues
from analyzer.model.run import Capture
from analyzer.model.spans import trace_id_hex
from analyzer.pipeline.analyze import RunName, analyze
from analyzer.pipeline.compare import Recorded, compare_runs
from analyzer.pipeline.contributions import contributions, learn_and_attribute, prepare
from analyzer.pipeline.one_trace import find_trace, look_at, waterfall
from analyzer.pipeline.search import Query, search
from analyzer.pipeline.whatif import Wish, Wishes, what_if
from analyzer.readers.read import read
from analyzer.readers.read_requests import read_requests
from analyzer.repair.steps import RepairOptions
from analyzer.report.compare import Comparison
from analyzer.report.model import Report
from analyzer.report.whatif import WhatIf
from analyzer.reporters.compare_markdown import MarkdownComparison
from analyzer.reporters.terminal.compare import render_comparison
from analyzer.reporters.terminal.live import LiveState, Phase, progress_line, render_live
from analyzer.reporters.terminal.report import FollowUp, render_report
from analyzer.reporters.terminal.summaries import render_summaries
from analyzer.reporters.terminal.waterfall import render_waterfall
from analyzer.reporters.terminal.whatif import render_whatif
from analyzer.writers.registry import writer_for
from tests.hostile.harmless import (
    assert_fit_for_a_terminal,
    assert_fit_for_markdown,
)
from tests.hostile.names import NAMES, SURROGATES
from tests.hostile.traces import write_run
from tests.reporters.screen import shown, shown_in_colour

WIDTHS = (40, 100)

LONGEST_SENTENCE = 8_000
"""Characters of a sentence in a JSON report: names in it are at most a thousand each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysed:
    """All that can be made of a run whose names are hostile, its own included."""

    name: str
    dump: Path
    capture: Capture
    report: Report
    comparison: Comparison
    answer: WhatIf


@pytest.fixture(scope="module", params=sorted(NAMES))
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Analysed:
    name = NAMES[request.param]
    place = tmp_path_factory.mktemp("hostile")
    dump = write_run(place / "base.jsonl", name)
    capture = read([dump])
    slower = read([write_run(place / "slower.jsonl", name, slower=3.0)])
    return Analysed(
        name=name,
        dump=dump,
        capture=capture,
        report=analyze(capture, name=RunName(id=name, command="replay")),
        comparison=compare_runs(
            Recorded(name=name, capture=capture), Recorded(name=name, capture=slower)
        ),
        answer=what_if(
            capture,
            Wishes(times=(Wish(target="ledger", slower=True, factor=2.0),)),
            run_id=name,
        ),
    )


def one_request(run: Analysed) -> RenderableType:
    prepared = prepare(run.capture.spans, RepairOptions())
    _, learned = learn_and_attribute(prepared)
    found = find_trace(prepared, trace_id_hex(0, 1))
    return render_waterfall(waterfall(look_at(prepared, found, learned)))


def requests(run: Analysed) -> RenderableType:
    found = contributions(run.capture.spans, RepairOptions())
    return render_summaries(search(found, Query(), limit=20))


def live_state(run: Analysed) -> LiveState:
    return LiveState(
        run_name=run.name,
        phase=Phase.RUNNING,
        elapsed_s=3.0,
        spans=9,
        report=run.report,
        advice=(run.name,),
    )


def final_report(run: Analysed) -> RenderableType:
    follow_up = FollowUp(purpose="again", command=f"slowhop replay {run.name}")
    return render_report(run.report, saved=run.name, follow_ups=[follow_up], advice=(run.name,))


VIEWS: Mapping[str, Callable[[Analysed], RenderableType]] = {
    "report": final_report,
    "live view": lambda run: render_live(live_state(run)),
    "live view, no spans": lambda run: render_live(
        LiveState(run_name=run.name, phase=Phase.RUNNING, elapsed_s=9.0, advice=(run.name,))
    ),
    "waterfall": one_request,
    "requests": requests,
    "comparison": lambda run: render_comparison(run.comparison),
    "what if": lambda run: render_whatif(run.answer),
}


@pytest.mark.parametrize("view", sorted(VIEWS))
def test_what_a_terminal_is_sent(view: str, run: Analysed) -> None:
    renderable = VIEWS[view](run)
    for width in WIDTHS:
        plain = shown(renderable, width, height=60)
        assert plain.strip()
        assert_fit_for_a_terminal(plain, width=width)
        coloured = shown_in_colour(renderable, width)
        assert_fit_for_a_terminal(coloured, width=width, colours=True)


def test_lines_of_progress(run: Analysed) -> None:
    line = progress_line(live_state(run))
    assert "\n" not in line
    assert_fit_for_a_terminal(line, width=250)


def test_json_reads_back_as_what_it_was(run: Analysed) -> None:
    text = run.report.to_json()
    jsonschema.validate(json.loads(text), Report.json_schema())
    assert Report.from_json(text) == run.report
    assert Comparison.from_json(run.comparison.to_json()) == run.comparison
    assert WhatIf.model_validate_json(run.answer.to_json()) == run.answer


def test_no_sentence_and_no_report_is_as_long_as_the_name(run: Analysed) -> None:
    said = [f"{finding.message} {finding.advice}" for finding in run.report.findings]
    for sentence in (*said, *run.report.warnings, *run.comparison.warnings):
        assert len(sentence) < LONGEST_SENTENCE
    if len(run.name) > LONGEST_SENTENCE:
        longest = max(len(row.service) for row in run.report.services)
        assert longest < LONGEST_SENTENCE


def test_markdown_is_what_it_would_be_with_tame_names(run: Analysed) -> None:
    assert_fit_for_markdown(MarkdownComparison().render(run.comparison))


@pytest.mark.parametrize("to", ["jaeger", "otlp-json", "otlp-proto", "parquet"])
def test_what_is_converted_keeps_its_names(to: str, run: Analysed, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with out.open("wb") as file:
        written = writer_for(to).write(read_requests([run.dump], Issues()), file)
    assert written == len(run.capture.spans)
    if to in ("jaeger", "otlp-json"):
        text = out.read_text(encoding="utf-8")
        for document in text.rstrip("\n").split("\n") if to == "otlp-json" else [text]:
            json.loads(document)
    issues = Issues()
    assert names_in(out, issues) == names_in(run.dump, issues)
    assert not list(issues)
    if run.name not in (NAMES[kind] for kind in SURROGATES):
        assert run.name in names_in(out, issues)


def names_in(path: Path, issues: Issues) -> set[str]:
    """Names of spans, and values of attributes."""
    return {
        text
        for request in read_requests([path], issues)
        for resource_spans in request.resource_spans
        for scope_spans in resource_spans.scope_spans
        for span in scope_spans.spans
        for text in (span.name, *(pair.value.string_value for pair in span.attributes))
    }
