"""Which traces are wanted."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A half-open span of time, in nanoseconds since the epoch."""

    start_ns: int
    end_ns: int

    @property
    def length_ns(self) -> int:
        """How long it is."""
        return self.end_ns - self.start_ns

    def halves(self, grain_ns: int) -> tuple[Self, Self] | None:
        """The earlier and the later half; None where they would be shorter than the grain.

        Args:
            grain_ns: the backend's times are multiples of it.
        """
        middle = (self.start_ns + self.end_ns) // 2 // grain_ns * grain_ns
        if not self.start_ns < middle < self.end_ns:
            return None
        earlier = type(self)(start_ns=self.start_ns, end_ns=middle)
        return earlier, type(self)(start_ns=middle, end_ns=self.end_ns)

    def pieces(self, longest_ns: int) -> Iterator[Self]:
        """The window in pieces no longer than that, from the earliest on."""
        for start_ns in range(self.start_ns, self.end_ns, longest_ns):
            end_ns = min(start_ns + longest_ns, self.end_ns)
            yield type(self)(start_ns=start_ns, end_ns=end_ns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What to ask a backend for.

    Attributes:
        window: when the traces ran.
        services: those that have a span of one of these services; of any if empty.
        operation: the name that such a span must have.
        min_duration_ns: how long such a span must have taken.
        traceql: the whole question in Tempo's language, in place of all but the window.
        limit: at most this many traces.
        page: how many traces are asked for at once.
    """

    window: Window
    services: tuple[str, ...] = ()
    operation: str | None = None
    min_duration_ns: int | None = None
    traceql: str | None = None
    limit: int
    page: int
