"""slowhop compare as a person types it."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from analyzer.report.compare import Comparison
from tests.cli.command import TUTORIAL, Ended, slowhop

BEGIN_NS = 1_764_000_000_000_000_000
MS = 1_000_000


def dump(path: Path, *, work_ms: float, requests: int = 60, name: str = "GET /") -> Path:
    """A dump of requests to `web`, each with a call to `api` that works so long."""
    lines = []
    for number in range(requests):
        # the times vary a bit, and not in step with each other
        api = round((work_ms + number % 7 / 10) * MS)
        web, gap = round((4 + number % 5 / 10) * MS), round((1 + number % 3 / 10) * MS)
        begin = BEGIN_NS + number * 100 * MS
        call = begin + web // 2
        serve = call + gap // 2
        spans = [
            ("web", span(number, 1, 0, name, 2, begin, begin + web + gap + api)),
            ("web", span(number, 2, 1, "call", 3, call, call + gap + api)),
            ("api", span(number, 3, 2, "work", 2, serve, serve + api)),
        ]
        lines.append({"resourceSpans": [resource(*each) for each in spans]})
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def span(
    trace: int, span_id: int, parent_id: int, name: str, kind: int, start: int, end: int
) -> dict[str, object]:
    return {
        "traceId": f"{trace + 1:032x}",
        "spanId": f"{span_id:016x}",
        "parentSpanId": f"{parent_id:016x}" if parent_id else "",
        "name": name,
        "kind": kind,
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(end),
    }


def resource(service: str, of: dict[str, object]) -> dict[str, object]:
    return {
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]},
        "scopeSpans": [{"spans": [of]}],
    }


def compared(ended: Ended) -> Comparison:
    assert ended.code == 0, ended.err
    return Comparison.from_json(ended.out)


@pytest.fixture
def dumps(tmp_path: Path) -> tuple[Path, Path]:
    return dump(tmp_path / "a.jsonl", work_ms=10), dump(tmp_path / "b.jsonl", work_ms=25)


def test_dumps_are_compared_by_their_calls(dumps: tuple[Path, Path], tmp_path: Path) -> None:
    saved = tmp_path / "saved.json"
    ended = slowhop("compare", *dumps, "--format", "json", "--json", saved)
    found = compared(ended)
    assert found.basis == "calls"
    assert (found.services[0].service, found.services[0].verdict) == ("api", "slower")
    assert found.services[0].delta_mean_ms == pytest.approx(15, abs=0.1)
    assert found.overall.exact_delta_mean_ms == pytest.approx(15, abs=0.1)
    assert saved.read_text(encoding="utf-8") == ended.out


def test_what_is_printed_is_what_the_published_schema_says(dumps: tuple[Path, Path]) -> None:
    schema = json.loads(slowhop("schema", "compare").out)
    assert schema["properties"]["schema"]["const"] == "slowhop.compare/1"
    ended = slowhop("compare", *dumps, "--format", "json")
    Draft202012Validator(schema).validate(json.loads(ended.out))


def test_terminal_and_markdown_name_the_service(dumps: tuple[Path, Path]) -> None:
    terminal = slowhop("compare", *dumps)
    assert terminal.code == 0
    assert "What got slower: api (+15" in " ".join(terminal.out.split())
    assert max(map(len, terminal.out.splitlines())) <= 80
    markdown = slowhop("compare", *dumps, "--format", "markdown")
    assert markdown.out.startswith("### slowhop: slower\n")
    assert "| `api` | **slower** |" in markdown.out


def test_sampled_runs_are_weighted_and_every_output_says_so(
    dumps: tuple[Path, Path], tmp_path: Path
) -> None:
    base = tmp_path / "sampled.jsonl"
    text = dumps[0].read_text(encoding="utf-8")
    base.write_text(text.replace('"traceId"', '"traceState": "ot=th:c", "traceId"'), "utf-8")
    found = compared(slowhop("compare", base, dumps[1], "--format", "json"))
    assert (found.base.requests, found.candidate.requests) == (240, 60)
    assert found.base.sampling is not None
    assert found.base.sampling.largest_weight == 4
    for form in ("terminal", "markdown"):
        said = " ".join(slowhop("compare", base, dumps[1], "--format", form).out.split())
        assert "base: services record only some requests: 60 of the 60" in said
    answered = slowhop("whatif", base, "--faster", "api=50%")
    assert "services record only some requests" in " ".join(answered.out.split())
    answered = slowhop("whatif", base, "--faster", "api=50%", "--format", "json")
    whatif = json.loads(answered.out)
    Draft202012Validator(json.loads(slowhop("schema", "whatif").out)).validate(whatif)
    assert (whatif["requests"], whatif["sampling"]["seen"]) == (240, 60)


def test_a_run_compared_with_itself_is_noise_and_said_to_be_the_same() -> None:
    found = compared(slowhop("compare", TUTORIAL, TUTORIAL, "--format", "json"))
    assert found.overall.verdict == "noise"
    assert found.overall.exact_delta_mean_ms == 0
    assert all(row.delta_mean_ms == 0 for row in found.services)
    assert "base and candidate are the same run" in found.warnings


def test_saved_reports_are_compared_as_far_as_they_go(
    dumps: tuple[Path, Path], tmp_path: Path
) -> None:
    reports = [tmp_path / "a.json", tmp_path / "b.json"]
    for spans, report in zip(dumps, reports, strict=True):
        assert slowhop("export", spans, "-o", report).code == 0
    for pair in (reports, [dumps[0], reports[1]], [reports[0], dumps[1]]):
        found = compared(slowhop("compare", *pair, "--format", "json"))
        assert found.basis == "reports"
        assert (found.services[0].service, found.services[0].verdict) == ("api", "slower")
        assert found.services[0].delta_mean_ms == pytest.approx(15, abs=0.1)
        assert "saved reports hold no single calls" in found.warnings[0]
        assert not found.calls


def test_a_report_of_another_version_is_refused(dumps: tuple[Path, Path], tmp_path: Path) -> None:
    old = tmp_path / "old.json"
    old.write_text('{"schema": "slowhop.report/1", "services": []}', encoding="utf-8")
    ended = slowhop("compare", dumps[0], old)
    assert ended.code == 2
    assert "old.json: not a report of version 1" in ended.complaint[0]


def test_runs_of_other_requests_are_refused(dumps: tuple[Path, Path], tmp_path: Path) -> None:
    other = dump(tmp_path / "c.jsonl", work_ms=10, name="PUT /")
    ended = slowhop("compare", dumps[0], other)
    assert ended.code == 2
    assert "no endpoint in common" in ended.complaint[0]
    assert "GET /" in ended.complaint[1]


def test_a_run_without_requests_is_too_little_data(
    dumps: tuple[Path, Path], tmp_path: Path
) -> None:
    nothing = tmp_path / "nothing"
    nothing.mkdir()
    (nothing / "run.json").write_text('{"id": "nothing"}', encoding="utf-8")
    ended = slowhop("compare", dumps[0], nothing)
    assert ended.code == 4
    assert "nothing holds no request" in ended.complaint[0]


def test_few_requests_are_warned_of(tmp_path: Path) -> None:
    few = [dump(tmp_path / f"{n}.jsonl", work_ms=10, requests=20) for n in (1, 2)]
    assert "only 20 requests" in slowhop("compare", *few).out


@pytest.mark.parametrize(
    ("arguments", "error", "hint"),
    [
        (["compare", "only-one"], "CANDIDATE", "slowhop compare --help"),
        (["compare", "nowhere", "nowhere"], "nowhere", "name a trace file"),
        (["compare", "-", "-"], "standard input", "name a file"),
        (["compare", "a", "b", "--format", "pdf"], "pdf", "slowhop compare --help"),
        (["compare", "a", "b", "--json", "no/such.json"], "no", "make it"),
        (["schema", "nix"], "nix", "slowhop schema --help"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_usage(arguments: list[str], error: str, hint: str, tmp_path: Path) -> None:
    ended = slowhop(*arguments, cwd=tmp_path)
    assert ended.code == 2
    said, to_do = ended.complaint
    assert error in said
    assert hint in to_do


def test_rows_name_traces_and_link_to_them(tmp_path: Path) -> None:
    before, after = dump(tmp_path / "a.jsonl", work_ms=10), dump(tmp_path / "b.jsonl", work_ms=30)
    saved = tmp_path / "b.json"
    exported = slowhop("export", str(after), "--format", "json", "--output", str(saved))
    assert exported.code == 0, exported.err
    page = ("--jaeger-ui", "http://ann:secret@127.0.0.1:16686/")
    for candidate in (after, saved):
        c = compared(slowhop("compare", str(before), str(candidate), "--format", "json", *page))
        assert c.base.jaeger_ui == c.candidate.jaeger_ui == "http://127.0.0.1:16686"
        slower = c.services[0]
        assert (slower.service, slower.verdict) == ("api", "slower")
        assert slower.candidate is not None
        # of 60 requests each seventh takes most, and each seventh what is in the middle
        most, *_, usual = slower.candidate.exemplars
        assert int(most, 16) - 1 in range(6, 60, 7)
        assert int(usual, 16) - 1 in range(3, 60, 7)
        shown = slowhop("compare", str(before), str(candidate), "--format", "markdown", *page)
        assert f"(http://127.0.0.1:16686/trace/{usual})" in shown.out
        assert "secret" not in shown.out
