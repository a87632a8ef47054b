"""Paths that were really asked for, as a load tool can ask for them again."""

import re
from collections.abc import Iterable
from hashlib import blake2b
from urllib.parse import quote

from analyzer.model.entry import Entry

MOST_EXAMPLES = 50
"""Paths of an endpoint that are kept: enough that a cache of the last ones does not hold all."""

LONGEST = 2_000
"""Characters of a path; longer ones are refused by many servers."""

_SAFE = "/%:@!$&'()*+,;=~-._"
_PLACEHOLDER = re.compile(r"\{[^}/]*\}|<[^>/]*>|(?<=/):\w+|\*+")

STAND_IN = "1"
"""What takes the place of a part that changes, where no request told its path."""


def examples(requests: Iterable[Entry], *, with_query: bool) -> dict[str, tuple[str, ...]]:
    """By endpoint, some of its paths: always the same ones, whatever the order of the requests.

    An endpoint whose paths nobody told has its route, with a stand-in for what changes.
    """
    seen: dict[str, dict[str, bytes]] = {}
    for entry in requests:
        mine = seen.setdefault(entry.endpoint, {})
        if path := _sendable(entry, with_query=with_query):
            if path in mine:
                continue
            mine[path] = blake2b(path.encode(), digest_size=8).digest()
            if len(mine) > 2 * MOST_EXAMPLES:
                seen[entry.endpoint] = dict(_first(mine))
    return {
        endpoint: tuple(sorted(path for path, _ in _first(mine)))
        or (_stand_in(endpoint.partition(" ")[2]),)
        for endpoint, mine in seen.items()
    }


def _first(paths: dict[str, bytes]) -> list[tuple[str, bytes]]:
    """A choice that depends on the paths alone: those with the lowest hashes."""
    return sorted(paths.items(), key=lambda item: (item[1], item[0]))[:MOST_EXAMPLES]


def _sendable(entry: Entry, *, with_query: bool) -> str:
    """The path as one line of a request may have it; empty where it is none."""
    path = entry.path
    if not path.startswith("/") or len(path) + len(entry.query) > LONGEST:
        return ""
    # two slashes at the beginning would name another host
    found = "/" + quote(path.lstrip("/"), safe=_SAFE, errors="replace")
    if with_query and entry.query:
        found += "?" + quote(entry.query, safe=_SAFE + "?[]", errors="replace")
    return found


def _stand_in(route: str) -> str:
    filled = _PLACEHOLDER.sub(STAND_IN, route)
    return "/" + quote(filled.lstrip("/"), safe=_SAFE, errors="replace")
