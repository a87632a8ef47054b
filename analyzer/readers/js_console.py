"""What JavaScript's ConsoleSpanExporter prints: no JSON, and shortened, so it is refused."""

import re

WHAT_IT_IS = "printed by JavaScript's ConsoleSpanExporter, which leaves out what is nested deep"

WAY_OUT = (
    "let the program export OTLP instead: OTEL_TRACES_EXPORTER=otlp, received by: slowhop record"
)

_SIGNS = (
    re.compile(rb"^\s*traceId: '[0-9a-f]{32}',?\s*$", re.MULTILINE),
    re.compile(rb"^\s*(?:instrumentationScope|timestamp|duration|kind): ", re.MULTILINE),
)
"""Names without quotes, text in single ones."""


def recognizes(head: bytes) -> bool:
    """Whether a file that begins with these bytes is such a print."""
    return all(sign.search(head) for sign in _SIGNS)
