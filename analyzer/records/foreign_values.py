"""What OTLP has fields for and other tracing systems write as tags, and their microseconds.

Source: OpenTelemetry specification, "OpenTelemetry to Jaeger/Zipkin Transformation"; OpenTracing's
semantic conventions for what was written before.
"""

from msgspec import Struct

from analyzer.model.spans import Kind, Status
from analyzer.records.record import NO_SCOPE, Scope, Value

NS_PER_US = 1_000

KINDS = {kind.name.lower(): kind for kind in Kind}
STATUSES = {status.name.lower(): status for status in Status}

_MOST_US = 1 << 62
"""No clock shows more."""

_SAYS_NO = frozenset(("", "false", "0"))

_TODAY = (
    ("db.type", "db.system"),
    ("peer.hostname", "net.peer.name"),
    ("peer.port", "net.peer.port"),
)
"""What OpenTracing called what OpenTelemetry calls otherwise; only what names are made from."""


_FIELDS = frozenset(
    (
        *("span.kind", "otel.status_code", "otel.status_description", "w3c.tracestate"),
        *("otel.scope.name", "otel.scope.version", "otel.library.name", "otel.library.version"),
    )
)
"""Tags for which OTLP has fields."""

_OLD = frozenset(("error", *(old for old, _ in _TODAY)))


class Told(Struct, frozen=True, kw_only=True, gc=False):
    """What the tags of a span said that is no attribute."""

    kind: int = Kind.UNSPECIFIED
    status: int = Status.UNSET
    status_message: str = ""
    scope: Scope = NO_SCOPE
    trace_state: str = ""


def take_told(tags: dict[str, Value]) -> Told:
    """Take what is no attribute out of a span's tags, and add today's names of old attributes."""
    told = {key: _text(tags.pop(key)) for key in tags.keys() & _FIELDS}
    kind = KINDS.get(told.get("span.kind", "").lower(), Kind.UNSPECIFIED)
    if len(told) <= 1 and _OLD.isdisjoint(tags) and (not told or "span.kind" in told):
        return Told(kind=kind)
    status = STATUSES.get(told.get("otel.status_code", "").lower(), Status.UNSET)
    message = told.get("otel.status_description", "")
    if "error" in tags and status is not Status.OK and _says_yes(tags["error"]):
        status = Status.ERROR
        said = _text(tags.pop("error"))
        message = message or ("" if said == "true" else said)
    for old, new in _TODAY:
        if old in tags:
            tags.setdefault(new, tags[old])
    return Told(
        kind=kind,
        status=status,
        status_message=message,
        scope=_scope(told),
        trace_state=told.get("w3c.tracestate", ""),
    )


def microseconds(number: int | float | str | None) -> int | None:
    """A number of microseconds, or its decimal text, in nanoseconds; None if it is none."""
    if isinstance(number, int):
        return number * NS_PER_US
    if number is None or number == "":
        return None
    try:
        return int(number) * NS_PER_US if isinstance(number, str) else _from_float(number)
    except ValueError:
        pass
    try:
        return _from_float(float(number))
    except ValueError:
        return None


def bounds(start: int | None, duration: int | None) -> tuple[int, int]:
    """Start and end of a span in nanoseconds; 0 for what is not known."""
    if start is None:
        return 0, 0
    return start, 0 if duration is None else start + duration


def _from_float(number: float) -> int | None:
    if not abs(number) < _MOST_US:
        return None
    # A float of this size has no room for nanoseconds; what it has is kept.
    whole = int(number)
    return whole * NS_PER_US + round((number - whole) * NS_PER_US)


def _says_yes(value: Value) -> bool:
    """Whether a tag is set: some write `true`, some the message, some `false`."""
    return _text(value).lower() not in _SAYS_NO


def _text(value: Value) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else ""
    return "" if value is None else str(value)


def _scope(told: dict[str, str]) -> Scope:
    # Exporters have written both of these names side by side.
    name = told.get("otel.scope.name") or told.get("otel.library.name")
    version = told.get("otel.scope.version") or told.get("otel.library.version")
    return Scope(name=name, version=version or "") if name else NO_SCOPE
