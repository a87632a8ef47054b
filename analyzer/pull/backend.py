"""What a backend has to be able to do."""

from collections.abc import Sequence
from typing import Protocol

from analyzer.pull.query import Window
from analyzer.pull.traces import Traces


class Backend(Protocol):
    """A backend that keeps traces, and the questions it is asked."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    @property
    def api(self) -> str:
        """Which of its APIs has answered."""
        ...

    @property
    def grain_ns(self) -> int:
        """The shortest window that is worth a search of its own."""
        ...

    @property
    def longest_ns(self) -> int | None:
        """The longest window that it searches; None for any."""
        ...

    def searches(self) -> Sequence[str]:
        """The searches that answer the query together, by what each of them looks for.

        Raises:
            SlowhopError: the backend cannot be asked.
        """
        ...

    def advice(self) -> str:
        """What to do where no trace was found; a hint."""
        ...

    def fetch(self, search: str, window: Window, traces: Traces) -> bool:
        """Add what one search finds in a window to the traces.

        Whether it found as many as it may: there may be more then, which it did not tell.

        Raises:
            SlowhopError: it gave no answer, or none that can be read. What it told before stays.
        """
        ...
