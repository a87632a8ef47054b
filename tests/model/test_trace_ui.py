"""The address of a page of traces: nothing in it acts, nothing in it is secret."""

import pytest

from analyzer.model.trace_ui import trace_url, ui_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("http://127.0.0.1:16686", "http://127.0.0.1:16686"),
        (" https://jaeger.example.com/ ", "https://jaeger.example.com"),
        ("HTTP://[::1]:16686/jaeger/ui/", "http://[::1]:16686/jaeger/ui"),
        ("http://me:secret@jaeger:16686/", "http://jaeger:16686"),
    ],
)
def test_an_address_is_kept_without_credentials(text: str, address: str) -> None:
    assert ui_address(text) == address
    assert ui_address(address) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "127.0.0.1:16686",
        "ftp://jaeger:16686",
        "javascript:alert(1)",
        "http://",
        "http://jaeger:port",
        "http://jaeger/search?service=shop",
        "http://jaeger/#top",
        "http://jaeger/a b",
        "http://jaeger/)[x](http://evil",
        "http://jaeger/\x1b]8;;http://evil\x1b\\",
        "http://jae\x07ger/",
        "http://[::1",
    ],
)
def test_what_is_no_address_of_a_page(text: str) -> None:
    assert ui_address(text) is None


def test_a_trace_has_its_page() -> None:
    assert trace_url("http://jaeger:16686", "ab" * 16) == f"http://jaeger:16686/trace/{'ab' * 16}"
