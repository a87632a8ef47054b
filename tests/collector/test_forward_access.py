"""How targets are to let us in: what may be said, and that no secret is said again."""

from pathlib import Path

import pytest

from analyzer.errors import InputError
from collector.exposure import warnings
from collector.forward.access import HEADERS_VARIABLE, Access, Headers, without_secrets
from collector.forward.client_tls import client_context
from collector.forward.target import Target, targets
from collector.options import Options, Receiving
from tests.pki import TOKEN, Pki

JAEGER, VENDOR = "jaeger:4317", "grpcs://otel.example.com:443"
TO = targets([JAEGER, VENDOR])
ONE = targets([VENDOR])


def headers(text: str, to: tuple[Target, ...] = ONE) -> Headers:
    return Access.from_options(to, headers=text).headers_of(to[-1])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("x-token=abc", (("x-token", "abc"),)),
        ("Authorization=Bearer%20a%2Fb%3D, b = 2 ", (("authorization", "Bearer a/b="), ("b", "2"))),
        ("authorization=Bearer abc", (("authorization", "Bearer abc"),)),
        ("x-token=a=b==", (("x-token", "a=b=="),)),
        (f"{VENDOR} x-token=abc", (("x-token", "abc"),)),
        ("grpcs://otel.example.com a=1\n\n grpcs://otel.example.com b=2", (("a", "1"), ("b", "2"))),
        ("", ()),
    ],
)
def test_headers_are_written_as_exporters_take_them(text: str, found: Headers) -> None:
    assert headers(text) == found


def test_headers_are_for_one_target() -> None:
    access = Access.from_options(TO, headers=f"{VENDOR} x-token={TOKEN}")
    assert access.headers_of(TO[0]) == ()
    assert access.headers_of(TO[1]) == (("x-token", TOKEN),)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("hunter2-secret", "no target"),
        ("other:4317 a=hunter2-secret", "no target"),
        ("=hunter2-secret", "a header has a name"),
        ("a b=hunter2-secret", "no target"),
        ("a=1,hunter2-secret", "a header has a name"),
        ("a=hunter2-secret%0Ab", "cannot be sent"),
        ("a=hunter2-secret\u00e9", "cannot be sent"),
        ("a=", "cannot be sent"),
        ("content-length=5", "cannot be given"),
        ("grpc-timeout=5", "cannot be given"),
        ("x-bin=hunter2-secret", "cannot be given"),
        (VENDOR, "without a header"),
    ],
)
def test_what_is_no_header_is_refused_without_being_repeated(text: str, why: str) -> None:
    with pytest.raises(InputError, match=why) as caught:
        headers(text)
    assert "hunter2" not in caught.value.message + caught.value.hint


def test_with_several_targets_headers_say_whose_they_are() -> None:
    with pytest.raises(InputError, match="not for which target"):
        headers(f"x-token={TOKEN}", TO)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"ca": Path("ca.pem")}, "--forward-ca without a target over TLS"),
        ({"certificate": Path("c.pem"), "key": Path("c.key")}, "--forward-cert without a target"),
    ],
)
def test_certificates_are_for_targets_over_tls(given: dict[str, Path], why: str) -> None:
    with pytest.raises(InputError, match=why):
        Access.from_options(targets([JAEGER]), **given)  # type: ignore[arg-type]  # only paths


def test_options_that_lack_another_or_say_it_twice(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--forward-cert without --forward-key"):
        Access.from_options(ONE, certificate=Path("c.pem"))
    with pytest.raises(InputError, match="--forward-key without --forward-cert"):
        Access.from_options(ONE, key=Path("c.key"))
    file = tmp_path / "headers"
    with pytest.raises(InputError, match="cannot read the headers"):
        Access.from_options(ONE, headers_file=file)
    file.write_text("\n")
    with pytest.raises(InputError, match="there are no headers"):
        Access.from_options(ONE, headers_file=file)
    with pytest.raises(InputError, match="there are headers in"):
        Access.from_options(ONE, headers_file=file, headers="a=1")


def test_certificates_that_are_no_good_are_named(pki: Pki) -> None:
    for access, why in (
        (Access(ca=pki.directory / "none.pem"), "cannot read"),
        (Access(ca=pki.server.key), "holds a key and no certificate"),
        (Access(certificate=pki.client.certificate, key=pki.server.key), "does not belong"),
        (Access(certificate=pki.server.certificate, key=pki.encrypted_key()), "is encrypted"),
    ):
        with pytest.raises(InputError, match=why):
            client_context(access)


def test_a_collector_is_told_by_its_command_line_and_headers_by_its_environment(
    pki: Pki, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = Access.from_options(
        TO,
        ca=pki.authority,
        certificate=pki.client.certificate,
        key=pki.client.key,
        headers=f"{JAEGER} a=1,b=two words\n{VENDOR} authorization=Bearer {TOKEN}",
    )
    options = Options(run_dir=Path("run"), receiving=Receiving(forward=TO, forward_access=access))
    assert TOKEN not in repr(options) + " ".join(options.arguments())
    told = options.receiving.environment()
    assert set(told) == {HEADERS_VARIABLE}
    monkeypatch.setenv(HEADERS_VARIABLE, told[HEADERS_VARIABLE])
    assert Options.from_arguments(options.arguments()) == options


def test_headers_without_tls_to_other_machines_are_warned_of() -> None:
    def warned(name: str) -> tuple[str, ...]:
        to = targets([name])
        access = Access.from_options(to, headers="x-token=abcdef")
        return warnings(Receiving(forward=to, forward_access=access))

    (warning,) = warned("192.0.2.1:4317")
    assert "192.0.2.1:4317 is sent its headers without TLS" in warning
    assert "abcdef" not in warning
    assert warned("127.0.0.1:4317") == warned("grpcs://192.0.2.1:4317") == ()


def test_what_is_said_again_is_taken_out() -> None:
    sent = (("authorization", f"Bearer {TOKEN}"), ("x-scope", "shop"))
    text = f"Bearer {TOKEN}; {TOKEN}; s3cret%2Fof%2Bthe%3Drun; the shop"
    assert without_secrets(text, sent) == "***; ***; ***; the shop"
