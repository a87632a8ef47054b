"""What a request's type says about it: attributes as the semantic conventions name them.

Types are what locust's own users of other protocols than HTTP report, and what its documentation
calls a gRPC request. Source: https://opentelemetry.io/docs/specs/semconv/.
"""

HTTP_METHODS = frozenset(
    ("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY")
)
"""Request types that are methods of HTTP, by RFC 9110 and its successor for QUERY."""

Attributes = dict[str, str | int]

_DATABASES = {
    "postgres": "postgresql",
    "mongodb": "mongodb",
    "milvus": "milvus",
    "qdrant": "qdrant",
}
"""`db.system.name` by how the request type begins."""

_WEBSOCKET = frozenset(("ws", "wss", "wse", "wsr", "websocket", "socketio"))
"""Of locust's Socket.IO user: connect, send, emit, receive; and what people call it themselves."""


def protocol_attributes(request_type: str, name: str) -> Attributes:
    """What is known of a request that is no HTTP request, by its type and its name."""
    kind = request_type.lower()
    return {
        "locust.request.type": request_type,
        "locust.request.name": name,
        **_of_protocol(kind, name),
    }


def _of_protocol(kind: str, name: str) -> Attributes:
    if kind == "grpc":
        method = name.removeprefix("/")
        full = {"rpc.method": method} if "/" in method else {}
        return {"rpc.system.name": "grpc", **full}
    if kind == "mqtt":
        return {"messaging.system": "mqtt", **_mqtt(name)}
    if kind in _WEBSOCKET:
        return {"network.protocol.name": "websocket"}
    if kind == "dns":
        return {"network.protocol.name": "dns"}
    begins = (begin for begin in _DATABASES if kind == begin or kind.startswith(f"{begin}_"))
    database = next(begins, None)
    return {} if database is None else {"db.system.name": _DATABASES[database]}


def _mqtt(name: str) -> Attributes:
    """Locust's MQTT user names a request `publish:0:the/topic`: operation, QoS, topic."""
    operation, _, rest = name.partition(":")
    _, _, topic = rest.partition(":")
    sends = {"messaging.operation.type": "send"} if operation == "publish" else {}
    place = {"messaging.destination.name": topic} if topic else {}
    return {"messaging.operation.name": operation, **sends, **place}
