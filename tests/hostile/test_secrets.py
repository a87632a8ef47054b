"""Reports are shared: what looks like a secret is in none of them, whatever it is called."""

from pathlib import Path

import pytest

from analyzer.model.attributes import Keep, keep
from analyzer.model.naming import name_span
from analyzer.model.public_text import LONGEST_NAME, public_name, without_secrets
from analyzer.model.spans import Kind
from analyzer.report.model import Report
from tests.cli.command import slowhop
from tests.hostile.traces import Spans, lines

SECRET = "hunter2Xyz"

SAID = {
    "http.request.header.authorization": f"Bearer {SECRET}",
    "http.request.header.cookie": f"sid={SECRET}",
    "http.request.header.x-api-key": SECRET,
    "http.request.header.x-auth": SECRET,
    "user.password": SECRET,
    "access_token": SECRET,
    "api.key": SECRET,
    "aws.secret_access_key": SECRET,
    "db.connection_string": f"Server=db;Uid=sa;Pwd={SECRET};",
    "sentry.dsn": f"https://{SECRET}@sentry.test/1",
    "cache": f"redis://:{SECRET}@cache:6379/0",
    "database": f"postgresql://shop:{SECRET}@db/shop",
    "libpq": f"host=db user=shop password={SECRET} dbname=shop",
    "jdbc": f"jdbc:postgresql://db/shop?user=shop&password={SECRET}",
    "db.query.text": f"ALTER USER shop SET password = '{SECRET}'",
    "url.full": f"https://user:{SECRET}@shop.test/cart?token={SECRET}",
    "url.query": f"token={SECRET}",
    "url.path": f"/cart?token={SECRET}",
    "note": f"sent with Bearer {SECRET}",
}
"""Attributes as instrumentation and people write them."""

NAMED = (
    f"GET https://user:{SECRET}@shop.test/cart?session_id={SECRET}",
    f"https://user:{SECRET}@shop.test/cart?session_id={SECRET}",
    f"connect postgresql://shop:{SECRET}@db/shop",
    f"GET /login?password={SECRET}",
    f"AUTH password={SECRET}",
)
"""Names of spans, endpoints of locust among them."""


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of thirty requests one is slow, and says secrets; so they are what tells it apart."""
    spans = Spans(name="x")
    for number in range(600):
        slow = number % 30 == 1
        begin, takes = 1_000.0 * number, 200 + number if slow else 10 + number % 3
        told = SAID if slow else dict.fromkeys(SAID, "-")
        name = NAMED[number % len(NAMED)] if number % 4 == 0 and not slow else "GET /cart"
        root = spans.add(
            "locust", name, (begin, begin + takes + 4), trace=number + 1, kind=3, attributes=told
        )
        entry = spans.add(
            "shop", name, (begin + 1, begin + takes + 3), trace=number + 1, parent=root, kind=2,
            attributes=told,
        )  # fmt: skip
        spans.add(
            "shop", name, (begin + 2, begin + takes), trace=number + 1, parent=entry, kind=3,
            attributes=told | {"server.address": f"user:x@db/?password={SECRET}"},
        )  # fmt: skip
    path = tmp_path_factory.mktemp("secrets") / "spans.jsonl"
    path.write_bytes(b"".join(lines(spans.document())))
    return path


def test_no_report_has_a_secret(dump: Path) -> None:
    exported = slowhop("export", dump).out
    asked = (
        ("replay", dump),
        ("trace", dump),
        ("traces", dump),
        ("compare", dump, dump, "--format", "markdown"),
        ("compare", dump, dump, "--format", "json"),
        ("whatif", dump, "--faster", "shop=50%", "--format", "json"),
    )
    for text in (exported, *(slowhop(*each).out for each in asked)):
        assert text
        assert SECRET not in text
    report = Report.from_json(exported)
    assert report.tail is not None
    # without this nothing at all might be told of what slow requests say
    assert "cache" in {row.attribute for row in report.tail.attributes} | {
        each.split("=")[0].split()[-1] for row in report.tail.attributes for each in row.also
    }


@pytest.mark.parametrize(
    "key",
    [key for key in SAID if key not in ("cache", "database", "libpq", "jdbc", "note")][:10],
)
def test_attributes_of_secrets_are_not_even_kept(key: str) -> None:
    assert keep(key) is Keep.NEVER


@pytest.mark.parametrize("value", SAID.values())
def test_values_lose_their_secrets(value: str) -> None:
    if value != SECRET and not value.startswith("sid="):
        assert SECRET not in without_secrets(value)


@pytest.mark.parametrize("name", NAMED)
def test_names_lose_their_secrets(name: str) -> None:
    assert SECRET not in name_span(name, Kind.CLIENT, {}).operation


@pytest.mark.parametrize(
    "text",
    [
        "GET /products/<id>",
        "SELECT * FROM users WHERE token = ? AND password = $1 AND secret=%s",
        "basic auth",
        "https://shop.test/cart",
        "passwords of users = 3",
        "a=b&c=d",
        "tokenise=yes",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert without_secrets(text) == text


def test_a_name_of_megabytes_keeps_its_ends() -> None:
    name = public_name("head" + "x" * 5_000_000 + "tail")
    assert len(name) == LONGEST_NAME + 1
    assert name.startswith("head")
    assert name.endswith("tail")
