"""Names of a trace: fresh W3C trace and span ids, and those a user's own header brings along."""

import random
import re
from collections.abc import Mapping
from typing import NamedTuple

TRACEPARENT = "traceparent"
"""The header of W3C Trace Context, https://www.w3.org/TR/trace-context/#traceparent-header."""

_NAMES = (TRACEPARENT, TRACEPARENT.encode())

_PATTERN = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")

_FORBIDDEN_VERSION = "ff"
_SAMPLED = 1


Headers = Mapping[str, object] | Mapping[bytes, object]
"""Headers as HTTP clients take them; a value of None switches a header off."""


class SpanIdentity(NamedTuple):
    """Which span a request is: the numbers its server will name as parent.

    `sampled` is what its flags ask of servers: most record their spans only where it is set.
    """

    trace_id: int
    span_id: int
    sampled: bool = True

    def header(self) -> str:
        """The traceparent value that makes the server's span a child of this one."""
        return f"00-{self.trace_id:032x}-{self.span_id:016x}-{int(self.sampled):02x}"


class IdSource:
    """Draws ids that no other process draws: its own generator, seeded by the operating system.

    A locustfile may seed the shared `random` module to repeat its choices; ids must still differ.
    """

    def __init__(self) -> None:
        self._bits = random.Random().getrandbits

    def next(self) -> SpanIdentity:
        """A new trace with one span. Neither id is zero, which the standard forbids."""
        return SpanIdentity(self._bits(128) or 1, self._bits(64) or 1)


def has_traceparent(headers: Headers) -> bool:
    """Whether a request brings its own traceparent, in any letter case, or switches it off."""
    for name in headers:  # noqa: SIM110  in every request, and three times as fast as any(...)
        if name.lower() in _NAMES:
            return True
    return False


def own_traceparent(headers: Headers) -> SpanIdentity | None:
    """The ids in a request's own traceparent; None where it has none that is valid."""
    for name, value in headers.items():
        if name.lower() in _NAMES:
            text = value.decode("latin-1") if isinstance(value, bytes) else value
            return parse_traceparent(text) if isinstance(text, str) else None
    return None


def parse_traceparent(text: str) -> SpanIdentity | None:
    """The ids in a traceparent value; None where the standard calls it invalid.

    Later versions may append fields: what stands first keeps its meaning.
    """
    match = _PATTERN.fullmatch(text.strip())
    if match is None or match[1] == _FORBIDDEN_VERSION or (match[1] == "00" and match[5]):
        return None
    sampled = bool(int(match[4], 16) & _SAMPLED)
    identity = SpanIdentity(int(match[2], 16), int(match[3], 16), sampled)
    return identity if identity.trace_id and identity.span_id else None
