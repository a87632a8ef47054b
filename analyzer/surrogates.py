"""Halves of characters in JSON: one of them must not cost everything it came with.

A character beyond U+FFFF is two escapes in JSON. Programs that cut texts to a length, counted as
JavaScript counts, cut such pairs apart and write the half that is left; decoders refuse all of it.
"""

import re

_ESCAPE = re.compile(
    rb"""
      \\\\                                                  # a backslash, not an escape's beginning
    | \\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}         # both halves
    | (\\u[dD][89a-fA-F][0-9a-fA-F]{2})                                  # one alone
    """,
    re.VERBOSE,
)


def without_halves(text: bytes) -> bytes:
    r"""The JSON with `\ufffd` for every half of a character (Unicode, section 3.9: U+FFFD)."""
    return _ESCAPE.sub(lambda found: rb"\ufffd" if found[1] else found[0], text)
