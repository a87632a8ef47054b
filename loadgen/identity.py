"""Names of a trace: fresh W3C trace and span ids, and those a user's own header brings along."""

import random
import re
from collections.abc import Callable, Container, Iterable, Mapping

TRACEPARENT = "traceparent"
"""The header of W3C Trace Context, https://www.w3.org/TR/trace-context/#traceparent-header."""

_NAMES = (TRACEPARENT, TRACEPARENT.encode())

_PATTERN = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")

_FORBIDDEN_VERSION = "ff"
_SAMPLED = 1

_NOT_ZERO = 1 << 191 | 1 << 63
"""Neither id may be zero. These bits are not among the 56 that samplers take for random:
https://www.w3.org/TR/trace-context-2/#random-trace-id-flag."""

Headers = Mapping[str, object] | Mapping[bytes, object]
"""Headers as HTTP clients take them; a value of None switches a header off."""


class IdSource:
    """Draws ids that no other process draws: its own generator, seeded by the operating system.

    A locustfile may seed the shared `random` module to repeat its choices; ids must still differ.
    """

    def __init__(self, bits: Callable[[int], int] | None = None) -> None:
        self._bits = bits or random.Random().getrandbits

    def next(self) -> str:
        """The traceparent of a new trace with one span, which servers shall record."""
        ids = f"{self._bits(192) | _NOT_ZERO:048x}"
        return f"00-{ids[:32]}-{ids[32:]}-01"


def ids_of(traceparent: str) -> bytes:
    """Both ids in a traceparent of this module's making, the 16 bytes of the trace's first."""
    return bytes.fromhex(traceparent[3:35] + traceparent[36:52])


def trace_id_of(traceparent: str) -> bytes:
    """The 16 bytes of the trace id in a traceparent of this module's making."""
    return bytes.fromhex(traceparent[3:35])


def span_id_of(traceparent: str) -> bytes:
    """The 8 bytes of the span id in a traceparent of this module's making."""
    return bytes.fromhex(traceparent[36:52])


def is_sampled(traceparent: str) -> bool:
    """Whether it asks servers to record their spans: most do so only where it does."""
    return traceparent.endswith("1")


def has_any(headers: Iterable[str] | Iterable[bytes], names: Container[str | bytes]) -> bool:
    """Whether one of these (small) names is among the headers, in any letter case."""
    for name in headers:  # noqa: SIM110  in every request, and three times as fast as any(...)
        if name.lower() in names:
            return True
    return False


def has_traceparent(headers: Headers) -> bool:
    """Whether a request brings its own traceparent, in any letter case, or switches it off."""
    return has_any(headers, _NAMES)


def own_traceparent(headers: Headers) -> str | None:
    """A request's own traceparent, as this module writes it; None where it has no valid one."""
    for name, value in headers.items():
        if name.lower() in _NAMES:
            text = value.decode("latin-1") if isinstance(value, bytes) else value
            return parse_traceparent(text) if isinstance(text, str) else None
    return None


def parse_traceparent(text: str) -> str | None:
    """The same ids and sampling as this module writes them; None for what the standard forbids.

    Later versions may append fields: what stands first keeps its meaning.
    """
    match = _PATTERN.fullmatch(text.strip())
    if match is None or match[1] == _FORBIDDEN_VERSION or (match[1] == "00" and match[5]):
        return None
    if not int(match[2], 16) or not int(match[3], 16):
        return None
    return f"00-{match[2]}-{match[3]}-0{int(match[4], 16) & _SAMPLED}"
