"""A backend that cannot be asked: what is said of it, and that nothing is left behind."""

import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer.errors import InputError
from analyzer.pull.address import TOKEN_VARIABLE, Address
from tests.cli.command import start
from tests.pull.backends import PAGE, Backend, FakeJaeger, FakeTempo, Reply, running
from tests.pull.pulling import Pulled, pull, replayed
from tests.pull.stored import SINCE, UNTIL, shop_traces

SECRET = "s3cret-t0ken"

HTML = Reply(body=PAGE.encode(), headers={"Content-Type": "text/html"})


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return tmp_path / "runs"


@pytest.fixture(params=["jaeger", "tempo"])
def backend(request: pytest.FixtureRequest) -> Backend:
    traces = shop_traces()
    return FakeJaeger(traces) if request.param == "jaeger" else FakeTempo(traces)


def option(backend: Backend) -> str:
    return "--jaeger" if isinstance(backend, FakeJaeger) else "--tempo"


def complaint(backend: Backend, runs: Path, *options: str, reply: Reply | None = None) -> str:
    """Error and hint of a fetch that ends at once and leaves nothing behind."""
    backend.everything = reply
    with running(backend) as url:
        pulled = pull(runs, option(backend), url, *options, env={TOKEN_VARIABLE: SECRET})
    return nothing_left(pulled)


def nothing_left(pulled: Pulled) -> str:
    assert pulled.ended.code == 2
    assert pulled.ended.out == ""
    assert not pulled.runs.exists()
    error, hint = pulled.ended.complaint
    assert SECRET not in error + hint
    return f"{error}\n{hint}"


@pytest.mark.parametrize("code", [401, 403])
def test_who_is_not_let_in_is_told_how_to_say_who_they_are(
    backend: Backend, runs: Path, code: int
) -> None:
    said = complaint(backend, runs, reply=Reply(status=code))
    assert f"does not let us in ({code})" in said
    assert TOKEN_VARIABLE in said


def test_a_token_goes_along_with_every_request(backend: Backend, runs: Path) -> None:
    with running(backend) as url:
        pulled = pull(runs, option(backend), url, env={TOKEN_VARIABLE: SECRET})
    assert pulled.ended.code == 0
    assert {asked.headers["authorization"] for asked in backend.asked} == {f"Bearer {SECRET}"}
    written = b"".join(file.read_bytes() for file in pulled.run_dir.iterdir())
    assert SECRET.encode() not in written
    assert SECRET not in pulled.ended.err + pulled.ended.out


def test_headers_go_along_with_every_request(backend: Backend, runs: Path) -> None:
    headers = ("--header", "X-Scope-OrgID: shop", "--header", "Authorization: Custom 1")
    with running(backend) as url:
        pull(runs, option(backend), url, *headers, env={TOKEN_VARIABLE: SECRET})
    sent = {(a.headers["x-scope-orgid"], a.headers["authorization"]) for a in backend.asked}
    assert sent == {("shop", "Custom 1")}


def test_a_path_that_is_missing_is_named(backend: Backend, runs: Path) -> None:
    backend.base = "/observability"
    with running(backend) as url:
        root = url.removesuffix(backend.base)
        said = nothing_left(pull(runs, option(backend), root))
    assert "a path may be missing" in said
    assert "/api/s" in said


def test_a_web_page_is_no_answer(backend: Backend, runs: Path) -> None:
    said = complaint(backend, runs, reply=HTML)
    assert "not JSON (text/html)" in said


def test_a_login_elsewhere_is_not_followed(backend: Backend, runs: Path) -> None:
    away = Reply(status=302, headers={"Location": "https://login.example/in?token=x"})
    said = complaint(backend, runs, reply=away)
    assert "sends us to https://login.example/in\n" in said


def test_what_the_backend_says_of_a_bad_question_is_shown(backend: Backend, runs: Path) -> None:
    echo = Reply(status=400, body=f"bad limit; you sent Bearer {SECRET}\n".encode())
    said = complaint(backend, runs, reply=echo)
    assert "answers 400: bad limit; you sent ***" in said


