"""The other processes of the receive benchmark: a server that only appends, and a client."""

import asyncio
import http.client
import json
import os
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import grpc  # noqa: TID253  a gRPC server and client
import uvicorn

from collector.allocation import keep_freed_memory
from collector.grpc_door import OPTIONS
from tests.collector.otlp import TRACES_METHOD

CONNECTIONS: Final = 4
WORKERS: Final = 4
"""More threads than this bring the appending server nothing."""


class Appender:
    """A file of frames, as short as it can be: no check, no count, no recovery."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._lock = threading.Lock()

    def append(self, body: bytes) -> None:
        with self._lock:
            os.writev(self._file, (struct.pack(">I", len(body)), body))


def serve_grpc(appender: Appender) -> None:
    def handle(body: bytes, _: grpc.ServicerContext) -> bytes:
        appender.append(body)
        return b""

    service, _, method = TRACES_METHOD[1:].partition("/")
    handlers = {method: grpc.unary_unary_rpc_method_handler(handle)}
    server = grpc.server(
        ThreadPoolExecutor(WORKERS),
        handlers=[grpc.method_handlers_generic_handler(service, handlers)],
        options=OPTIONS,
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    _serve_until_stdin_closes(f"127.0.0.1:{port}")
    server.stop(0).wait()


def serve_http(appender: Appender) -> None:
    async def app(
        _: dict[str, Any], receive: Callable[[], Any], send: Callable[[Any], Any]
    ) -> None:
        body = bytearray()
        more = True
        while more:
            event = await receive()
            body += event.get("body", b"")
            more = event.get("more_body", False)
        appender.append(bytes(body))
        headers = [(b"content-type", b"application/x-protobuf"), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, loop="asyncio", http="httptools", ws="none", lifespan="off", log_config=None
    )
    server = uvicorn.Server(config)

    def stop_later() -> None:
        _serve_until_stdin_closes(f"127.0.0.1:{listener.getsockname()[1]}")
        server.should_exit = True

    threading.Thread(target=stop_later).start()
    asyncio.run(server.serve(sockets=[listener]))


def _serve_until_stdin_closes(address: str) -> None:
    sys.stdout.write(address + "\n")
    sys.stdout.flush()
    sys.stdin.read()


def send_grpc(address: str, body: bytes, requests: int) -> None:
    options = [("grpc.use_local_subchannel_pool", 1), ("grpc.http2.max_frame_size", 1 << 20)]
    with grpc.insecure_channel(address, options=options) as channel:
        export = channel.unary_unary(TRACES_METHOD)
        for _ in range(requests):
            export(body)


def send_http(address: str, body: bytes, requests: int) -> None:
    connection = http.client.HTTPConnection(address)
    for _ in range(requests):
        headers = {"content-type": "application/x-protobuf"}
        connection.request("POST", "/v1/traces", body, headers)
        response = connection.getresponse()
        response.read()
        assert response.status == 200
    connection.close()


def main(role: str, transport: str, target: str, requests: str = "0") -> None:
    """`serve TRANSPORT FILE`, or `send TRANSPORT ADDRESS REQUESTS` with the body on stdin."""
    if role == "serve":
        keep_freed_memory()
        {"grpc": serve_grpc, "http": serve_http}[transport](Appender(Path(target)))
        return
    body = sys.stdin.buffer.read()
    send = {"grpc": send_grpc, "http": send_http}[transport]
    each = int(requests) // CONNECTIONS
    threads = [threading.Thread(target=send, args=(target, body, each)) for _ in range(CONNECTIONS)]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.stdout.write(json.dumps(each * CONNECTIONS / (time.perf_counter() - begin)))


if __name__ == "__main__":
    main(*sys.argv[1:])
