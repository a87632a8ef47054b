"""JSON decoded by types, from files and from wires alike."""

from typing import TypeVar

import msgspec

T = TypeVar("T")

DECODE_ERRORS = (ValueError, RecursionError)
"""What decoding raises: no JSON, other types than expected, or nested deeper than the stack."""


def decode(decoder: "msgspec.json.Decoder[T]", text: bytes | msgspec.Raw) -> T:
    """What a text says; a byte that is no UTF-8 costs a character, not the record.

    Raises:
        ValueError: it is no JSON, or has something else where a field should be.
        RecursionError: it is nested too deep.
    """
    try:
        return decoder.decode(text)
    except UnicodeDecodeError:
        return decoder.decode(bytes(text).decode("utf-8", "replace"))
