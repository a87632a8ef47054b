"""Texts from spans as a report may have them: reports are shared, secrets are not.

What spans say reaches people as names and as values of attributes. A name may be megabytes; a URL
may hold a password, a query a token, a connection string both.
"""

import re
from typing import Final

HIDDEN: Final = "REDACTED"

LONGEST_NAME: Final = 1_000
"""Characters of a name; names that tell things apart are far shorter, and a longer one, repeated in
every row that has it, makes a report of megabytes."""

_USER: Final = re.compile(r"(?<=://)[^\s/?#]*@")
"""User and password of a URL (RFC 3986, section 3.2.1); the last @ before the path ends them."""

_QUERY: Final = re.compile(r"(://[^\s?#]*)\?[^\s#]*")

_GIVEN: Final = re.compile(
    r"""
    \b (pass(?:word|wd|phrase)? | pwd | secret | [\w-]{0,30}token | api[_-]?key | access[_-]?key
       | signature | sig | jwt | session[_-]?id | client[_-]?secret)
    (\s*=\s*)
    (?! [?$:%@{<] )                         # a placeholder tells nothing
    (?: '[^']*' | "[^"]*" | [^\s;&,'"]+ )
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""What connection strings, queries and statements assign to names of secrets."""

_BEARER: Final = re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]{8,}", re.IGNORECASE)
"""Credentials as HTTP has them (RFC 9110, section 11.4)."""

_MARKS: Final = ("=", "://", "earer", "EARER", "asic", "ASIC")
"""Without any of these there is nothing to hide, and most texts have none."""


def without_secrets(text: str) -> str:
    """The text with what looks like a secret left out or replaced."""
    if not any(mark in text for mark in _MARKS):
        return text
    text = _GIVEN.sub(rf"\1\2{HIDDEN}", _USER.sub("", text))
    return _BEARER.sub(rf"\1 {HIDDEN}", text)


def public_name(text: str) -> str:
    """A name without secrets, and no longer than names are; both ends of a long one are kept."""
    if len(text) > LONGEST_NAME:
        half = LONGEST_NAME // 2
        text = f"{text[:half]}…{text[-half:]}"
    if "://" in text:
        text = _QUERY.sub(r"\1", text)
    return without_secrets(text)
