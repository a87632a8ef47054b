"""JSON decoded by types, from files and from wires alike."""

from typing import TypeVar

import msgspec

from analyzer.surrogates import without_halves

T = TypeVar("T")

DECODE_ERRORS = (ValueError, RecursionError)
"""What decoding raises: no JSON, other types than expected, or nested deeper than the stack."""


def decode(decoder: "msgspec.json.Decoder[T]", text: bytes | msgspec.Raw) -> T:
    """What a text says; a byte that is no UTF-8, or half a character, costs no record.

    Raises:
        ValueError: it is no JSON, or has something else where a field should be.
        RecursionError: it is nested too deep.
    """
    try:
        return decoder.decode(text)
    except UnicodeDecodeError:
        whole = without_halves(bytes(text).decode("utf-8", "replace").encode())
    except msgspec.DecodeError:
        if (whole := without_halves(bytes(text))) == bytes(text):
            raise
    return decoder.decode(whole)
