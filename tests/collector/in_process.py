"""The collector's HTTP door without a socket: a request in, what was answered out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from collector.http_door import HttpDoor, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A response as the server would send it."""

    status: int
    headers: Mapping[bytes, bytes]
    body: bytes


async def ask(
    door: HttpDoor,
    parts: Iterable[bytes],
    headers: Iterable[tuple[bytes, bytes]],
    *,
    path: str = "/v1/traces",
    method: str = "POST",
) -> Answered:
    """Send one request, its body in parts."""
    waiting = [*parts] or [b""]
    last = len(waiting) - 1
    events = [
        {"type": "http.request", "body": part, "more_body": number < last}
        for number, part in enumerate(waiting)
    ]
    sent: list[Scope] = []

    async def receive() -> Scope:
        return events.pop(0) if events else {"type": "http.disconnect"}

    async def send(event: Scope) -> None:
        sent.append(event)

    scope = {"type": "http", "method": method, "path": path, "headers": [*headers]}
    await door(scope, receive, send)
    start, *rest = sent
    return Answered(
        status=start["status"],
        headers=dict(start["headers"]),
        body=b"".join(event.get("body", b"") for event in rest),
    )
