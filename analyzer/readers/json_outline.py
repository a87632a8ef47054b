"""Which fields a JSON text begins with: what formats are told apart by."""

import re
from functools import lru_cache

BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_DEEPEST = 5
_MOST_TOKENS = 4_000
"""Enough to see past a first span with many attributes, few enough to take no time."""

_TOKEN = re.compile(rb'"((?:[^"\\]|\\.)*+)"(\s*+:)?|[\[\]{}]')


@lru_cache(maxsize=8)
def outline(head: bytes) -> frozenset[str]:
    """Paths of the fields in the beginning of a text, such as `data[].traceID`; none if no JSON.

    The text may be cut anywhere, and several values may follow one another.
    """
    text = head.removeprefix(BYTE_ORDER_MARK).lstrip()
    if text[:1] not in (b"{", b"["):
        return frozenset()
    found: set[str] = set()
    around: list[str] = []
    name = ""
    for count, token in enumerate(_TOKEN.finditer(text)):
        if count >= _MOST_TOKENS:
            break
        match token[0][:1]:
            case b"{":
                around.append(name)
                name = ""
            case b"[":
                around.append(f"{name}[]")
                name = ""
            case b"}" | b"]":
                if around:
                    around.pop()
                name = ""
            case _ if token[2] is not None:
                name = token[1].decode("utf-8", "replace")
                if len(around) <= _DEEPEST:
                    found.add(_joined(around, name))
    return frozenset(found)


def _joined(around: list[str], name: str) -> str:
    """Lists are marks behind what they are the value of: `data[]`, `[][]`."""
    path = ""
    for part in (*around, name):
        path += f".{part}" if path and not part.startswith("[]") and part else part
    return path
