"""Messages between services: written down during a request, delivered after it.

The envelope on the wire is JSON: {"destination", "headers", "body"}. The headers carry the trace.
"""

import http.client
import json
import queue
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

from opentelemetry import propagate, trace
from opentelemetry.trace import SpanKind

from services.shop.calls import JsonObject

MESSAGING_SYSTEM = "outbox"
MESSAGES_PATH = "/messages"
DELIVERY_TIMEOUT_S = 2.0
DRAIN_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message as it travels."""

    destination: str
    headers: Mapping[str, str]
    body: JsonObject


class Outbox:
    """Takes messages during requests and delivers them in a thread of its own.

    Args:
        url: the service that all messages go to.
    """

    def __init__(self, url: str) -> None:
        self._address = urlsplit(url).netloc
        self._waiting: queue.Queue[Message | None] = queue.Queue()
        self._thread = threading.Thread(target=self._deliver_all, name="outbox", daemon=True)
        self._thread.start()

    def send(self, destination: str, body: JsonObject) -> None:
        """Leave a message, which costs no more than writing it down."""
        with trace.get_tracer(__name__).start_as_current_span(
            f"send {destination}", kind=SpanKind.PRODUCER, attributes=attributes(destination)
        ):
            headers: dict[str, str] = {}
            propagate.inject(headers)
            self._waiting.put(Message(destination=destination, headers=headers, body=body))

    def close(self) -> None:
        """Deliver what is waiting, but not for longer than a few seconds."""
        self._waiting.put(None)
        self._thread.join(DRAIN_TIMEOUT_S)

    def _deliver_all(self) -> None:
        while (message := self._waiting.get()) is not None:
            self._deliver(message)

    def _deliver(self, message: Message) -> None:
        # http.client is not instrumented: to the trace this is a broker, which is not seen.
        connection = http.client.HTTPConnection(self._address, timeout=DELIVERY_TIMEOUT_S)
        try:
            connection.request(
                "POST",
                MESSAGES_PATH,
                json.dumps(asdict(message)),
                {"Content-Type": "application/json"},
            )
            connection.getresponse().read()
        except OSError:
            pass  # a message to nobody is lost, as the shop promises no more than that
        finally:
            connection.close()


def attributes(destination: str) -> dict[str, str]:
    """What the spans of both ends say about a message."""
    return {
        "messaging.system": MESSAGING_SYSTEM,
        "messaging.destination.name": destination,
    }
