"""The address of Jaeger's web page: as an option says it, or as the machine's own Jaeger has it."""

import contextlib
import http.client
import ipaddress
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from analyzer.errors import InputError
from analyzer.model.trace_ui import ui_address

if TYPE_CHECKING:
    from collector.forward.target import Target

UI_PORT: Final = 16686
"""Where Jaeger serves its page unless told otherwise."""

SERVICES: Final = "/api/services"
ANSWER: Final = b'{"data":'
"""What every Jaeger has been asked by its own page, and how its answer begins."""

PROBE_S: Final = 0.5
"""This machine's own Jaeger answers within milliseconds; the run's end does not wait for more."""


def jaeger_ui_of(text: str | None) -> str | None:
    """The address that an option gives, fit to be kept: without user name and password.

    Raises:
        InputError: it is no address of a web page.
    """
    if text is None:
        return None
    found = ui_address(text)
    if found is None:
        raise InputError(
            f"{text!r} is no address of a web page", hint="write it like http://127.0.0.1:16686"
        )
    return found


def jaeger_ui_beside(targets: Iterable["Target"], *, port: int = UI_PORT) -> str | None:
    """The page of a Jaeger on this machine that spans were passed on to; None if none answers.

    Only loopback is asked: nobody expects the end of a run to knock at ports of other hosts.
    """
    for host in dict.fromkeys(target.host for target in targets if _is_loopback(target.host)):
        answers: list[bool] = []
        asking = threading.Thread(
            target=lambda host=host, answers=answers: answers.append(_is_jaeger(host, port)),
            daemon=True,
        )
        asking.start()
        asking.join(PROBE_S)
        if answers == [True]:
            return ui_address(f"http://{f'[{host}]' if ':' in host else host}:{port}")
    return None


def _is_jaeger(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=PROBE_S)
    with contextlib.closing(connection):
        try:
            connection.request("GET", SERVICES)
            response = connection.getresponse()
            return response.status == http.client.OK and response.read(len(ANSWER)) == ANSWER
        except (OSError, http.client.HTTPException):
            return False


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
