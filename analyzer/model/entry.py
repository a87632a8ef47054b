"""Requests as they came in from outside: what a profile is derived from."""

from dataclasses import dataclass
from typing import Final

SESSION_KEYS: Final = (
    "session.id",
    "enduser.id",
    "enduser.pseudo.id",
    "user.id",
    "client.address + user_agent.original",
)
"""What may tell whose request it is, the most exact first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A request that no traced service made.

    Attributes:
        order: its trace and span id, which no other has.
        method: in capitals.
        route: what was asked for, without what changes from request to request.
        path: what was really asked for, without its query; empty where it is not told.
        query: without its question mark; empty where there is none.
        who: what tells whose it is, in the order of `SESSION_KEYS`; empty where it is not told.
    """

    order: bytes
    start_ns: int
    end_ns: int
    method: str
    route: str
    path: str = ""
    query: str = ""
    failed: bool = False
    who: tuple[str, ...] = ("",) * len(SESSION_KEYS)

    @property
    def endpoint(self) -> str:
        """Method and route."""
        return f"{self.method} {self.route}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """All entry requests of some traces; `not_http` counts those of other protocols."""

    requests: tuple[Entry, ...]
    not_http: int = 0
