"""Traces fetched from a backend are those it has, each once; their report is that of a replay."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.collector.otlp import stored
from tests.pull.backends import BROKEN, BUSY, CUT, Backend, FakeJaeger, FakeTempo, Reply, running
from tests.pull.pulling import pull, replayed
from tests.pull.stored import StoredTrace, dump, shop_traces

BACKENDS: dict[str, Callable[[list[StoredTrace]], Backend]] = {
    "jaeger v3": lambda traces: FakeJaeger(traces, apis=("v3",)),
    "jaeger v3 without an envelope": lambda traces: FakeJaeger(
        traces, apis=("v3 without an envelope",)
    ),
    "jaeger v1": lambda traces: FakeJaeger(traces, apis=("v1",)),
    "jaeger v1 and a web page": lambda traces: FakeJaeger(traces, apis=("v1",), web_page=True),
    "jaeger under a path": lambda traces: FakeJaeger(traces, base="/jaeger"),
    "tempo v2": FakeTempo,
    "tempo v1": lambda traces: FakeTempo(traces, versions=(1,)),
    "tempo v2 in JSON": lambda traces: FakeTempo(traces, protobuf=False),
    "tempo v1 in JSON": lambda traces: FakeTempo(traces, versions=(1,), protobuf=False),
    "tempo under a path": lambda traces: FakeTempo(traces, base="/tempo"),
}
ONE_OF_EACH = ("jaeger v3", "jaeger v1", "tempo v2")


@pytest.fixture
def traces() -> list[StoredTrace]:
    return shop_traces()


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return tmp_path / "runs"


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def backend(name: str, traces: list[StoredTrace]) -> Backend:
    return BACKENDS[name](traces)


@pytest.fixture
def source(name: str, backend: Backend) -> Iterator[tuple[str, str]]:
    """The option that names the backend while it runs, and its value."""
    with running(backend) as url:
        yield f"--{name.split(maxsplit=1)[0]}", url


every_backend = pytest.mark.parametrize("name", BACKENDS, indirect=True)
one_of_each = pytest.mark.parametrize("name", ONE_OF_EACH, indirect=True)


def ids(traces: list[StoredTrace]) -> list[str]:
    return sorted(trace.trace_id for trace in traces)


@every_backend
def test_the_report_is_that_of_the_same_traces_replayed(
    name: str, source: tuple[str, str], traces: list[StoredTrace], runs: Path, tmp_path: Path
) -> None:
    pulled = pull(runs, *source)
    assert pulled.ended.code == 0, pulled.ended.err
    original = replayed(dump(traces, tmp_path / "original.jsonl"))
    assert pulled.report == original == replayed(pulled.run_dir)
    assert (pulled.run_dir / "report.json").read_text() == pulled.ended.out
    assert f"{len(traces)} traces, 320 spans from {source[1]}" in pulled.ended.err


@every_backend
def test_full_pages_are_searched_again_in_halves(
    name: str, source: tuple[str, str], backend: Backend, traces: list[StoredTrace], runs: Path
) -> None:
    pulled = pull(runs, *source, "--page", "7", "--service", "gateway")
    assert pulled.ended.code == 0, pulled.ended.err
    assert pulled.trace_ids() == ids(traces)
    assert len(stored(pulled.run_dir)) == 320
    assert pulled.report["completeness"]["duplicates"] == 0
    assert len(traces) / 7 < len(backend.searches) < len(traces)
    asked = {key: value for key, value in backend.searches[0].query.items() if value == "7"}
    assert asked


@one_of_each
def test_what_breaks_once_is_asked_for_again(
    name: str, source: tuple[str, str], backend: Backend, traces: list[StoredTrace], runs: Path
) -> None:
    backend.faults.extend([BUSY, None, CUT, BROKEN, BUSY, None])
    pulled = pull(runs, *source, "--page", "15")
    assert pulled.ended.code == 0, pulled.ended.err
    assert not backend.faults
    assert pulled.trace_ids() == ids(traces)
    assert len(stored(pulled.run_dir)) == 320


@one_of_each
def test_what_breaks_for_good_leaves_what_came_before(
    name: str, source: tuple[str, str], backend: Backend, traces: list[StoredTrace], runs: Path
) -> None:
    trouble = Reply(status=500, body=b"disk\x1b[1m on fire", headers={"Retry-After": "0"})
    backend.faults.extend([None, *[trouble] * 50])
    pulled = pull(runs, *source, "--page", "10")
    assert pulled.ended.code == 5
    assert "before its time" in pulled.ended.err
    assert "500: disk?[1m on fire" in pulled.ended.err
    assert len(pulled.trace_ids()) == 10
    assert pulled.report == replayed(pulled.run_dir)
    assert "on fire" in pulled.run["pull"]["stopped"]


@one_of_each
def test_the_limit_keeps_the_latest(
    name: str, source: tuple[str, str], traces: list[StoredTrace], runs: Path
) -> None:
    pulled = pull(runs, *source, "--limit", "12", "--page", "5", "--service", "gateway")
    assert pulled.ended.code == 0, pulled.ended.err
    assert "more than the --limit of 12 traces" in pulled.ended.err
    assert pulled.trace_ids() == ids(traces[-12:])
    assert pulled.run["pull"]["limited"] is True


@one_of_each
def test_a_limit_that_is_just_reached_leaves_nothing_out(
    name: str, source: tuple[str, str], traces: list[StoredTrace], runs: Path
) -> None:
    pulled = pull(runs, *source, "--limit", "40", "--service", "gateway")
    assert pulled.run["pull"]["limited"] is False
    assert pulled.trace_ids() == ids(traces)


@one_of_each
@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        (("--service", "payment"), {"service": "payment"}),
        (
            ("--service", "payment", "--operation", "POST /payments", "--min-duration", "100ms"),
            {"service": "payment", "operation": "POST /payments", "min_duration_ns": 100_000_000},
        ),
    ],
    ids=["service", "all"],
)
def test_only_what_is_asked_for_is_fetched(
    name: str,
    source: tuple[str, str],
    traces: list[StoredTrace],
    runs: Path,
    options: tuple[str, ...],
    wanted: dict[str, Any],
) -> None:
    expected = [t for t in traces if t.is_found(since_ns=0, until_ns=1 << 62, **wanted)]
    assert 0 < len(expected) < len(traces)
    pulled = pull(runs, *source, *options)
    assert pulled.trace_ids() == ids(expected)


@one_of_each
def test_services_may_be_several(
    name: str, source: tuple[str, str], traces: list[StoredTrace], runs: Path
) -> None:
    services = ("payment", "inventory")
    owned = [t for t in traces if any(owner in services for owner, _ in t.spans())]
    assert 0 < len(owned) < len(traces)
    pulled = pull(runs, *source, "--service", services[0], "--service", services[1])
    assert pulled.trace_ids() == ids(owned)
    assert pulled.run["pull"]["services"] == list(services)


@one_of_each
def test_the_window_is_kept(
    name: str, source: tuple[str, str], traces: list[StoredTrace], runs: Path
) -> None:
    window = ("--until", "2025-06-15T15:16:40Z", "--last", "10m")  # 600 s after the first trace
    pulled = pull(runs, *source, *window, times=False)
    assert pulled.ended.code == 0, pulled.ended.err
    assert pulled.trace_ids() == ids(traces[:11])
    begun = int(next(span for _, span in traces[0].spans())["startTimeUnixNano"])
    assert pulled.run["started_at_ns"] == begun


@one_of_each
def test_what_began_at_one_time_and_fits_no_page_is_told(name: str, runs: Path) -> None:
    backend = BACKENDS[name](shop_traces(apart_ns=0))
    with running(backend) as url:
        pulled = pull(runs, f"--{name.split(maxsplit=1)[0]}", url, "--page", "5")
    assert pulled.ended.code == 5
    assert "a larger --page" in pulled.ended.err


@one_of_each
def test_run_json_says_what_was_asked_and_where(
    name: str, source: tuple[str, str], runs: Path
) -> None:
    option, url = source
    secret = url.replace("//", "//ann:s3cret@")
    header = ("--header", "X-Scope-OrgID: t3nant")
    pulled = pull(runs, option, secret, *header, "--service", "gateway", "--name", "nightly")
    assert pulled.ended.code == 0, pulled.ended.err
    assert pulled.run_dir.name.endswith("-nightly")
    assert pulled.run["command"] == "pull"
    told = pulled.run["pull"]
    assert (told["backend"], told["url"]) == (option.removeprefix("--"), url)
    assert (told["services"], told["traces"], told["spans"]) == (["gateway"], 40, 320)
    assert (told["stopped"], told["limited"]) == (None, False)
    for file in pulled.run_dir.iterdir():
        assert b"s3cret" not in file.read_bytes()
        assert b"t3nant" not in file.read_bytes()


@one_of_each
def test_only_fetching_prints_the_run_directory(
    name: str, source: tuple[str, str], runs: Path
) -> None:
    pulled = pull(runs, *source, "--no-report")
    assert pulled.ended.code == 0
    assert pulled.ended.out == f"{pulled.run_dir}\n"
    assert sorted(file.name for file in pulled.run_dir.iterdir()) == ["run.json", "spans.otlp"]
    assert replayed(pulled.run_dir)["services"]


def test_jaegers_own_traces_are_left_out_unless_asked_for(
    traces: list[StoredTrace], runs: Path
) -> None:
    backend = FakeJaeger(traces)
    with running(backend) as url:
        assert pull(runs, "--jaeger", url).ended.code == 0
    assert "jaeger-query" not in {a.query["query.service_name"] for a in backend.searches}


def test_one_trace_of_tempos_may_be_gone_or_be_told_in_part(
    traces: list[StoredTrace], runs: Path
) -> None:
    backend = FakeTempo(traces)
    backend.gone, backend.partial = {traces[3].trace_id}, {traces[4].trace_id, traces[5].trace_id}
    with running(backend) as url:
        pulled = pull(runs, "--tempo", url)
    assert pulled.ended.code == 5
    assert "1 traces were found and could not be fetched" in pulled.ended.err
    assert "2 traces are there in part only" in pulled.ended.err
    assert pulled.trace_ids() == ids([*traces[:3], *traces[4:]])


def test_a_query_of_ones_own_goes_to_tempo_as_it_is(traces: list[StoredTrace], runs: Path) -> None:
    backend = FakeTempo(traces)
    query = '{ name = "POST /payments" }'
    with running(backend) as url:
        pulled = pull(runs, "--tempo", url, "--query", query)
        assert pulled.ended.code == 0, pulled.ended.err
        wrong = pull(runs / "wrong", "--tempo", url, "--query", "{ nonsense")
    assert {asked.query["q"] for asked in backend.searches} == {query, "{ nonsense"}
    assert pulled.run["pull"]["query"] == query
    assert 0 < len(pulled.trace_ids()) < len(traces)
    message, _ = wrong.ended.complaint
    assert "parse error at line 1" in message


def test_a_bad_span_costs_no_other(traces: list[StoredTrace], runs: Path) -> None:
    spans = [span for trace in traces for _, span in trace.spans()]
    spans[1]["kind"] = {"no": "kind"}
    with running(FakeJaeger(traces, apis=("v3",))) as url:
        pulled = pull(runs, "--jaeger", url)
    assert pulled.ended.code == 5
    assert "undecodable_record, first http://" in pulled.ended.err
    assert len(stored(pulled.run_dir)) == len(spans) - 1
