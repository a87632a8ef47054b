"""The three signals of OTLP, and the most that one request may carry."""

from enum import Enum
from typing import Final

MAX_MESSAGE_BYTES: Final = 64 * 1024 * 1024
"""The largest request, after decompression: 18 times a batch of 8192 ordinary spans."""


class Signal(Enum):
    """What a request carries; the value is its name in `collector.json`."""

    TRACES = "traces"
    METRICS = "metrics"
    LOGS = "logs"
