"""How much JSON may be decoded: its text says little about what it takes as Python objects."""

from typing import Final

from collector.http_body import TooLarge

MAX_VALUES: Final = 1_000_000
"""Values in one body: some 15 MB of ordinary spans, and, at up to 265 bytes for each while they are
Python objects, a quarter of a gigabyte. Text of the largest size could hold forty times as many."""

SIGNS: Final = (b",", b"{", b"[")
"""Every value follows one of these; those inside strings count too, which only errs to one side."""


def check_values(body: bytes) -> None:
    """See that a body is not too much in memory, before it is decoded.

    Raises:
        TooLarge: it has too many values.
    """
    if sum(body.count(sign) for sign in SIGNS) > MAX_VALUES:
        raise TooLarge(f"the body has over {MAX_VALUES} values, which is too much in JSON")
