"""The run's id as W3C Baggage, so that services that copy baggage onto their spans name the run.

Source: https://www.w3.org/TR/baggage/.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from loadgen.identity import Headers

BAGGAGE = "baggage"
RUN_ID = "slowhop.run.id"

LONGEST = 8192
"""Bytes of a header that everybody has to pass on; what is longer, some may drop as a whole."""

_NAMES = (BAGGAGE, BAGGAGE.encode())


class RunBaggage:
    """Adds the run to the baggage that a request brings along.

    Args:
        run_id: the run's id.
    """

    def __init__(self, run_id: str) -> None:
        self._entry = f"{RUN_ID}={quote(run_id, safe='')}"

    def added(self, headers: Headers, session_headers: Mapping[str, object]) -> dict[Any, Any]:
        """The request's headers with the run in its baggage.

        Baggage of the request stands in for that of its session, as its header would. A request
        that switches baggage off, or names a run itself, keeps what it says.
        """
        own: Mapping[Any, object] = headers
        for name, value in own.items():
            if name.lower() in _NAMES:
                return {**own, name: self._joined(value) if value is not None else None}
        if BAGGAGE in session_headers:
            return {**own, BAGGAGE: self._joined(session_headers[BAGGAGE])}
        return {**own, BAGGAGE: self._entry}

    def _joined(self, value: object) -> object:
        text = value.decode("latin-1") if isinstance(value, bytes) else value
        if not isinstance(text, str) or not text.strip():
            return self._entry
        if f"{RUN_ID}=" in text or len(text) + len(self._entry) >= LONGEST:
            return value
        return f"{text},{self._entry}"
