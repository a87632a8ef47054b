"""Trace ids are links where the terminal knows links, and addresses stand in plain text once."""

import re

from analyzer.report.compare import Comparison
from analyzer.report.model import Report
from analyzer.reporters.compare_markdown import MarkdownComparison
from analyzer.reporters.terminal.compare import render_comparison
from analyzer.reporters.terminal.report import render_report
from analyzer.reporters.terminal.summaries import render_summaries
from tests.reporters.builders import full_report
from tests.reporters.comparisons import slower_run
from tests.reporters.screen import shown, shown_in_colour
from tests.reporters.waterfalls import summaries

UI = "http://127.0.0.1:16686"
LINK = re.compile(r"\x1b\]8;id=\d+;([^\x1b]*)\x1b\\(.*?)\x1b\]8;;\x1b\\", re.DOTALL)
COLOURS = re.compile(r"\x1b\[[\d;]*m")


def linked() -> Report:
    report = full_report()
    exemplars = tuple(
        each.model_copy(update={"url": f"{UI}/trace/{each.trace_id}"}) for each in report.exemplars
    )
    run = report.run.model_copy(update={"jaeger_ui": UI})
    return report.model_copy(update={"run": run, "exemplars": exemplars})


def links(text: str) -> list[tuple[str, str]]:
    """(address, what it stands under) of each link."""
    return [(url, COLOURS.sub("", under)) for url, under in LINK.findall(text)]


def test_exemplars_and_findings_link_to_their_traces() -> None:
    report = linked()
    found = links(shown_in_colour(render_report(report), 100))
    for exemplar in report.exemplars:
        assert (exemplar.url, exemplar.trace_id) in found
    (told,) = {finding.exemplars[0] for finding in report.findings if finding.exemplars}
    assert (f"{UI}/trace/{told}", f"trace {told}") in found


def test_one_address_is_there_to_be_copied() -> None:
    report = linked()
    text = shown(render_report(report), 100)
    assert "\x1b" not in text
    assert f"open one: {report.exemplars[-1].url}" in text


def test_without_a_page_there_is_no_link() -> None:
    text = shown_in_colour(render_report(full_report()), 100)
    assert links(text) == []
    assert "open one" not in text


def test_found_requests_link_to_their_traces_under_shortened_ids() -> None:
    found = summaries()
    for width in (60, 160):
        shown_links = links(shown_in_colour(render_summaries(found, jaeger_ui=UI), width))
        assert [url for url, _ in shown_links] == [f"{UI}/trace/{s.trace_id}" for s in found]
        assert all(
            s.trace_id.startswith(id_) for s, (_, id_) in zip(found, shown_links, strict=True)
        )


MOST, USUAL = "a" * 32, "b" * 32


def linked_comparison() -> Comparison:
    """Where the candidate's Jaeger is known, and what it has of the row that ranks first."""
    c = slower_run()
    first, *others = c.services
    assert first.candidate is not None
    figures = first.candidate.model_copy(update={"exemplars": (MOST, USUAL)})
    update = {"jaeger_ui": UI}
    return c.model_copy(
        update={
            "candidate": c.candidate.model_copy(update=update),
            "services": (first.model_copy(update={"candidate": figures}), *others),
        }
    )


def test_what_got_slower_links_to_a_usual_request_of_the_candidate() -> None:
    c = linked_comparison()
    page = f"{UI}/trace/{USUAL}"
    assert links(shown_in_colour(render_comparison(c), 100)) == [(page, "slower")]
    text = shown(render_comparison(c), 100)
    assert f"open one: {page}" in text
    markdown = MarkdownComparison().render(c)
    assert markdown.count(f" [trace]({page}) |") == 1


def test_noise_and_runs_without_a_page_have_no_link() -> None:
    c = linked_comparison()
    noise = [row.model_copy(update={"verdict": "noise"}) for row in c.services]
    nowhere = c.candidate.model_copy(update={"jaeger_ui": None})
    for other in (
        c.model_copy(update={"services": tuple(noise)}),
        c.model_copy(update={"candidate": nowhere}),
    ):
        assert links(shown_in_colour(render_comparison(other), 100)) == []
        assert "/trace/" not in MarkdownComparison().render(other)
