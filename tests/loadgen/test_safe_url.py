import pytest

from loadgen.safe_url import PublicUrl


@pytest.mark.parametrize(
    ("text", "full", "address", "port"),
    [
        ("http://shop:8000/cart?a=1", "http://shop:8000/cart?a=1", "shop", 8000),
        ("https://shop/", "https://shop/", "shop", 443),
        ("http://me:pw@shop/a@b", "http://shop/a@b", "shop", 80),
        ("http://me:p@w@[::1]:80/", "http://[::1]:80/", "::1", 80),
        ("https://s/?SIG=abc&x=1#f", "https://s/?SIG=REDACTED&x=1#f", "s", 443),
        ("https://s/?X-Goog-Signature=abc", "https://s/?X-Goog-Signature=REDACTED", "s", 443),
        ("https://s/?design=1", "https://s/?design=1", "s", 443),
        ("/only/a/path", "/only/a/path", "", None),
        ("http://me:pw@shop:99999/x", "shop:99999/x", "", None),
        ("", "", "", None),
    ],
)
def test_a_url_is_shown_without_its_secrets(
    text: str, full: str, address: str, port: int | None
) -> None:
    assert PublicUrl.from_text(text) == PublicUrl(full=full, address=address, port=port)