def test_nobody_there(backend: Backend, runs: Path) -> None:
    with running(backend) as url:
        pass
    said = nothing_left(pull(runs, option(backend), url))
    assert "cannot be reached" in said
    assert "Connection refused" in said


def waiting_for(event: threading.Event) -> Callable[[], None]:
    def wait() -> None:
        event.wait(120)

    return wait


def test_somebody_who_never_answers(backend: Backend, runs: Path) -> None:
    done = threading.Event()
    backend.before = waiting_for(done)
    try:
        said = complaint(backend, runs, "--timeout", "0.3")
    finally:
        done.set()
    assert "cannot be reached: it is silent for too long" in said


def test_no_such_traces(backend: Backend, runs: Path) -> None:
    said = complaint(backend, runs, "--service", "gatewya")
    assert "has no such traces" in said
    if isinstance(backend, FakeJaeger):
        assert "gateway" in said


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--jaeger", "http://a", "--tempo", "http://b"),
        ("--jaeger", "localhost:16686"),
        ("--jaeger", "ftp://localhost"),
        ("--jaeger", "http://a", "--header", SECRET),
        ("--jaeger", "http://a", "--header", f"A\nB: {SECRET}"),
        ("--jaeger", "http://a", "--ca", "/no/such/file.pem"),
        ("--jaeger", "http://a", "--query", "{}"),
        ("--tempo", "http://a", "--query", "{}", "--service", "a"),
        ("--jaeger", "http://a", "--last", "1h", "--since", SINCE),
        ("--jaeger", "http://a", "--last", "soon"),
        ("--jaeger", "http://a", "--since", "yesterday"),
        ("--jaeger", "http://a", "--since", UNTIL, "--until", SINCE),
        ("--jaeger", "http://a", "--min-duration", "long"),
    ],
)
def test_wrong_options_are_told_before_anything_is_asked(
    runs: Path, arguments: tuple[str, ...]
) -> None:
    nothing_left(pull(runs, *arguments, times=False))


def test_an_address_shows_no_password() -> None:
    address = Address.of("https://ann:s%40cret@host.example:3200/tempo/", headers=["A: b3"])
    assert address.shown == "https://host.example:3200/tempo"
    assert "cret" not in repr(address)
    assert "b3" not in repr(address)
    with pytest.raises(InputError) as wrong:
        Address.of("ann:s3cret@host")
    assert "s3cret" not in wrong.value.message + wrong.value.hint


def test_ctrl_c_keeps_what_was_fetched(backend: Backend, runs: Path, tmp_path: Path) -> None:
    asked, done = threading.Event(), threading.Event()

    def wait() -> None:
        asked.set()
        done.wait(120)

    backend.faults.extend([None, wait])
    options: list[str | Path] = [
        "--since",
        SINCE,
        "--until",
        UNTIL,
        "--page",
        "10",
        "--runs-dir",
        runs,
    ]
    with running(backend) as url:
        process = start(["pull", option(backend), url, *options, "--format", "json"], cwd=tmp_path)
        try:
            assert asked.wait(120)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=120)
        finally:
            process.kill()
            done.set()
    assert process.returncode == 5, err
    assert "interrupted" in err
    (run_dir,) = runs.iterdir()
    assert out == (run_dir / "report.json").read_text()
    assert replayed(run_dir)["completeness"]["traces"] == 10


def test_ctrl_c_before_there_is_a_trace_leaves_nothing(
    backend: Backend, runs: Path, tmp_path: Path
) -> None:
    asked, done = threading.Event(), threading.Event()

    def wait() -> None:
        asked.set()
        done.wait(120)

    backend.faults.append(wait)
    with running(backend) as url:
        arguments = ["pull", option(backend), url, "--since", SINCE, "--until", UNTIL]
        process = start([*arguments, "--runs-dir", runs], cwd=tmp_path)
        try:
            assert asked.wait(120)
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=120)
        finally:
            process.kill()
            done.set()
    assert process.returncode == 130
    assert not runs.exists()
