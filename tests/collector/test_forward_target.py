"""What may be named as a target, and what is said of the rest."""

import pytest

from analyzer.errors import InputError
from collector.forward.target import Target, check_not_own, targets
from collector.options import Options


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("127.0.0.1:4317", "127.0.0.1:4317"),
        (" jaeger:4318 ", "jaeger:4318"),
        ("[::1]:4317", "[::1]:4317"),
        ("http://127.0.0.1:4318", "http://127.0.0.1:4318"),
        ("http://collector:4318/", "http://collector:4318"),
        ("https://otel.example.com/otlp/", "https://otel.example.com:443/otlp"),
        ("HTTP://[::1]:4318/a/b", "http://[::1]:4318/a/b"),
    ],
)
def test_a_target_is_called_as_it_can_be_named_again(text: str, name: str) -> None:
    target = Target.from_text(text)
    assert str(target) == name
    assert Target.from_text(name) == target


def test_a_port_alone_does_not_decide_the_protocol() -> None:
    assert Target.from_text("127.0.0.1:4318").scheme == ""
    assert Target.from_text("http://127.0.0.1:4317").scheme == "http"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "names no host"),
        ("jaeger", "names no port"),
        ("4317", "names no port"),
        (":4317", "names no host"),
        ("jaeger:otlp", "is no address"),
        ("jaeger:0", "names no port"),
        ("jaeger:65536", "is no address"),
        ("jaeger:4317/v1", "has a path"),
        ("[::1:4317", "is no address"),
        ("ja eger:4317", "names no host"),
        ("jaeger\x1b:4317", "names no host"),
        ("grpc://jaeger:4317", "is neither"),
        ("http://", "names no host"),
        ("http://jaeger:4318?token=1", "has a path"),
        ("http://jaeger:4318/a b", "has a path"),
    ],
)
def test_what_cannot_be_a_target(text: str, why: str) -> None:
    with pytest.raises(InputError, match=why) as caught:
        Target.from_text(text)
    assert "host:port" in caught.value.hint
    assert caught.value.message.isprintable()


def test_credentials_are_not_taken_and_not_repeated() -> None:
    with pytest.raises(InputError, match="no user name") as caught:
        Target.from_text("https://me:secret@otel.example.com")
    assert "secret" not in caught.value.message + caught.value.hint


def test_a_target_that_is_named_twice_is_one() -> None:
    assert len(targets(["127.0.0.1:4317", "127.0.0.1:4317", "http://127.0.0.1:4317"])) == 2


def test_targets_stand_on_the_command_line_of_the_collector() -> None:
    arguments = ["--run-dir=run", "--forward=jaeger:4317", "--forward=http://other:4318"]
    options = Options.from_arguments(arguments)
    assert [str(target) for target in options.receiving.forward] == [
        "jaeger:4317",
        "http://other:4318",
    ]
    assert Options.from_arguments(options.arguments()) == options


def test_a_wrong_target_on_that_command_line_has_its_hint(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        Options.from_arguments(["--run-dir=run", "--forward=jaeger"])
    assert "names no port; write host:port" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "listening", "is_own"),
    [
        ("127.0.0.1:4317", "127.0.0.1", True),
        ("localhost:4317", "127.0.0.1", True),
        ("http://127.0.0.1:4317", "127.0.0.1", True),
        ("127.0.0.1:4317", "0.0.0.0", True),
        ("127.0.0.1:4319", "127.0.0.1", False),
        ("127.0.0.2:4317", "127.0.0.1", False),
        ("192.0.2.1:4317", "0.0.0.0", False),
        ("no.such.host.invalid:4317", "127.0.0.1", False),
    ],
)
def test_nobody_is_his_own_target(name: str, listening: str, *, is_own: bool) -> None:
    target = Target.from_text(name)
    if not is_own:
        check_not_own([target], [(listening, 4317)])
        return
    with pytest.raises(InputError, match="slowhop itself"):
        check_not_own([target], [(listening, 4317)])
