"""Trace and span ids written as text."""

import base64
import binascii

TRACE_ID_BYTES = 16
SPAN_ID_BYTES = 8

INVALID_IDS_DETAIL = "span without a usable trace id, span id or parent id: left out"
"""What is said of a span that nobody could place in a trace."""


def parse_id(text: str, size: int) -> int | None:
    """The id of `size` bytes that a text means, None if it means none.

    OTLP's JSON writes hex, in any case. Some exporters follow protobuf's JSON and write base64; the
    lengths differ (32 and 16 digits, 24 and 12 characters of which the last is `=`), so the shape
    tells.
    """
    try:
        if len(text) == 2 * size:
            raw = bytes.fromhex(text)
        elif len(text) == 4 * ((size + 2) // 3) and text.endswith("="):
            raw = base64.b64decode(text, validate=True)
        else:
            return None
    except (ValueError, binascii.Error):
        return None
    return int.from_bytes(raw, "big") if len(raw) == size else None


def parse_short_hex(text: str, size: int) -> int | None:
    """The id of at most `size` bytes that hex digits mean, None if they mean none.

    Jaeger and Zipkin write ids of 64 or 128 bits, and some of their clients as numbers, without
    the zeros in front.
    """
    if not 0 < len(text) <= 2 * size or not text.isalnum() or not text.isascii():
        return None
    try:
        return int(text, 16)
    except ValueError:
        return None
