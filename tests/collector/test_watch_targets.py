"""What `--watch` is told."""

import os
import socket

import pytest

from analyzer.errors import InputError
from collector.listening import listener_of
from collector.watch_targets import Target, targets_of


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("search=pid:4711", Target(service="search", pid=4711)),
        ("search=:8080", Target(service="search", port=8080)),
        (" search = port:8080 ", Target(service="search", port=8080)),
        (f"search={os.getpid()}", Target(service="search", pid=os.getpid())),
    ],
    ids=["process", "port", "port in words", "number of a process"],
)
def test_processes_and_ports(text: str, target: Target) -> None:
    assert targets_of([text, text]) == (target,)


@pytest.mark.parametrize(
    "text", ["search", "search=", "=7", "search=web", "search=host:80", "search=:0", "a=:70000"]
)
def test_anything_else_is_refused_with_a_hint(text: str) -> None:
    with pytest.raises(InputError) as refused:
        targets_of([text])
    assert "SERVICE=PID" in refused.value.hint


def test_a_bare_number_is_a_port_where_something_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert listener_of(port) == os.getpid()
        try:
            os.kill(port, 0)
        except ProcessLookupError:
            assert targets_of([f"me={port}"]) == (Target(service="me", port=port),)
        except PermissionError:
            pass
    assert listener_of(port) is None


def test_a_number_that_is_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="no process 4194999"):
        targets_of(["search=4194999"])
